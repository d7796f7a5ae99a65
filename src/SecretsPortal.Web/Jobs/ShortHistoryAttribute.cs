using Hangfire.Common;
using Hangfire.States;
using Hangfire.Storage;

namespace SecretsPortal.Web.Jobs;

/// <summary>Forgets finished jobs after a quarter of an hour: a tick every few seconds would bury the rotations in the dashboard.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class ShortHistoryAttribute : JobFilterAttribute, IApplyStateFilter
{
    private static readonly TimeSpan s_kept = TimeSpan.FromMinutes(15);

    /// <inheritdoc/>
    public void OnStateApplied(ApplyStateContext context, IWriteOnlyTransaction transaction) => context.JobExpirationTimeout = s_kept;

    /// <inheritdoc/>
    public void OnStateUnapplied(ApplyStateContext context, IWriteOnlyTransaction transaction)
    {
        // Nothing to take back.
    }
}
