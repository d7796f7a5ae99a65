using System.Collections.Concurrent;
using SecretsPortal.Core;
using SecretsPortal.Core.Crypto;

namespace SecretsPortal.Services.Start;

/// <summary>The portal's own keys of 32 bytes, made when they are first asked for, the same on all nodes, kept in memory once read.</summary>
internal sealed class PortalKeys(PortalKeyRing ring, FillRandom random)
{
    /// <summary>Chains the records of the audit log.</summary>
    public const string AuditChain = "audit-chain/1";

    /// <summary>Authenticates fingerprints of values.</summary>
    public const string Fingerprint = "fingerprint/1";

    /// <summary>Tells whether two versions of a secret hold the same value.</summary>
    public const string ValueMarks = "value-marks/1";

    /// <summary>Authenticates rotation tokens.</summary>
    public const string RotationToken = "rotation-token/1";

    /// <summary>Hides which host and port a secret is rotated on.</summary>
    public const string RotationTarget = "rotation-target/1";

    /// <summary>Seals what notification channels need and nobody may read.</summary>
    public const string NotificationChannel = "notification-channel/1";

    /// <summary>Seals page tokens.</summary>
    public const string PageToken = "page-token/1";

    /// <summary>Seals session tokens of temporary credentials.</summary>
    public const string SessionToken = "session-token/1";

    /// <summary>Seals what leads from one step of a sign-in to the next.</summary>
    public const string SignInTicket = "sign-in-ticket/1";

    /// <summary>Seals what tells a browser that a user has signed in with before.</summary>
    public const string KnownDevice = "known-device/1";

    /// <summary>Hides the names and addresses by which failed attempts are counted.</summary>
    public const string SignInBucket = "sign-in-bucket/1";

    /// <summary>Authenticates recovery codes.</summary>
    public const string RecoveryCode = "recovery-code/1";

    private readonly ConcurrentDictionary<string, byte[]> _keys = new(StringComparer.Ordinal);

    /// <summary>The key of this name. The array is shared: read it only.</summary>
    public async ValueTask<byte[]> Get(string name, CancellationToken cancel)
    {
        if (_keys.TryGetValue(name, out var known))
            return known;
        var key = await Read(name, cancel);
        if (key is null)
        {
            var fresh = new byte[AesGcmSealer.KeySize];
            random(fresh);
            // Whether this node or another was first: what is stored counts.
            await ring.Add(name, fresh, cancel);
            key = await Read(name, cancel) ?? throw new PortalException(PortalError.Unavailable, $"The portal's key {name} could not be stored.");
        }

        return _keys.GetOrAdd(name, key);
    }

    private async Task<byte[]?> Read(string name, CancellationToken cancel)
    {
        var entries = await ring.Read(name, cancel);
        return entries.FirstOrDefault(e => e.Name == name).Value;
    }
}
