using System.Collections.Concurrent;
using SecretsPortal.Core;
using SecretsPortal.Core.Keys;
using SecretsPortal.Services.Kms;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Overview;

/// <summary>How the KMS providers are. Each is asked now and then, and not for each page that shows it.</summary>
internal sealed class KmsOutlook(KeyRegistry keys, TimeProvider clock)
{
    private static readonly TimeSpan s_freshness = TimeSpan.FromSeconds(15);

    // Shorter than a provider's own timeout: a page waits for this. The call goes on, so that its outcome counts for the circuit breaker.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, (DateTimeOffset At, string? Trouble)> _answers = new(StringComparer.Ordinal);

    /// <summary>The providers that hold enabled keys of a region, that of the default key first.</summary>
    public async Task<IReadOnlyList<KmsState>> Of(string region, CancellationToken cancel)
    {
        var states = new List<KmsState>();
        var all = (await keys.All(cancel)).Where(key => key.Region == region && key.State == KmsKeyState.Enabled);
        foreach (var held in all.GroupBy(key => key.Provider).OrderByDescending(group => group.Any(key => key.IsDefault)).ThenBy(group => group.Key, StringComparer.Ordinal))
        {
            var key = held.FirstOrDefault(one => one.IsDefault) ?? held.First();
            var (at, trouble) = await Ask(key, cancel);
            var isOpen = keys.FindProvider(held.Key) is GuardedKms { IsOpen: true };
            states.Add(new KmsState(held.Key, held.Count(), held.Any(one => one.IsDefault), trouble is null, isOpen, trouble, at));
        }

        return states;
    }

    /// <summary>When a key was asked last, and what keeps it from serving; null trouble where it serves.</summary>
    public async Task<(DateTimeOffset At, string? Trouble)> Ask(StoredKmsKey key, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        if (_answers.TryGetValue(key.KeyId, out var known) && now - known.At < s_freshness)
            return known;
        string? trouble = null;
        try
        {
            await keys.ProviderOf(key).Check(key.ProviderReference, cancel).WaitAsync(s_patience, clock, cancel);
        }
        catch (PortalException fault)
        {
            trouble = fault.Message;
        }
        catch (TimeoutException)
        {
            trouble = $"It has not answered within {s_patience.TotalSeconds:0} seconds.";
        }

        return _answers[key.KeyId] = (now, trouble);
    }
}
