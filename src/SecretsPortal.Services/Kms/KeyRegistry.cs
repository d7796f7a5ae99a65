using System.Collections.Concurrent;
using SecretsPortal.Core;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Kms;

/// <summary>Which KMS keys there are, what callers call them, and which provider holds each.</summary>
internal sealed class KeyRegistry(KeyStore store, IEnumerable<IKms> providers, PortalOptions options, TimeProvider clock)
{
    /// <summary>The default key's alias in every region.</summary>
    public const string DefaultAlias = "aws/secretsmanager";

    // A registered key never changes its id, provider or reference, so a row that was read once stays true.
    private readonly ConcurrentDictionary<string, StoredKmsKey> _known = new(StringComparer.Ordinal);

    /// <summary>The key for new values: what <paramref name="kmsKeyId"/> names in the region, or the region's default key for null.</summary>
    public async Task<StoredKmsKey> Resolve(string? kmsKeyId, string region, CancellationToken cancel)
    {
        var keys = await store.FindKeys(region, cancel);
        var key = kmsKeyId is null
            ? keys.FirstOrDefault(k => k.Alias == DefaultAlias)
            : keys.FirstOrDefault(k => Names(k, kmsKeyId));
        return key ?? throw (kmsKeyId is null
            ? new PortalException(PortalError.Unavailable, $"The region {region} has no default key yet. Restart the portal.")
            : new PortalException(PortalError.InvalidParameter,
                $"The KMS key {kmsKeyId} is not registered in {region}. Give the id, ARN, alias or alias ARN of a registered key, or leave KmsKeyId out for the default key."));
    }

    /// <summary>What a secret remembers of the key that was chosen for it: null for the region's default key, by whichever name it was asked for.</summary>
    public static string? ChosenId(string? kmsKeyId, StoredKmsKey key) => key.Alias == DefaultAlias ? null : kmsKeyId;

    /// <summary>The key that a sealed value names.</summary>
    public async Task<StoredKmsKey> Find(string keyId, CancellationToken cancel)
    {
        if (_known.TryGetValue(keyId, out var known))
            return known;
        var key = await store.FindKey(keyId, cancel)
            ?? throw new PortalException(PortalError.DecryptionFailure, "The value is sealed under a KMS key that is no longer registered.");
        _known[keyId] = key;
        return key;
    }

    /// <summary>The provider that holds a key.</summary>
    public IKms ProviderOf(StoredKmsKey key) => providers.FirstOrDefault(p => p.Provider == key.Provider)
        ?? throw new PortalException(PortalError.Unavailable, $"The KMS provider {key.Provider} of the key {key.KeyId} is not configured.");

    /// <summary>Registers the default key of every served region that has none.</summary>
    public async Task RegisterDefaultKeys(CancellationToken cancel)
    {
        foreach (var region in options.Regions)
        {
            if ((await store.FindKeys(region, cancel)).Any(k => k.Alias == DefaultAlias))
                continue;
            var now = clock.Now();
            var id = Guid.CreateVersion7(now).ToString();
            // False: another node was first, and its key counts.
            await store.AddKey(
                new StoredKmsKey
                {
                    KeyId = id,
                    Region = region,
                    Alias = DefaultAlias,
                    Provider = options.Kms.Provider,
                    ProviderReference = options.Kms.KeyReference ?? id,
                    CreatedAt = now,
                },
                cancel);
        }
    }

    private bool Names(StoredKmsKey key, string kmsKeyId)
    {
        var arn = $"arn:aws:kms:{key.Region}:{options.AccountId}:";
        var name = kmsKeyId.StartsWith(arn, StringComparison.Ordinal) ? kmsKeyId[arn.Length..] : kmsKeyId;
        return name == $"key/{key.KeyId}"
            || (name == kmsKeyId && name == key.KeyId)
            || (key.Alias is not null && name == $"alias/{key.Alias}");
    }
}
