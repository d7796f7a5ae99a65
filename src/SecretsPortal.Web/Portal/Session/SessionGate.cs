using System.Security.Claims;
using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Session;

/// <summary>Marks a request whose cookie names a session of which the store could not tell whether it still holds.</summary>
internal sealed record UnknownSession;

/// <summary>Tells of each request and each open page whether its session still holds. The cookie carries no more than the session's id.</summary>
internal sealed class SessionGate(SessionService sessions)
{
    /// <summary>The claim with the session's id.</summary>
    private const string SessionIdClaim = "session_id";

    /// <summary>What the cookie of an opened session holds.</summary>
    public static ClaimsPrincipal PrincipalOf(OpenedSession session, string scheme) => new(new ClaimsIdentity(
        [
            new Claim(ClaimTypes.NameIdentifier, session.User.Id),
            new Claim(ClaimTypes.Name, session.User.Name),
            new Claim(SessionIdClaim, session.Id),
        ],
        scheme));

    /// <summary>The session's id; null where there is none.</summary>
    public static string? SessionIdOf(ClaimsPrincipal principal) => principal.FindFirstValue(SessionIdClaim);

    /// <summary>The session's user, fresh from the store; null where the session is over or its user is gone or disabled.</summary>
    public Task<Caller?> FindUser(ClaimsPrincipal principal, CancellationToken cancel) => FindUser(principal, isUse: false, cancel);

    /// <summary>
    /// The session of a request; null where it has none that still holds. <see cref="PortalError.Unavailable"/> where the store can't tell, so that nobody
    /// is sent to sign in whose session goes on.
    /// </summary>
    public Task<CurrentSession?> Find(HttpContext http) => http.Features.Get<UnknownSession>() is null
        ? Find(http.User, http.RequestAborted)
        : throw new PortalException(PortalError.Unavailable, ShellText.StoreAway);

    /// <summary>The session; null as for <see cref="FindUser(ClaimsPrincipal, CancellationToken)"/>.</summary>
    public Task<CurrentSession?> Find(ClaimsPrincipal principal, CancellationToken cancel) => Find(principal, isUse: false, cancel);

    /// <summary>As the other one; with <paramref name="isUse"/> it counts as something that the user did.</summary>
    public async Task<Caller?> FindUser(ClaimsPrincipal principal, bool isUse, CancellationToken cancel) => (await Find(principal, isUse, cancel))?.User;

    private async Task<CurrentSession?> Find(ClaimsPrincipal principal, bool isUse, CancellationToken cancel) =>
        SessionIdOf(principal) is { } id && await sessions.Find(id, isUse, cancel) is { } session
        && session.User.Id == principal.FindFirstValue(ClaimTypes.NameIdentifier)
            ? session
            : null;
}
