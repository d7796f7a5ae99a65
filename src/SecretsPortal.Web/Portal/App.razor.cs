using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;
using SecretsPortal.Web.Portal.Pages;

namespace SecretsPortal.Web.Portal;

/// <summary>The document around every page. Always rendered on the server, where the request is at hand.</summary>
public sealed partial class App : ComponentBase
{
    // Not rendered before the circuit opens: a page would load, and be recorded, twice, and nothing of it belongs into a cache.
    private static readonly InteractiveServerRenderMode s_interactive = new(prerender: false);

    [Inject]
    private IAntiforgery Antiforgery { get; set; } = default!;

    [CascadingParameter]
    private HttpContext Request { get; set; } = default!;

    private IComponentRenderMode? Mode => Request.AcceptsInteractiveRouting() ? s_interactive : null;

    private string Peer => SourceAddress.Of(Request);

    private string? SignOutToken { get; set; }

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        if (Mode is not null)
            SignOutToken = Antiforgery.GetAndStoreTokens(Request).RequestToken;
        if (Request.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>()?.Type == typeof(NotFound))
        {
            // Set at the last moment: the renderer takes a 404 that is set now to mean that nothing is to be shown.
            Request.Response.OnStarting(() =>
            {
                Request.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            });
        }
    }
}
