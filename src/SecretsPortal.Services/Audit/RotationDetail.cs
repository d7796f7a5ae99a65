using SecretsPortal.Core.Audit;

namespace SecretsPortal.Services.Audit;

/// <summary>
/// The records that the portal writes on the way of a rotation or to a replica. They belong into the log; where people ask what happened they would crowd out what
/// somebody did and how a rotation ended.
/// </summary>
public static class RotationDetail
{
    private static readonly HashSet<string> s_actions = new(StringComparer.Ordinal)
    {
        "RotationHeartbeat", "RotationScheduled", "RotationStarted", "RotationValueCreated", "RotationResolveStarted", "TestRotationStarted", "ReplicaUpdated",
    };

    /// <summary>True for a step that went well; one that failed is news.</summary>
    public static bool Is(AuditRecord record) =>
        record.Outcome == AuditOutcome.Succeeded && s_actions.Contains(record.Action[(record.Action.IndexOf(':', StringComparison.Ordinal) + 1)..]);
}
