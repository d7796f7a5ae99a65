using Microsoft.AspNetCore.Components;

namespace SecretsPortal.Web.Portal;

/// <summary>A document that stands in place of a page and opens no circuit: what answers where there is nothing to show, or nothing may be.</summary>
public sealed partial class NoticeDocument : ComponentBase
{
    /// <summary>What the browser's tab says.</summary>
    [Parameter, EditorRequired]
    public string Title { get; set; } = "";

    /// <summary>What it says; begins with an <c>h1</c>.</summary>
    [Parameter, EditorRequired]
    public RenderFragment ChildContent { get; set; } = default!;
}
