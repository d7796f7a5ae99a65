using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services;
using SecretsPortal.Services.Access;

namespace SecretsPortal.Web.Portal.Session;

/// <summary>The session is over; the page goes to sign-in.</summary>
internal sealed class SessionEndedException() : Exception("The session has ended. Sign in again.");

/// <summary>One open page's session: gives each action the <see cref="CallContext"/> that the services decide and record by.</summary>
internal sealed class PortalSession(
    AuthenticationStateProvider authentication, SessionGate gate, Authorizer authorizer, NavigationManager navigation,
    PortalOptions options, TimeProvider time)
{
    private string _sourceAddress = "unknown";
    private bool? _isSecure;

    /// <summary>The region that the open page shows: the one that its address names, if the portal serves it, else the home region.</summary>
    public string Region =>
        PortalRoutes.RegionOf(navigation.Uri) is { } named && options.Regions.Contains(named, StringComparer.Ordinal) ? named : options.Region;

    /// <summary>All regions that the portal serves.</summary>
    public IReadOnlyList<string> Regions => options.Regions;

    /// <summary>The 12-digit account.</summary>
    public string AccountId => options.AccountId;

    /// <summary>Now, by the portal's clock.</summary>
    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Sets the address that the page was asked for from, and whether over TLS; once, when the page is opened.</summary>
    public void Begin(string sourceAddress, bool isSecure) => (_sourceAddress, _isSecure) = (sourceAddress, isSecure);

    /// <summary>
    /// The context of one action, with a request id of its own and the user fresh from the store, so that a user who was
    /// disabled a moment ago acts no more. Throws <see cref="SessionEndedException"/>.
    /// </summary>
    public async Task<CallContext> NewCall(CancellationToken cancel)
    {
        var state = await authentication.GetAuthenticationStateAsync();
        var session = await gate.Find(state.User, cancel) ?? throw new SessionEndedException();
        return new CallContext(session.User, Region, _sourceAddress, NewId()) { IsSecure = _isSecure, Session = new SessionProof(session.Id, session.ProvedAt) };
    }

    /// <summary>The id of the session that the page was opened in.</summary>
    public async Task<string> SessionId() =>
        SessionGate.SessionIdOf((await authentication.GetAuthenticationStateAsync()).User) ?? throw new SessionEndedException();

    /// <summary>Whether to show what needs <paramref name="action"/>. The services decide again when it is used.</summary>
    public async Task<bool> May(string action, string resource, Core.Secrets.Secret? secret, CancellationToken cancel)
    {
        var call = await NewCall(cancel);
        Decision decision = await authorizer.Decide(call, action, resource, secret, cancel);
        return decision.IsAllowed;
    }

    /// <summary>A page's address that stays in the region that is open.</summary>
    public string Here(string route) => In(route, Region);

    /// <summary>A page's address in a region. The home region needs no mention.</summary>
    public string In(string route, string region) => region == options.Region ? route : PortalRoutes.In(route, region);

    /// <summary>A new UUID: a request id, or the version id of a value that is about to be stored.</summary>
    public string NewId() => Guid.CreateVersion7(time.GetUtcNow()).ToString();
}
