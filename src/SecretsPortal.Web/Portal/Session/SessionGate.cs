using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;

namespace SecretsPortal.Web.Portal.Session;

/// <summary>Opens sessions, and tells of each request and each open page whether its session still holds.</summary>
internal sealed class SessionGate(SignInService signIn, TimeProvider time)
{
    // Sessions that were signed out on this node. A cookie that was copied before would otherwise stay good until it expires.
    private readonly ConcurrentDictionary<string, DateTimeOffset> _ended = new(StringComparer.Ordinal);

    /// <summary>The principal of a new session of <paramref name="user"/>.</summary>
    public ClaimsPrincipal Open(Caller user, string scheme) => new(new ClaimsIdentity(
        [
            new Claim(ClaimTypes.NameIdentifier, user.Id),
            new Claim(ClaimTypes.Name, user.Name),
            new Claim(SessionLimits.SignedInAt, time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
            new Claim(SessionLimits.SessionId, RandomNumberGenerator.GetHexString(32, lowercase: true)),
        ],
        scheme));

    /// <summary>The session's user, fresh from the store; null where the session is over or its user is gone or disabled.</summary>
    public async Task<Caller?> FindUser(ClaimsPrincipal session, CancellationToken cancel)
    {
        if (session.FindFirstValue(ClaimTypes.NameIdentifier) is not { } callerId
            || session.FindFirstValue(SessionLimits.SessionId) is not { } sessionId
            || !long.TryParse(session.FindFirstValue(SessionLimits.SignedInAt), CultureInfo.InvariantCulture, out var signedInAt)
            || time.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(signedInAt) >= SessionLimits.Absolute
            || _ended.ContainsKey(sessionId))
            return null;
        return await signIn.FindUser(callerId, cancel);
    }

    /// <summary>Ends the session for every page and every copy of its cookie on this node.</summary>
    public void End(ClaimsPrincipal session)
    {
        var now = time.GetUtcNow();
        foreach (var (old, endedAt) in _ended)
        {
            if (now - endedAt > SessionLimits.Absolute)
                _ended.TryRemove(old, out _);
        }

        if (session.FindFirstValue(SessionLimits.SessionId) is { } sessionId)
            _ended[sessionId] = now;
    }
}
