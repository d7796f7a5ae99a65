using SecretsPortal.Core;

namespace SecretsPortal.Services.Access;

/// <summary>
/// An open page may be one that its user has left open: what shows a value, or leads to values, is asked for by somebody who has proved lately who they
/// are. Programs sign each request, and are not asked.
/// </summary>
internal static class ProofRule
{
    /// <summary><see cref="PortalError.ProofRequired"/> where a session of the portal's pages asks and its last proof is too old.</summary>
    /// <param name="call">Who asks.</param>
    /// <param name="options">How old it may be.</param>
    /// <param name="now">The time.</param>
    /// <param name="then">What happens after the proof, such as "the value is shown".</param>
    public static void Require(CallContext call, PortalOptions options, DateTimeOffset now, string then)
    {
        if (call.Session is { } session && now - session.ProvedAt >= options.ProofLifetime)
            throw new PortalException(PortalError.ProofRequired, $"You proved who you are a while ago. Prove it again, then {then}.");
    }
}
