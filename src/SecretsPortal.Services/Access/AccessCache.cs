using SecretsPortal.Core.Policies;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>A caller as it is stored now.</summary>
/// <param name="Caller">Its names; without an access key.</param>
/// <param name="IsDisabled">A disabled caller is refused everywhere.</param>
internal sealed record KnownCaller(Caller Caller, bool IsDisabled);

/// <summary>An access key as it is stored now.</summary>
/// <param name="Key">The key.</param>
/// <param name="Owner">Whose it is.</param>
internal sealed record KnownKey(StoredAccessKey Key, KnownCaller Owner)
{
    /// <summary>The owner as it calls by this key.</summary>
    public Caller Signer { get; } = Owner.Caller with { AccessKeyId = Key.AccessKeyId };

    /// <summary>What tells a sealed secret from the one that was there before.</summary>
    public string SealedHash { get; } = SigningKeyCache.HashOf(Key);

    /// <summary>True where the key may sign a request at this time.</summary>
    public bool IsGoodAt(DateTimeOffset now) => !Key.IsDisabled && !Owner.IsDisabled && (Key.ExpiresAt is not { } end || now < end);
}

/// <summary>What speaks for a caller.</summary>
/// <param name="Policies">Attached ones first, then those of each group.</param>
/// <param name="Unreadable">The name of a policy that can't be read, so that nothing is allowed: it may have held a deny. Null where all can.</param>
/// <param name="Groups">The groups' names.</param>
/// <param name="Tags">The caller's tags.</param>
internal sealed record CallerGrants(
    IReadOnlyList<NamedPolicy> Policies, string? Unreadable, IReadOnlyList<string> Groups, IReadOnlyList<CallerTag> Tags);

/// <summary>
/// Keeps what the store says of callers, keys and policies while <see cref="ChangeWatch"/> says that nothing of it has changed, on any node: each
/// answer is as true as one that was read from the store at that moment. What time decides, an expiry, is decided by who asks.
/// </summary>
internal sealed class AccessCache(CallerStore callers, PolicyCache policies, ChangeWatch changes, PortalOptions options)
{
    private const int MostEntries = 10_000;

    // Characters of the policies that are held by callers, each counted once for each caller.
    private const long LongestPolicies = 16_000_000;

    private volatile Generation? _current;

    /// <summary>The numbers that hold now, for a request that is to ask once.</summary>
    public async ValueTask<ChangeNumbers> Now(CancellationToken cancel)
    {
        var numbers = await changes.Both(cancel);
        Newest(numbers.Access);
        return numbers;
    }

    /// <summary>An access key with its caller as of a number of <see cref="ChangeWatch.Access"/>; null where there is none.</summary>
    public async ValueTask<KnownKey?> FindKey(string accessKeyId, long asOf, CancellationToken cancel)
    {
        var generation = Of(asOf);
        if (generation.Keys.TryGet(accessKeyId, out var known))
            return known;
        // Unknown ones are not remembered: whoever makes up ids must not drive out those that are in use.
        return await callers.FindAccessKey(accessKeyId, cancel) is not { } found ? null : generation.Keys.Keep(accessKeyId, new KnownKey(found.Key, Known(found.Caller)));
    }

    /// <summary>
    /// Looks for a key that nobody has, as long as the one given: a known one is found in memory and an unknown one is looked for in the store, and
    /// neither shall be refused sooner than the other.
    /// </summary>
    public Task LookForNobody(string like, CancellationToken cancel) => callers.FindAccessKey(new string('-', like.Length), cancel);

    /// <summary>A caller by id; null where there is none.</summary>
    public async ValueTask<KnownCaller?> FindCaller(string id, CancellationToken cancel) => await FindCaller(id, await Epoch(cancel), cancel);

    /// <summary>As the other one, as of a number of <see cref="ChangeWatch.Access"/>.</summary>
    public async ValueTask<KnownCaller?> FindCaller(string id, long asOf, CancellationToken cancel)
    {
        var generation = Of(asOf);
        if (generation.Callers.TryGet(id, out var known))
            return known;
        return await callers.FindById(id, cancel) is { } found ? generation.Callers.Keep(id, Known(found)) : null;
    }

    /// <summary>What speaks for a caller; nothing for one that is not stored.</summary>
    /// <param name="callerId">The caller.</param>
    /// <param name="asOf">A number of <see cref="ChangeWatch.Access"/> that the request was given; null to ask for it.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async ValueTask<CallerGrants> FindGrants(string callerId, long? asOf, CancellationToken cancel)
    {
        var generation = Of(asOf ?? await Epoch(cancel));
        if (generation.Grants.TryGet(callerId, out var known))
            return known;
        var access = await callers.FindAccess(callerId, cancel);
        return generation.Grants.Keep(callerId, Compile(access), 1 + access.Policies.Sum(p => (long)p.Document.Length));
    }

    private KnownCaller Known(StoredCaller stored) => new(CallerArn.CallerOf(stored, options.AccountId, accessKeyId: null, options.Region), stored.IsDisabled);

    /// <summary>What speaks for a caller of which this is stored.</summary>
    public CallerGrants Compile(CallerAccess access)
    {
        var read = new List<NamedPolicy>();
        string? unreadable = null;
        foreach (var policy in access.Policies)
        {
            if (policies.Read(policy.Document, isResourcePolicy: false) is { } document)
                read.Add(new NamedPolicy(policy.Name, document, policy.Group));
            else
                unreadable ??= policy.Name;
        }

        return new CallerGrants(read, unreadable, access.Groups, access.Tags);
    }

    /// <summary>
    /// What is known under a number that was given to the request. What is put into it was read after that number was given, so it is as new as the number
    /// or newer. Newer is right as well: only requests that asked for their number before the change can still meet it.
    /// </summary>
    private Generation Newest(long epoch) => _current is { } current && current.Epoch == epoch ? current : _current = new Generation(epoch);

    // A request that was given its number before a change looks for itself, and does not put its own in place of the newest.
    private Generation Of(long epoch) => _current is { } current && current.Epoch == epoch ? current : new Generation(epoch);

    private async ValueTask<long> Epoch(CancellationToken cancel) => Newest(await changes.Access(cancel)).Epoch;

    private sealed class Generation(long epoch)
    {
        public long Epoch { get; } = epoch;

        public BoundedCache<string, KnownKey> Keys { get; } = new(MostEntries);

        public BoundedCache<string, KnownCaller> Callers { get; } = new(MostEntries);

        public BoundedCache<string, CallerGrants> Grants { get; } = new(LongestPolicies);
    }
}
