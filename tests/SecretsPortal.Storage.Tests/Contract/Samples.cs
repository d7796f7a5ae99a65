using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Storage.Tests.Contract;

/// <summary>Secrets, changes and records to store.</summary>
internal static class Samples
{
    public const string Region = "us-east-1";
    public const string KeyId = "11111111-2222-3333-4444-555555555555";
    public const string V1 = "11111111-1111-1111-1111-111111111111";
    public const string V2 = "22222222-2222-2222-2222-222222222222";
    public const string V3 = "33333333-3333-3333-3333-333333333333";

    public static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private const string SuffixLetters = "abcdefghijklmnopqrstuvwxyz";

    private static int s_count;

    public static string NewId(DateTimeOffset? at = null) => Guid.CreateVersion7(at ?? Now).ToString("N");

    public static AuditRecord Audit(string action = "secretsmanager:CreateSecret", DateTimeOffset? at = null) => new()
    {
        At = at ?? Now,
        Caller = "arn:aws:iam::000000000000:user/ada",
        Action = action,
        Outcome = AuditOutcome.Succeeded,
        SourceAddress = "127.0.0.1",
        RequestId = NewId(),
    };

    /// <summary>A key that versions may name.</summary>
    public static StoredKmsKey Key(string region = Region) => new()
    {
        KeyId = KeyId, Region = region, IsDefault = true, Alias = "alias-of-key", Provider = "local", ProviderReference = "key-1", CreatedAt = Now,
    };

    /// <summary>A secret without any version.</summary>
    public static Secret Secret(string name, DateTimeOffset? at = null, string region = Region) => new()
    {
        Id = NewId(at),
        Arn = SecretArn.Create(region, "000000000000", name, Suffix()),
        Name = name,
        CreatedAt = at ?? Now,
        LastChangedAt = at ?? Now,
        Labels = StagingLabels.None,
        Versions = [],
    };

    public static SecretVersion Version(string versionId, DateTimeOffset? at = null) => new()
    {
        VersionId = versionId, CreatedAt = at ?? Now, KmsKeyId = KeyId, Kind = SecretKind.KeyValue, Fingerprint = Bytes($"fingerprint of {versionId}"),
    };

    public static SealedVersion Value(string versionId, string value = "sealed") => new(versionId, Bytes(value), IsText: true);

    /// <summary>The creation of a secret with one version under AWSCURRENT.</summary>
    public static SecretChange WithValue(Secret secret, string versionId = V1) =>
        new(secret with { Versions = [Version(versionId)], Labels = secret.Labels.Put(versionId, null) }, Audit()) { Values = [Value(versionId)] };

    /// <summary>PutSecretValue: one more version under AWSCURRENT.</summary>
    public static SecretChange Put(Secret secret, string versionId, string value = "sealed") =>
        new(secret with { Versions = [.. secret.Versions, Version(versionId)], Labels = secret.Labels.Put(versionId, null) }, Audit("secretsmanager:PutSecretValue"))
        {
            Values = [Value(versionId, value)],
        };

    public static RotationRun Run(Secret secret, string token = V2, DateTimeOffset? at = null) => new()
    {
        RunId = NewId(at),
        SecretId = secret.Id,
        Token = token,
        Mode = RotationMode.Rotate,
        Trigger = RotationTrigger.Manual,
        State = RotationRunState.Queued,
        Attempt = 0,
        CreatedAt = at ?? Now,
        Steps = [],
    };

    public static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private static string Suffix()
    {
        var number = Interlocked.Increment(ref s_count);
        return string.Concat(Enumerable.Range(0, SecretArn.SuffixLength).Select(i => SuffixLetters[(number >> (i * 4)) & 15]));
    }
}
