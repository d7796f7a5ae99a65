using Microsoft.AspNetCore.Components;
using SecretsPortal.Core;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Doors;
using SecretsPortal.Web.Portal.Session;
using RouteData = Microsoft.AspNetCore.Components.RouteData;

namespace SecretsPortal.Web.Portal;

/// <summary>
/// Shows the page of an address if its rule lets the user pass. Moves within an open page make no request, so the gate of requests does not see
/// them: this one asks the same rule.
/// </summary>
public sealed partial class DoorRouteView : ComponentBase
{
    private RouteData? _asked;
    private RouteData? _shown;
    private string? _denied;
    private string? _fault;

    [Inject]
    private PortalSession Session { get; set; } = default!;

    [Inject]
    private Authorizer Authorizer { get; set; } = default!;

    /// <summary>The page that the address names.</summary>
    [Parameter, EditorRequired]
    public RouteData RouteData { get; set; } = default!;

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        var asked = _asked = RouteData;
        var (denied, fault) = await Ask(asked.PageType);
        // Meanwhile the user may have gone on.
        if (!ReferenceEquals(asked, _asked))
            return;
        (_shown, _denied, _fault) = (asked, denied, fault);
    }

    private async Task<(string? Denied, string? Fault)> Ask(Type page)
    {
        var rule = DoorRule.Among(page.GetCustomAttributes(inherit: false))
            ?? throw new InvalidOperationException($"The page {page.Name} has no door rule, so it opens to nobody. Give it one with an attribute.");
        if (rule.Kind != DoorKind.Action)
            return (null, null);
        try
        {
            await Authorizer.Require(await Session.NewCall(CancellationToken.None), rule.Action!, "*", secret: null, CancellationToken.None);
            return (null, null);
        }
        catch (PortalException denied) when (denied.Error == PortalError.AccessDenied)
        {
            return (rule.Action, null);
        }
        catch (PortalException fault)
        {
            return (null, fault.Message);
        }
        catch (SessionEndedException)
        {
            // The view of the page leads to sign-in.
            return (null, null);
        }
    }
}
