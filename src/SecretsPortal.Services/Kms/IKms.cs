namespace SecretsPortal.Services.Kms;

/// <summary>
/// Wraps and unwraps data keys. The context travels to providers that bind it; those that cannot rely on the associated data
/// of the value itself. Failures: <see cref="Core.PortalError.Unavailable"/> where the KMS is away,
/// <see cref="Core.PortalError.DecryptionFailure"/> where it refuses what it is given.
/// </summary>
public interface IKms
{
    /// <summary>The provider's name in the registry of keys, such as <c>local</c>.</summary>
    string Provider { get; }

    /// <summary>Wraps a data key under a key of the provider.</summary>
    /// <param name="keyReference">What the provider calls the key.</param>
    /// <param name="dataKey">32 bytes.</param>
    /// <param name="context">Must be given again, equal, to unwrap.</param>
    /// <param name="cancel">Ends the wait.</param>
    Task<byte[]> Wrap(string keyReference, ReadOnlyMemory<byte> dataKey, IReadOnlyDictionary<string, string> context, CancellationToken cancel);

    /// <summary>Unwraps a data key; the caller clears it after use.</summary>
    Task<byte[]> Unwrap(string keyReference, ReadOnlyMemory<byte> wrappedKey, IReadOnlyDictionary<string, string> context, CancellationToken cancel);

    /// <summary>Throws where the provider cannot serve this key now.</summary>
    Task Check(string keyReference, CancellationToken cancel);
}
