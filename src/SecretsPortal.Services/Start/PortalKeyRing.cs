using SecretsPortal.Core.Crypto;
using SecretsPortal.Services.Kms;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Start;

/// <summary>
/// Keeps small keys of the host (such as those that protect cookies) in the database, sealed by the KMS, so that all nodes share them.
/// </summary>
public sealed class PortalKeyRing
{
    private readonly KeyStore _store;
    private readonly KeyRegistry _keys;
    private readonly Envelope _envelope;
    private readonly PortalOptions _options;
    private readonly TimeProvider _clock;

    internal PortalKeyRing(KeyStore store, KeyRegistry keys, Envelope envelope, PortalOptions options, TimeProvider clock)
    {
        _store = store;
        _keys = keys;
        _envelope = envelope;
        _options = options;
        _clock = clock;
    }

    /// <summary>All entries whose names begin with <paramref name="prefix"/>, opened.</summary>
    public async Task<IReadOnlyList<(string Name, byte[] Value)>> Read(string prefix, CancellationToken cancel)
    {
        var opened = new List<(string, byte[])>();
        foreach (var (name, sealedKey) in await _store.FindPortalKeys(prefix, cancel))
            opened.Add((name, await _envelope.Open(sealedKey, ContextOf(name), cancel)));
        return opened;
    }

    /// <summary>Adds an entry; false where the name exists already.</summary>
    public async Task<bool> Add(string name, byte[] value, CancellationToken cancel)
    {
        var key = await _keys.Resolve(null, _options.Region, cancel);
        return await _store.AddPortalKey(name, (await _envelope.Seal(value, key, ContextOf(name), cancel)).Bytes, _clock.Now(), cancel);
    }

    private EncryptionContext ContextOf(string name) => SealedContexts.OfPortalKey(_options, name);
}
