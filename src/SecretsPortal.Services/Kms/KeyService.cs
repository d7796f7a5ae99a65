using System.Collections.Concurrent;
using System.Security.Cryptography;
using SecretsPortal.Core;
using SecretsPortal.Core.Crypto;
using SecretsPortal.Core.Keys;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Overview;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Kms;

/// <summary>
/// The registry of KMS keys for those who run the portal. Keys are of the call's region and named by id, ARN, alias or alias ARN; each call is
/// authorized by the action of its name on the key's ARN, and its record commits with its change.
/// </summary>
public sealed class KeyService
{
    private const int MostResults = 100;
    private const int LeastDeletionDays = 7;
    private const int MostDeletionDays = 30;
    // An HSM has few sessions, and values are waited for meanwhile.
    private const int AskedAtOnce = 4;

    private readonly KeyStore _store;
    private readonly KeyRegistry _keys;
    private readonly KmsOutlook _outlook;
    private readonly Authorizer _authorizer;
    private readonly AuditRecorder _recorder;
    private readonly PageTokens _tokens;
    private readonly FillRandom _random;
    private readonly PortalOptions _options;
    private readonly TimeProvider _clock;

    internal KeyService(
        KeyStore store, KeyRegistry keys, KmsOutlook outlook, Authorizer authorizer, AuditRecorder recorder, PageTokens tokens, FillRandom random, PortalOptions options, TimeProvider clock)
    {
        _store = store;
        _keys = keys;
        _outlook = outlook;
        _authorizer = authorizer;
        _recorder = recorder;
        _tokens = tokens;
        _random = random;
        _options = options;
        _clock = clock;
    }

    /// <summary>The configured providers, by name.</summary>
    public IReadOnlyList<string> Providers => [.. _keys.Providers];

    /// <summary>All keys of the call's region, as <see cref="List"/> gives them page by page.</summary>
    public async Task<IReadOnlyList<KeyDetail>> ListAll(CallContext call, CancellationToken cancel)
    {
        var all = new List<KeyDetail>();
        string? next = null;
        do
        {
            var page = await List(call, maxResults: null, next, cancel);
            all.AddRange(page.Keys);
            next = page.NextToken;
        }
        while (next is not null);
        return all;
    }

    /// <summary>The keys of the call's region.</summary>
    public Task<KeyPage> List(CallContext call, int? maxResults, string? nextToken, CancellationToken cancel) =>
        _recorder.Recording(call, PortalActions.ListKeys, "*", async op =>
        {
            await _authorizer.Require(op, "*", secret: null, cancel);
            var limit = SecretRules.Range("maxResults", maxResults ?? MostResults, 1, MostResults);
            var scope = PageTokens.ScopeOf("keys", call);
            var after = await _tokens.Read<KeyPosition>(nextToken, scope, cancel);
            var rest = (await _keys.All(cancel)).Where(key => key.Region == call.Region)
                .Where(key => after is null || (key.CreatedAt, key.KeyId).CompareTo((after.CreatedAt, after.KeyId)) > 0).ToList();
            IReadOnlyList<StoredKmsKey> page = [.. rest.Take(limit)];
            var next = rest.Count <= limit ? null : await _tokens.Write(new KeyPosition(page[^1].CreatedAt, page[^1].KeyId), scope, cancel);
            return new KeyPage([.. page.Select(DetailOf)], next);
        }, cancel);

    /// <summary>By the id of each key of the call's region: how much lies under it, and whether its provider answers for it. A provider that is silent costs two seconds.</summary>
    public Task<IReadOnlyDictionary<string, KeyStanding>> Standings(CallContext call, CancellationToken cancel) =>
        _recorder.Recording<IReadOnlyDictionary<string, KeyStanding>>(call, PortalActions.ListKeys, "*", async op =>
        {
            await _authorizer.Require(op, "*", secret: null, cancel);
            op.Detail = "what lies under them, and how they are";
            var counts = (await _store.CountUses(call.Region, cancel)).ToDictionary(count => count.KeyId, StringComparer.Ordinal);
            var standings = new ConcurrentDictionary<string, KeyStanding>(StringComparer.Ordinal);
            var keys = (await _keys.All(cancel)).Where(key => key.Region == call.Region);
            await Parallel.ForEachAsync(keys, new ParallelOptions { MaxDegreeOfParallelism = AskedAtOnce, CancellationToken = cancel }, async (key, stop) =>
            {
                var uses = counts.GetValueOrDefault(key.KeyId) ?? new KeyUseCount(key.KeyId, 0, 0, 0);
                if (key.State != KmsKeyState.Enabled)
                    standings[key.KeyId] = new KeyStanding(uses, AskedAt: null, Trouble: null);
                else
                {
                    var (at, trouble) = await _outlook.Ask(key, stop);
                    standings[key.KeyId] = new KeyStanding(uses, at, trouble);
                }
            });
            return standings;
        }, cancel);

    /// <summary>One key.</summary>
    public Task<KeyDetail> Get(CallContext call, string key, CancellationToken cancel) =>
        _recorder.Recording(call, PortalActions.GetKey, key, async op => DetailOf(await Find(op, key, cancel)), cancel);

    /// <summary>What uses a key: versions under it, secrets and replicas that name it, access keys, the portal's own keys, second factors.</summary>
    public Task<KeyUsePage> ListUses(CallContext call, string key, int? maxResults, string? nextToken, CancellationToken cancel) =>
        _recorder.Recording(call, PortalActions.GetKey, key, async op =>
        {
            var found = await Find(op, key, cancel);
            op.Detail = "what uses it";
            var limit = SecretRules.Range("maxResults", maxResults ?? MostResults, 1, MostResults);
            var scope = PageTokens.ScopeOf("key-uses", call, found.KeyId);
            var after = await _tokens.Read<UsePosition>(nextToken, scope, cancel);
            var uses = await _store.FindUses(found, _keys.NamesOf(found), after is null ? null : (after.Kind, after.Position), limit + 1, cancel);
            var next = uses.Count <= limit ? null : await _tokens.Write(new UsePosition(uses[limit - 1].Use.Kind, uses[limit - 1].Position), scope, cancel);
            return new KeyUsePage([.. uses.Take(limit).Select(one => one.Use)], next);
        }, cancel);

    /// <summary>
    /// Registers a key of a provider, or makes a new local one. It is stored only once a data key has been wrapped and unwrapped with it.
    /// </summary>
    public Task<KeyDetail> Create(CallContext call, CreateKeyRequest request, CancellationToken cancel) =>
        _recorder.Recording(call, PortalActions.CreateKey, request.Alias, async op =>
        {
            var now = _clock.Now();
            var id = Guid.CreateVersion7(now).ToString();
            op.Resource = _keys.ArnOf(id, call.Region);
            await _authorizer.Require(op, op.Resource, secret: null, cancel);
            if (_keys.FindProvider(request.Provider) is not { } provider)
                throw new PortalException(PortalError.InvalidParameter, $"The parameter provider must be one of those that are configured: {string.Join(", ", _keys.Providers)}.");
            var isLocal = provider.Provider == KmsProviders.Local;
            if (isLocal && !string.IsNullOrEmpty(request.Reference))
                throw new PortalException(PortalError.InvalidParameter, "The parameter reference must be left out: a local key has none of its own.");
            var key = new StoredKmsKey
            {
                KeyId = id,
                Region = call.Region,
                Alias = KeyRules.Alias(request.Alias),
                Description = KeyRules.Description(request.Description),
                Provider = provider.Provider,
                ProviderReference = isLocal ? id : KeyRules.Reference(request.Reference),
                CreatedAt = now,
            };
            await RefuseTwice(key, cancel);
            key = key with { CurrentVersion = await RoundTrip(provider, key, cancel) };
            op.Detail = $"{key.Provider}{(key.Alias is null ? "" : $", alias/{key.Alias}")}";
            if (!await _store.AddKey(key, _recorder.Success(op), cancel))
                throw new PortalException(PortalError.ResourceExists, $"Another key of {call.Region} has the alias {key.Alias}. Choose another one.");
            op.IsRecorded = true;
            return DetailOf(key);
        }, cancel);

    /// <summary>
    /// Changes alias or description, or makes the key the region's default. An alias that secrets name stays: without it they would have no
    /// key for their next values.
    /// </summary>
    public Task<KeyDetail> Update(CallContext call, string key, UpdateKeyRequest request, CancellationToken cancel) =>
        Change(call, PortalActions.UpdateKey, key, async (op, before, uses) =>
        {
            if (request.Seen is { } seen && DetailOf(before) is var now && (seen.Alias, seen.Description) != (now.Alias, now.Description))
                throw new PortalException(PortalError.PreconditionNotMet, SecretRules.ChangedMeanwhile);
            var after = before with
            {
                Alias = request.Alias is null ? before.Alias : KeyRules.Alias(request.Alias),
                Description = request.Description is null ? before.Description : KeyRules.Description(request.Description),
                IsDefault = before.IsDefault || request.BecomesDefault,
            };
            if (after.Alias != before.Alias && await uses.IsNamed(_keys.AliasNamesOf(before)))
                throw new PortalException(PortalError.InvalidRequest, $"Secrets name the key by alias/{before.Alias}. Give them another KmsKeyId before you change the alias.");
            if (after.IsDefault && !before.IsDefault && before.State != KmsKeyState.Enabled)
                throw new PortalException(PortalError.InvalidRequest, "Only an enabled key can be the region's default. Enable it first.");
            op.Detail = after.IsDefault && !before.IsDefault ? $"the default key of {before.Region}" : null;
            return after == before ? null : after;
        }, cancel);

    /// <summary>Disables a key: what lies under it can't be opened until it is enabled again, on all nodes, from the next request on.</summary>
    public Task<KeyDetail> Disable(CallContext call, string key, CancellationToken cancel) =>
        Change(call, PortalActions.DisableKey, key, async (_, before, uses) =>
        {
            await RefuseNeeded(before, uses, "disabled");
            return before.State switch
            {
                KmsKeyState.Enabled => before with { State = KmsKeyState.Disabled },
                KmsKeyState.Disabled => null,
                _ => throw new PortalException(PortalError.InvalidRequest, "The key is pending deletion and does not serve already."),
            };
        }, cancel);

    /// <summary>Enables a disabled key.</summary>
    public Task<KeyDetail> Enable(CallContext call, string key, CancellationToken cancel) =>
        Change(call, PortalActions.EnableKey, key, (_, before, _) => Task.FromResult(before.State switch
        {
            KmsKeyState.Disabled => before with { State = KmsKeyState.Enabled },
            KmsKeyState.Enabled => null,
            _ => throw new PortalException(PortalError.InvalidRequest, "The key is pending deletion. Cancel the deletion first."),
        }), cancel);

    /// <summary>
    /// Schedules the removal of a key from the registry in 7 to 30 days (30 for null), where nothing uses it; that is checked again when the time
    /// comes. The key itself stays with its provider.
    /// </summary>
    public Task<KeyDetail> ScheduleDeletion(CallContext call, string key, int? days, CancellationToken cancel) =>
        Change(call, PortalActions.ScheduleKeyDeletion, key, async (op, before, uses) =>
        {
            var wait = SecretRules.Range("pendingWindowInDays", days ?? MostDeletionDays, LeastDeletionDays, MostDeletionDays);
            if (before.State == KmsKeyState.PendingDeletion)
                throw new PortalException(PortalError.InvalidRequest, $"The key is pending deletion already, at {before.DeletionAt:u}.");
            await RefuseNeeded(before, uses, "deleted");
            if (await uses.Any(_keys.NamesOf(before)) is { } use)
                throw new PortalException(PortalError.InvalidRequest, $"The key is in use, first by {Say(use)}. Re-wrap what lies under it under another key, and give secrets that name it another KmsKeyId.");
            if (await uses.HasOpenRewrap())
                throw new PortalException(PortalError.InvalidRequest, "A re-wrapping from or to the key is open. Wait for its end, or cancel it.");
            op.Detail = $"in {wait} days";
            return before with { State = KmsKeyState.PendingDeletion, DeletionAt = _clock.Now() + TimeSpan.FromDays(wait) };
        }, cancel);

    /// <summary>Cancels a deletion; the key is disabled then.</summary>
    public Task<KeyDetail> CancelDeletion(CallContext call, string key, CancellationToken cancel) =>
        Change(call, PortalActions.CancelKeyDeletion, key, (_, before, _) => Task.FromResult<StoredKmsKey?>(before.State == KmsKeyState.PendingDeletion
            ? before with { State = KmsKeyState.Disabled, DeletionAt = null }
            : throw new PortalException(PortalError.InvalidRequest, "The key is not pending deletion.")), cancel);

    /// <summary>The key that a call names, allowed for its action.</summary>
    internal async Task<StoredKmsKey> Find(RecordedCall op, string name, CancellationToken cancel)
    {
        var key = await _keys.TryFind(name, op.Call.Region, cancel);
        op.Resource = key is null ? _keys.ArnOf(name, op.Call.Region) : _keys.ArnOf(key);
        await _authorizer.Require(op, op.Resource, secret: null, cancel);
        return key ?? throw NotFound(name, op.Call.Region);
    }

    /// <summary>What callers see of a key.</summary>
    internal KeyDetail DetailOf(StoredKmsKey key) => new()
    {
        KeyId = key.KeyId,
        Arn = _keys.ArnOf(key),
        Region = key.Region,
        IsDefault = key.IsDefault,
        Alias = key.Alias is null ? null : $"alias/{key.Alias}",
        Description = key.Description,
        Provider = key.Provider,
        ProviderReference = key.ProviderReference,
        CurrentVersion = key.CurrentVersion,
        State = key.State,
        DeletionAt = key.DeletionAt,
        CreatedAt = key.CreatedAt,
    };

    private Task<KeyDetail> Change(
        CallContext call, string action, string name, Func<RecordedCall, StoredKmsKey, KeyUses, Task<StoredKmsKey?>> decide, CancellationToken cancel) =>
        _recorder.Recording(call, action, name, async op =>
        {
            var found = await Find(op, name, cancel);
            var isThere = await _store.Change(found.KeyId, async (before, uses) =>
            {
                found = before;
                op.IsRecorded = false;
                if (await decide(op, before, uses) is not { } after)
                    return null;
                found = after;
                op.IsRecorded = true;
                return new KmsKeyChange(after, _recorder.Success(op));
            }, cancel);
            return isThere ? DetailOf(found) : throw NotFound(name, call.Region);
        }, cancel);

    /// <summary>Without these the portal itself would not work, or a region have no key.</summary>
    private static async Task RefuseNeeded(StoredKmsKey key, KeyUses uses, string what)
    {
        if (key.IsDefault)
            throw new PortalException(PortalError.InvalidRequest, $"The default key of {key.Region} can't be {what}. Make another key the default first.");
        if (await uses.IsOfPortal())
            throw new PortalException(PortalError.InvalidRequest,
                $"The portal's own keys, access keys or second factors lie under the key, so it can't be {what}. Re-wrap them under another key first.");
    }

    private async Task RefuseTwice(StoredKmsKey key, CancellationToken cancel)
    {
        var twin = (await _keys.All(cancel)).FirstOrDefault(one =>
            one.Region == key.Region && one.Provider == key.Provider && one.ProviderReference == key.ProviderReference);
        if (twin is not null)
            throw new PortalException(PortalError.ResourceExists, $"This key is registered in {key.Region} already, as {twin.KeyId}.");
    }

    /// <summary>Wraps and unwraps a data key of no use; gives the version that did.</summary>
    private async Task<string> RoundTrip(IKms provider, StoredKmsKey key, CancellationToken cancel)
    {
        var context = new EncryptionContext(_options.AccountId, $"key-check/{key.KeyId}", "").ForKms();
        var dataKey = new byte[AesGcmSealer.KeySize];
        _random(dataKey);
        var wrapped = await provider.Wrap(key.ProviderReference, dataKey, context, cancel);
        var unwrapped = await provider.Unwrap(key.ProviderReference, wrapped, context, cancel);
        return CryptographicOperations.FixedTimeEquals(dataKey, unwrapped) ? wrapped.KeyVersion : throw new PortalException(
            PortalError.InvalidParameter, $"The provider {key.Provider} does not give back what it wraps under {key.ProviderReference}. Name a key that wraps and unwraps.");
    }

    private static string Say(KeyUse use) => use.Kind switch
    {
        KeyUseKind.SecretVersion => $"version {use.Detail} of {use.Name}",
        KeyUseKind.Secret => $"the secret {use.Name}, which names it",
        KeyUseKind.Replica => $"the replica of {use.Name} in {use.Detail}",
        KeyUseKind.AccessKey => $"the access key {use.Name}",
        KeyUseKind.PortalKey => $"the portal's own key {use.Name}",
        KeyUseKind.RotationFunction => $"the key of the rotation function with the id {use.Name}",
        _ => $"the second factor of user {use.Name}",
    };

    private static PortalException NotFound(string name, string region) =>
        new(PortalError.ResourceNotFound, $"There is no KMS key {name} in {region}. Give the id, ARN, alias or alias ARN of a registered key.");

    private sealed record KeyPosition(DateTimeOffset CreatedAt, string KeyId);

    private sealed record UsePosition(KeyUseKind Kind, string Position);
}
