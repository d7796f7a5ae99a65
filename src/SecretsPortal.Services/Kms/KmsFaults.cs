using SecretsPortal.Core;

namespace SecretsPortal.Services.Kms;

/// <summary>
/// The KMS is away as a whole, not one key of it: what the circuit breaker counts. Only providers throw it, and <see cref="GuardedKms"/> turns it
/// into <see cref="PortalError.Unavailable"/> with the same message, which callers see.
/// </summary>
internal sealed class KmsOutageException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The faults that all providers share.</summary>
internal static class KmsFaults
{
    /// <summary>Always the same words, whatever did not fit.</summary>
    public static PortalException Refused(Exception? cause = null) =>
        new(PortalError.DecryptionFailure, "The KMS could not open the data key: it was wrapped under another key or for another secret.", cause);

    /// <summary>The one key can't be used; the provider itself answers.</summary>
    public static PortalException KeyUnusable(string message, Exception? cause = null) => new(PortalError.Unavailable, message, cause);
}
