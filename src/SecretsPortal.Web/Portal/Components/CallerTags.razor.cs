using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Policies;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>The tags of a user or client, by which policies can go.</summary>
public sealed partial class CallerTags : ComponentBase
{
    /// <summary>The tags.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<CallerTag> Tags { get; set; } = [];
}
