using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Rotation;

namespace SecretsPortal.Services.Overview;

/// <summary>How everything is. A part that the viewer may not see is null.</summary>
public sealed record OverviewView
{
    /// <summary>When the numbers were read.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>How many secrets the region has (action <c>secretsmanager:ListSecrets</c>).</summary>
    public SecretNumbers? Secrets { get; init; }

    /// <summary>How rotations are and what comes next (action <c>secretsportal:ListRotations</c>).</summary>
    public RotationNumbers? Rotations { get; init; }

    /// <summary>What was changed last, newest first (action <c>secretsportal:SearchAudit</c>).</summary>
    public IReadOnlyList<AuditEvent>? Changes { get; init; }

    /// <summary>The KMS providers that hold enabled keys of the region (action <c>secretsportal:ListKeys</c>).</summary>
    public IReadOnlyList<KmsState>? Kms { get; init; }

    /// <summary>The log of what was done (action <c>secretsportal:SearchAudit</c>).</summary>
    public AuditState? Audit { get; init; }
}

/// <summary>How many secrets a region has.</summary>
public sealed record SecretNumbers
{
    /// <summary>Those that are not marked for deletion.</summary>
    public required long Total { get; init; }

    /// <summary>The same by the kind of their current value, the most frequent first; under null those that have none.</summary>
    public required IReadOnlyList<KindNumber> ByKind { get; init; }

    /// <summary>Those that are marked for deletion.</summary>
    public required long Deleted { get; init; }

    /// <summary>Those that follow a primary of another region.</summary>
    public required long Replicas { get; init; }
}

/// <summary>How many secrets there are of a kind.</summary>
/// <param name="Kind">Null for those without a current value.</param>
/// <param name="Number">How many.</param>
public sealed record KindNumber(SecretKind? Kind, long Number);

/// <summary>How the rotations of a region are.</summary>
public sealed record RotationNumbers
{
    /// <summary>How many there are of each health; those that are off are left out.</summary>
    public required IReadOnlyDictionary<RotationHealth, long> ByHealth { get; init; }

    /// <summary>What holds all rotations up; null where nothing does.</summary>
    public RotationHold? Hold { get; init; }

    /// <summary>How many begin in each of 24 hours (in UTC), this one first.</summary>
    public required IReadOnlyList<long> NextHours { get; init; }

    /// <summary>How many begin on each of seven days (in UTC), today first.</summary>
    public required IReadOnlyList<long> NextDays { get; init; }

    /// <summary>Those that begin next.</summary>
    public required IReadOnlyList<NextRotation> Next { get; init; }

    /// <summary>How they ended on each of the last 30 days (in UTC), today last.</summary>
    public required IReadOnlyList<RotationDay> History { get; init; }

    /// <summary>Which part of those that ended in these 30 days succeeded, 0 to 1; null where none ended.</summary>
    public double? SuccessRate => History.Sum(day => day.Succeeded + day.Failed) is > 0 and var all ? (double)History.Sum(day => day.Succeeded) / all : null;
}

/// <summary>A rotation that is to come.</summary>
/// <param name="Name">The secret's name.</param>
/// <param name="BeginsAt">When it begins.</param>
/// <param name="WindowEnd">By when it must have succeeded; null where nobody knows.</param>
public sealed record NextRotation(string Name, DateTimeOffset BeginsAt, DateTimeOffset? WindowEnd);

/// <summary>How the rotations of a day ended.</summary>
/// <param name="Day">The day, in UTC.</param>
/// <param name="Succeeded">How many succeeded.</param>
/// <param name="Failed">How many were given up.</param>
public sealed record RotationDay(DateOnly Day, long Succeeded, long Failed);

/// <summary>A KMS provider.</summary>
/// <param name="Provider">Its name, such as <c>local</c>.</param>
/// <param name="Keys">How many enabled keys of the region it holds.</param>
/// <param name="HoldsDefault">True where the region's default key is among them.</param>
/// <param name="IsReachable">False where it could not use its key when it was asked.</param>
/// <param name="IsCircuitOpen">True while the circuit breaker spares it.</param>
/// <param name="Trouble">Why it is not reachable; null where it is.</param>
/// <param name="AskedAt">When it was asked.</param>
public sealed record KmsState(string Provider, int Keys, bool HoldsDefault, bool IsReachable, bool IsCircuitOpen, string? Trouble, DateTimeOffset AskedAt);

/// <summary>The log of what was done.</summary>
public sealed record AuditState
{
    /// <summary>How many records were ever written.</summary>
    public required long Records { get; init; }

    /// <summary>When its end was signed last; null where it never was.</summary>
    public DateTimeOffset? CheckpointAt { get; init; }

    /// <summary>How many checkpoints there are.</summary>
    public required long Checkpoints { get; init; }

    /// <summary>How many records came after the last checkpoint.</summary>
    public required long Unsigned { get; init; }

    /// <summary>When it was verified last; null where it never was.</summary>
    public DateTimeOffset? VerifiedAt { get; init; }

    /// <summary>What that verification saw, in plain words.</summary>
    public string? Verification { get; init; }

    /// <summary>False where that verification found something.</summary>
    public bool IsIntact { get; init; } = true;

    /// <summary>The sinks that it is sent to.</summary>
    public required IReadOnlyList<AuditSinkState> Sinks { get; init; }
}
