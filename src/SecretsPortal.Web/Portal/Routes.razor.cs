using Microsoft.AspNetCore.Components;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Portal;

/// <summary>Finds the page of an address; the root of what runs in a circuit.</summary>
public sealed partial class Routes : ComponentBase
{
    [Inject]
    private PortalSession Session { get; set; } = default!;

    /// <summary>Where the page was asked for from. A circuit has no request to ask, so the document hands it over, protected against change.</summary>
    [Parameter, EditorRequired]
    public string SourceAddress { get; set; } = "";

    /// <summary>Whether the page was asked for over TLS.</summary>
    [Parameter, EditorRequired]
    public bool IsSecure { get; set; }

    /// <summary>The antiforgery token of the sign-out form.</summary>
    [Parameter]
    public string? SignOutToken { get; set; }

    /// <inheritdoc/>
    protected override void OnInitialized() => Session.Begin(SourceAddress, IsSecure);
}
