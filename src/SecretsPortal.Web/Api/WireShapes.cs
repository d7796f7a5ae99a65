using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Replicas;

namespace SecretsPortal.Web.Api;

/// <summary>A tag on the wire.</summary>
internal sealed record WireTag(string? Key, string? Value)
{
    /// <summary>Checked tags in the domain's form.</summary>
    public static IReadOnlyList<SecretTag>? ToTags(IReadOnlyList<WireTag?>? tags) => tags is null ? null : [.. tags.Select(t => new SecretTag(t!.Key!, t.Value!))];

    /// <summary>Tags on their way out; null where the secret was never tagged.</summary>
    public static IReadOnlyList<WireTag>? From(IReadOnlyList<SecretTag>? tags) => tags is null ? null : [.. tags.Select(t => new WireTag(t.Key, t.Value))];
}

/// <summary>A region to replicate to, with the key that seals the values there; no key means the region's default.</summary>
internal sealed record WireReplicaRegion(string? Region, string? KmsKeyId)
{
    /// <summary>Checked regions in the domain's form; an empty key is none.</summary>
    public static IReadOnlyList<ReplicaRegion> ToRegions(IReadOnlyList<WireReplicaRegion?>? regions) =>
        [.. (regions ?? []).Select(r => new ReplicaRegion(r!.Region!, string.IsNullOrEmpty(r.KmsKeyId) ? null : r.KmsKeyId))];
}

/// <summary>How far a replica has followed.</summary>
internal sealed record WireReplicationStatus(string Region, string KmsKeyId, string Status, string? StatusMessage, DateOnly? LastAccessedDate)
{
    /// <summary>The replicas of a primary, by region.</summary>
    public static IReadOnlyList<WireReplicationStatus> Of(Secret secret) =>
    [
        .. secret.Replicas.Select(replica => new WireReplicationStatus(
            replica.Region,
            replica.KmsKeyId ?? "alias/aws/secretsmanager",
            replica.Status.ToString(),
            replica.Status == ReplicaStatus.InSync ? "Replication succeeded" : replica.Failure,
            replica.LastAccessedOn)),
    ];

    /// <summary>As <see cref="Of"/>, but null where the secret is not replicated.</summary>
    public static IReadOnlyList<WireReplicationStatus>? OrNone(Secret secret) => secret.Replicas.Count == 0 ? null : Of(secret);
}

/// <summary>A filter on the wire.</summary>
internal sealed record WireFilter(string? Key, IReadOnlyList<string?>? Values)
{
    /// <summary>Checked filters in the domain's form.</summary>
    public static IReadOnlyList<SecretFilter> ToFilters(IReadOnlyList<WireFilter?>? filters) =>
        [.. (filters ?? []).Select(f => new SecretFilter(f!.Key!, [.. f.Values!.Select(v => v!)]))];
}

/// <summary>The schedule on the wire.</summary>
internal sealed record WireRotationRules(long? AutomaticallyAfterDays, string? Duration, string? ScheduleExpression)
{
    /// <summary>A secret's schedule; null where it has none.</summary>
    public static WireRotationRules? From(RotationSchedule? schedule) =>
        schedule is null ? null : new WireRotationRules(schedule.AutomaticallyAfterDays, schedule.Duration, schedule.Expression);
}

/// <summary>What several operations turn from the domain into the wire's form.</summary>
internal static class WireShapes
{
    /// <summary>Each version that carries labels with them; null where there is none.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>>? Stages(Secret secret)
    {
        var stages = secret.Labels.ByLabel.Values.Distinct(StringComparer.Ordinal)
            .ToDictionary(version => version, secret.Labels.Of, StringComparer.Ordinal);
        return stages.Count == 0 ? null : stages;
    }

    /// <summary>The labels of a version; null where it has none.</summary>
    public static IReadOnlyList<string>? Stages(Secret secret, string versionId) =>
        secret.Labels.Of(versionId) is { Count: > 0 } stages ? stages : null;

    /// <summary>The value that a request carries; null where it carries none.</summary>
    public static SecretValue? Value(SecretText? text, byte[]? binary) => (text, binary) switch
    {
        ({ }, { }) => throw new PortalException(PortalError.InvalidParameter,
            "You can't specify both SecretString and SecretBinary. Give exactly one of them."),
        ({ } given, null) => SecretValue.FromText(given.Reveal()),
        (null, { } given) => SecretValue.FromBytes(given),
        (null, null) => null,
    };
}
