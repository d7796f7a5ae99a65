using Microsoft.AspNetCore.Components;

namespace SecretsPortal.Web.Portal.Pages;

/// <summary>Answers every address that is no other page's; with status 404, see <see cref="App"/>.</summary>
public sealed partial class NotFound : ComponentBase
{
    /// <summary>The address that was asked for.</summary>
    [Parameter]
    public string? Path { get; set; }
}
