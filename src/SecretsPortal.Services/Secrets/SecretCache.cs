using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Kms;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Secrets;

/// <summary>A version's sealed value as its row holds it, with room for what opening it has found out about those bytes.</summary>
internal sealed class KeptValue(SealedVersion stored)
{
    /// <summary>The row.</summary>
    public SealedVersion Stored { get; } = stored;

    /// <summary>The bytes read and told apart; null until somebody has opened them. Never a plaintext nor a data key.</summary>
    public OpenableValue? Openable { get; set; }
}

/// <summary>
/// Keeps secrets and sealed values that were read, never a plaintext. What is kept is true as long as <see cref="ChangeWatch.Anything"/> gives the same
/// number. Once it gives another one, a secret is confirmed by its mark, one row, when it is next asked for, and a value is compared with its row:
/// a write of one secret costs the others that and no more. See docs/decisions/0018-fast-reads.md.
/// </summary>
internal sealed class SecretCache(SecretStore store, ChangeWatch changes)
{
    // A sixteenth of the memory that the process may use, for secrets and for values: 512 MiB hold some 200,000 of each.
    private static readonly long s_capacity = Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 16, 64L * 1024 * 1024, 512L * 1024 * 1024);

    private readonly BoundedCache<(string Region, string Id), Entry<Secret>> _secrets = new(s_capacity);
    private readonly BoundedCache<(string SecretId, string VersionId), Entry<KeptValue>> _values = new(s_capacity);

    /// <summary>The numbers that hold now, for a read that is to ask once.</summary>
    public ValueTask<ChangeNumbers> Now(CancellationToken cancel) => changes.Both(cancel);

    /// <summary>As <see cref="SecretStore.Find"/>, and the number as of which that is so.</summary>
    /// <param name="region">The region.</param>
    /// <param name="id">What the caller names it by.</param>
    /// <param name="asOf">A number of <see cref="ChangeWatch.Anything"/> that the request was given; null to ask for it.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async ValueTask<(Secret? Secret, long AsOf)> Find(string region, SecretId id, long? asOf, CancellationToken cancel)
    {
        var number = asOf ?? await changes.Anything(cancel);
        var key = (region, id.Text);
        if (_secrets.TryGet(key, out var known) && (known.IsAsOf(number) || await Confirm(known, number, cancel)))
            return (known.Value, number);
        var found = await store.Find(region, id, cancel);
        if (found is null)
            _secrets.Forget(key);
        else
            _secrets.Keep(key, new Entry<Secret>(found, number), SizeOf(found));
        return (found, number);
    }

    /// <summary>As <see cref="SecretStore.FindValue"/>, no older than the number that the secret was found as of.</summary>
    public async ValueTask<KeptValue?> FindValue(string secretId, string versionId, long asOf, CancellationToken cancel)
    {
        var key = (secretId, versionId);
        if (_values.TryGet(key, out var known) && known.IsAsOf(asOf))
            return known.Value;
        if (await store.FindValue(secretId, versionId, cancel) is not { } found)
        {
            _values.Forget(key);
            return null;
        }

        if (known is not null && known.Value.Stored.IsText == found.IsText && known.Value.Stored.Sealed.AsSpan().SequenceEqual(found.Sealed))
        {
            known.ConfirmAsOf(asOf);
            return known.Value;
        }

        return _values.Keep(key, new Entry<KeptValue>(new KeptValue(found), asOf), SizeOf(found)).Value;
    }

    private async ValueTask<bool> Confirm(Entry<Secret> known, long number, CancellationToken cancel)
    {
        // The state of its replicas changes without the secret.
        if (known.Value.Replicas.Count > 0 || await store.FindMark(known.Value.Id, cancel) != SecretMark.Of(known.Value))
            return false;
        known.ConfirmAsOf(number);
        return true;
    }

    // Rough, and rather too large: what the objects take up beside their texts is measured with a short secret.
    private static long SizeOf(Secret secret) =>
        1200 + (secret.Versions.Count * 400) + (secret.Labels.ByLabel.Count * 350) + ((secret.Tags?.Sum(t => 100 + 2 * (t.Key.Length + t.Value.Length)) ?? 0))
        + 2 * ((5 * secret.Name.Length) + (secret.Description?.Length ?? 0) + (secret.ResourcePolicy?.Length ?? 0));

    // The bytes are there twice once they have been read.
    private static long SizeOf(SealedVersion value) => 1300 + (2 * value.Sealed.Length);

    private sealed class Entry<T>(T value, long number)
    {
        private long _number = number;

        public T Value { get; } = value;

        public bool IsAsOf(long number) => Volatile.Read(ref _number) == number;

        /// <summary>Read after the number was given, so true for it as well. A later number that somebody else has confirmed may be lost, which costs another look.</summary>
        public void ConfirmAsOf(long number) => Volatile.Write(ref _number, number);
    }
}
