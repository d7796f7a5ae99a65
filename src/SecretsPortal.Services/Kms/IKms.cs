namespace SecretsPortal.Services.Kms;

/// <summary>A data key as a KMS wrapped it.</summary>
/// <param name="Bytes">1–8,192 bytes.</param>
/// <param name="KeyVersion">
/// Which version of the key wrapped it, in the provider's own words, at most 256 characters; what <see cref="IKms.CurrentVersion"/> gave at that
/// time. Empty in values that were sealed before versions were kept: those are of a local key's first version.
/// </param>
public sealed record WrappedDataKey(byte[] Bytes, string KeyVersion);

/// <summary>
/// Wraps and unwraps data keys. The context travels to providers that bind it; those that cannot rely on the sealed value itself, which is
/// bound to the same. Failures: <see cref="Core.PortalError.Unavailable"/> where the KMS is away,
/// <see cref="Core.PortalError.DecryptionFailure"/> where it refuses what it is given.
/// </summary>
public interface IKms
{
    /// <summary>The provider's name in the registry of keys, such as <c>local</c>.</summary>
    string Provider { get; }

    /// <summary>Wraps a data key under the current version of a key of the provider.</summary>
    /// <param name="keyReference">What the provider calls the key.</param>
    /// <param name="dataKey">32 bytes.</param>
    /// <param name="context">Must be given again, equal, to unwrap.</param>
    /// <param name="cancel">Ends the wait.</param>
    Task<WrappedDataKey> Wrap(string keyReference, ReadOnlyMemory<byte> dataKey, IReadOnlyDictionary<string, string> context, CancellationToken cancel);

    /// <summary>Unwraps a data key under the version that it names; the caller clears it after use.</summary>
    Task<byte[]> Unwrap(string keyReference, WrappedDataKey wrapped, IReadOnlyDictionary<string, string> context, CancellationToken cancel);

    /// <summary>The version that <see cref="Wrap"/> would use now; asked for often, so it must be cheap.</summary>
    Task<string> CurrentVersion(string keyReference, CancellationToken cancel);

    /// <summary>Throws where the provider cannot serve this key now.</summary>
    Task Check(string keyReference, CancellationToken cancel);
}
