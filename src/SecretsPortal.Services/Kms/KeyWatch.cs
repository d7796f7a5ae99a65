using Microsoft.Extensions.Logging;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Keys;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Kms;

/// <summary>Looks after the registry: finds new versions of keys at their providers and starts re-wrapping, and removes keys whose time has come.</summary>
public sealed partial class KeyWatch
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(5);

    private readonly KeyStore _store;
    private readonly KeyRegistry _keys;
    private readonly RewrapService _rewraps;
    private readonly AuditRecorder _recorder;
    private readonly PortalOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<KeyWatch> _log;
    private readonly OneAtATime _ticks = new();
    private readonly Dictionary<string, DateTimeOffset> _askedAt = new(StringComparer.Ordinal);

    internal KeyWatch(
        KeyStore store, KeyRegistry keys, RewrapService rewraps, AuditRecorder recorder, PortalOptions options, TimeProvider clock, ILogger<KeyWatch> log)
    {
        _store = store;
        _keys = keys;
        _rewraps = rewraps;
        _recorder = recorder;
        _options = options;
        _clock = clock;
        _log = log;
    }

    /// <summary>One tick; each provider is asked for the version of a key every five minutes. A provider that does not answer is left for the next time.</summary>
    public Task Tick(CancellationToken cancel) => _ticks.Run(async () =>
    {
        foreach (var key in await _keys.All(cancel))
        {
            cancel.ThrowIfCancellationRequested();
            if (key.State == KmsKeyState.Enabled)
                await FindVersion(key, cancel);
            else if (key.State == KmsKeyState.PendingDeletion && key.DeletionAt <= _clock.Now())
                await Remove(key, cancel);
        }
    });

    private async Task FindVersion(StoredKmsKey key, CancellationToken cancel)
    {
        var now = _clock.Now();
        if (_askedAt.TryGetValue(key.KeyId, out var askedAt) && now - askedAt < s_interval)
            return;
        _askedAt[key.KeyId] = now;
        try
        {
            var version = await _keys.ProviderOf(key).CurrentVersion(key.ProviderReference, cancel);
            if (version == key.CurrentVersion)
                return;
            var record = Record("KeyVersionFound", key, AuditOutcome.Succeeded, $"version {version} after {key.CurrentVersion}");
            await _store.Change(key.KeyId, (before, _) => Task.FromResult(before.CurrentVersion == version || before.State != KmsKeyState.Enabled ? null
                : new KmsKeyChange(before with { CurrentVersion = version }, record) { Rewrap = _rewraps.JobOf(before.KeyId, before.KeyId, version, record.Caller, secretId: null) }), cancel);
        }
        catch (PortalException fault)
        {
            LogNoVersion(fault, key.KeyId, key.Provider);
        }
    }

    /// <summary>Nothing may use the key now, either; where something does, the deletion is given up and the key stays disabled.</summary>
    private Task<bool> Remove(StoredKmsKey key, CancellationToken cancel) => _store.Change(key.KeyId, async (before, uses) =>
    {
        if (before.State != KmsKeyState.PendingDeletion || before.DeletionAt > _clock.Now())
            return null;
        return before.IsDefault || await uses.HasOpenRewrap() || await uses.Any(_keys.NamesOf(before)) is not null
            ? new KmsKeyChange(before with { State = KmsKeyState.Disabled, DeletionAt = null }, Record("KeyDeletionGivenUp", before, AuditOutcome.Failed, "in use"))
            : new KmsKeyChange(before, Record("KeyDeleted", before, AuditOutcome.Succeeded, $"{before.Provider} {before.ProviderReference}")) { IsRemoved = true };
    }, cancel);

    private AuditRecord Record(string action, StoredKmsKey key, AuditOutcome outcome, string detail) => _recorder.For(
        CallerArn.System("keys", _options.AccountId, key.Region, Guid.CreateVersion7(_clock.Now()).ToString()), $"secretsportal:{action}", _keys.ArnOf(key), outcome, detail);

    [LoggerMessage(EventId = 1421, Level = LogLevel.Warning, Message = "The current version of the key {KeyId} could not be asked of {Provider}")]
    private partial void LogNoVersion(Exception fault, string keyId, string provider);
}
