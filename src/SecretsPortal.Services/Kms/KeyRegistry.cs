using SecretsPortal.Core;
using SecretsPortal.Core.Crypto;
using SecretsPortal.Core.Keys;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Kms;

/// <summary>
/// Which KMS keys there are, what callers call them, and which provider holds each. Kept in memory as long as nothing about access has changed on
/// any node, so that a key that is disabled counts at once.
/// </summary>
internal sealed class KeyRegistry(KeyStore store, ChangeWatch watch, IEnumerable<IKms> providers, PortalOptions options, TimeProvider clock)
{
    /// <summary>The default key's alias in every region.</summary>
    public const string DefaultAlias = "aws/secretsmanager";

    private volatile Snapshot? _snapshot;

    /// <summary>
    /// The key for new values: what <paramref name="kmsKeyId"/> names in the region, or the region's default key for null. It may be disabled: the
    /// envelope refuses to seal under such a key.
    /// </summary>
    public async Task<StoredKmsKey> Resolve(string? kmsKeyId, string region, CancellationToken cancel)
    {
        if (await TryFind(kmsKeyId, region, cancel) is not { } key)
            throw kmsKeyId is null
                ? new PortalException(PortalError.Unavailable, $"The region {region} has no default key yet. Restart the portal.")
                : new PortalException(PortalError.InvalidParameter,
                    $"The KMS key {kmsKeyId} is not registered in {region}. Give the id, ARN, alias or alias ARN of a registered key, or leave KmsKeyId out for the default key.");
        if (kmsKeyId is not null && key.State == KmsKeyState.PendingDeletion)
            throw new PortalException(PortalError.InvalidParameter, $"The KMS key {kmsKeyId} is pending deletion. Give another key, or cancel the deletion first.");
        return key;
    }

    /// <summary>What <paramref name="name"/> names in the region, or the region's default key for null; null where there is none.</summary>
    public async Task<StoredKmsKey?> TryFind(string? name, string region, CancellationToken cancel) =>
        (await Read(cancel)).Keys.FirstOrDefault(key => key.Region == region && (name is null ? key.IsDefault : Names(key, name)));

    /// <summary>What a secret remembers of the key that was chosen for it: null for the region's default key, by whichever name it was asked for.</summary>
    public static string? ChosenId(string? kmsKeyId, StoredKmsKey key) => key.IsDefault ? null : kmsKeyId;

    /// <summary>The key that a sealed value names.</summary>
    /// <param name="keyId">Its id.</param>
    /// <param name="asOf">A number of <see cref="ChangeWatch.Access"/> that the request was given; null to ask for it.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async ValueTask<StoredKmsKey> Find(string keyId, long? asOf, CancellationToken cancel) =>
        (await Read(asOf, cancel)).ById.GetValueOrDefault(keyId) ?? throw AesGcmSealer.DecryptionFailure();

    /// <summary>All keys of all regions, in the order in which they were registered.</summary>
    public async ValueTask<IReadOnlyList<StoredKmsKey>> All(CancellationToken cancel) => (await Read(cancel)).Keys;

    /// <summary>The provider that holds a key.</summary>
    public IKms ProviderOf(StoredKmsKey key) => FindProvider(key.Provider)
        ?? throw new PortalException(PortalError.Unavailable, $"The KMS provider {key.Provider} of the key {key.KeyId} is not configured.");

    /// <summary>A configured provider; null where there is none of that name.</summary>
    public IKms? FindProvider(string name) => providers.FirstOrDefault(provider => provider.Provider == name);

    /// <summary>The names of the configured providers.</summary>
    public IEnumerable<string> Providers => providers.Select(provider => provider.Provider).Order(StringComparer.Ordinal);

    /// <summary>The ARN of a key.</summary>
    public string ArnOf(StoredKmsKey key) => $"{ArnPrefix(key.Region)}key/{key.KeyId}";

    /// <summary>The ARN that a name would have, for decisions about keys that are not there.</summary>
    public string ArnOf(string name, string region)
    {
        var prefix = ArnPrefix(region);
        return name.StartsWith(prefix, StringComparison.Ordinal) ? name : $"{prefix}{(name.Contains('/', StringComparison.Ordinal) ? name : $"key/{name}")}";
    }

    /// <summary>All names by which a secret may remember the key. The default alias is not among them: such a secret remembers none.</summary>
    public IReadOnlyList<string> NamesOf(StoredKmsKey key)
    {
        IReadOnlyList<string> names = [key.KeyId, $"key/{key.KeyId}", ArnOf(key)];
        return key.Alias is null ? names : [.. names, .. AliasNamesOf(key)];
    }

    /// <summary>Those names that hold its own alias.</summary>
    public IReadOnlyList<string> AliasNamesOf(StoredKmsKey key) =>
        key.Alias is null ? [] : [$"alias/{key.Alias}", $"{ArnPrefix(key.Region)}alias/{key.Alias}"];

    /// <summary>Registers the default key of every served region that has none.</summary>
    public async Task RegisterDefaultKeys(CancellationToken cancel)
    {
        foreach (var region in options.Regions)
        {
            if ((await store.FindKeys(region, cancel)).Any(key => key.IsDefault))
                continue;
            var now = clock.Now();
            var id = Guid.CreateVersion7(now).ToString();
            var reference = options.Kms.KeyReference ?? id;
            // False: another node was first, and its key counts.
            await store.AddKey(
                new StoredKmsKey
                {
                    KeyId = id,
                    Region = region,
                    IsDefault = true,
                    Provider = options.Kms.Provider,
                    ProviderReference = reference,
                    CurrentVersion = await FindProvider(options.Kms.Provider)!.CurrentVersion(reference, cancel),
                    CreatedAt = now,
                },
                cancel);
        }
    }

    private ValueTask<Snapshot> Read(CancellationToken cancel) => Read(asOf: null, cancel);

    private async ValueTask<Snapshot> Read(long? asOf, CancellationToken cancel)
    {
        var number = asOf ?? await watch.Access(cancel);
        if (_snapshot is { } known && known.Number == number)
            return known;
        var keys = await store.FindAllKeys(cancel);
        return _snapshot = new Snapshot(number, keys, keys.ToDictionary(key => key.KeyId, StringComparer.Ordinal));
    }

    private bool Names(StoredKmsKey key, string name) =>
        NamesOf(key).Contains(name, StringComparer.Ordinal)
        || (key.IsDefault && (name == $"alias/{DefaultAlias}" || name == $"{ArnPrefix(key.Region)}alias/{DefaultAlias}"));

    private string ArnPrefix(string region) => $"arn:aws:kms:{region}:{options.AccountId}:";

    private sealed record Snapshot(long Number, IReadOnlyList<StoredKmsKey> Keys, IReadOnlyDictionary<string, StoredKmsKey> ById);
}
