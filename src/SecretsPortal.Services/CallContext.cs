using SecretsPortal.Core.Policies;
using SecretsPortal.Storage;

namespace SecretsPortal.Services;

/// <summary>A session of the portal's pages, and when its user last proved who they are.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="ProvedAt">By a password, a code of the second factor, or a sign-in at the identity provider.</param>
public sealed record SessionProof(string SessionId, DateTimeOffset ProvedAt);

/// <summary>Who asks, where and from where: what every service call needs to decide and to record.</summary>
/// <param name="Caller">Who asks.</param>
/// <param name="Region">The region the call is for.</param>
/// <param name="SourceAddress">The IP address it came from; <c>internal</c> for the portal's own work.</param>
/// <param name="RequestId">A UUID, also in the answer.</param>
public sealed record CallContext(Caller Caller, string Region, string SourceAddress, string RequestId)
{
    /// <summary>Whether it came over TLS as the host itself has seen it; null where nobody knows, as for the portal's own work.</summary>
    public bool? IsSecure { get; init; }

    /// <summary>The session of the portal's pages that it comes from; null for every other door. A value that leaves for such a session has to be asked for by a user who has proved lately who they are.</summary>
    public SessionProof? Session { get; init; }

    /// <summary>
    /// What <see cref="ChangeWatch.Both"/> gave when the request was authenticated; a read goes by it and asks no more. Null where each step asks
    /// for itself: where nobody has asked yet, and for all that writes, which must see what it has written.
    /// </summary>
    internal ChangeNumbers? AsOf { get; init; }
}
