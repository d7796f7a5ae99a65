using Hangfire;
using Hangfire.Common;
using Hangfire.States;
using Hangfire.Storage;
using Hangfire.Storage.Monitoring;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;

namespace SecretsPortal.Web.Jobs;

/// <summary>
/// What Hangfire does, for those who look after it, and what helps where it hangs. Each call is authorized and recorded here: Hangfire knows neither.
/// </summary>
internal sealed class JobBoard(
    JobStorage storage, IRecurringJobManager recurring, IBackgroundJobClient jobs, Authorizer authorizer, AuditLog audit, TimeProvider clock)
{
    /// <summary>How many jobs of each list are shown at most.</summary>
    public const int Shown = 20;

    /// <summary>How it is (action <c>secretsportal:ViewJobs</c>).</summary>
    public async Task<JobOverview> Open(CallContext call, CancellationToken cancel)
    {
        await authorizer.Require(call, PortalActions.ViewJobs, "*", secret: null, cancel);
        await audit.Record(audit.For(call, PortalActions.ViewJobs, "*", AuditOutcome.Succeeded), cancel);
        return await Task.Run(Read, cancel);
    }

    /// <summary>As <see cref="Open"/>, for a page that is open already; it leaves no record beside the one of its opening.</summary>
    public async Task<JobOverview> Refresh(CallContext call, CancellationToken cancel)
    {
        await authorizer.Require(call, PortalActions.ViewJobs, "*", secret: null, cancel);
        return await Task.Run(Read, cancel);
    }

    /// <summary>Has a recurring job run now (action <c>secretsportal:ManageJobs</c>).</summary>
    public Task Trigger(CallContext call, string id, CancellationToken cancel) => Manage(call, $"trigger {id}", () =>
    {
        using var connection = storage.GetConnection();
        if (connection.GetRecurringJobs([id]) is not [{ Removed: false }])
            throw new PortalException(PortalError.ResourceNotFound, "There is no recurring job of this name.");
        recurring.Trigger(id);
    }, cancel);

    /// <summary>
    /// Puts a job into its queue again (action <c>secretsportal:ManageJobs</c>), unless it has left the state in which it was seen. Whatever it was to do it
    /// does once more, unless that is done.
    /// </summary>
    public Task Requeue(CallContext call, string id, string fromState, CancellationToken cancel) =>
        Manage(call, $"requeue {id}", () => Changed(jobs.Requeue(id, fromState)), cancel);

    /// <summary>
    /// Takes a job away (action <c>secretsportal:ManageJobs</c>), unless it has left the state in which it was seen. The portal's own tables still say what is
    /// to be done, so a rotation is handed out anew.
    /// </summary>
    public Task Delete(CallContext call, string id, string fromState, CancellationToken cancel) =>
        Manage(call, $"delete {id}", () => Changed(jobs.Delete(id, fromState)), cancel);

    private static void Changed(bool isChanged)
    {
        if (!isChanged)
            throw new PortalException(PortalError.ResourceNotFound, "The job is gone, or has moved on meanwhile. Look at the list anew.");
    }

    private async Task Manage(CallContext call, string detail, Action action, CancellationToken cancel)
    {
        await authorizer.Require(call, PortalActions.ManageJobs, "*", secret: null, cancel);
        // Before it is done: Hangfire's storage has no transaction with the log's, and nothing is done without its record.
        await audit.Record(audit.For(call, PortalActions.ManageJobs, "*", AuditOutcome.Succeeded, detail), cancel);
        await Task.Run(action, cancel);
    }

    private JobOverview Read()
    {
        var monitor = storage.GetMonitoringApi();
        using var connection = storage.GetConnection();
        return new JobOverview
        {
            At = clock.GetUtcNow(),
            Recurring = [.. connection.GetRecurringJobs().OrderBy(job => job.Id, StringComparer.Ordinal).Select(job => new RecurringJob(
                job.Id, job.Cron, At(job.LastExecution), job.LastJobState, At(job.NextExecution), job.Error ?? job.LoadException?.Message))],
            Queues = [.. QueueNames(monitor).Select(name => new JobQueue(name, monitor.EnqueuedCount(name), monitor.FetchedCount(name)))],
            Running = [.. Of(ProcessingState.StateName, monitor.ProcessingJobs(0, Shown), job => job.Job, job => job.InvocationData, job => job.StartedAt, job => job.ServerId)],
            RunningCount = monitor.ProcessingCount(),
            Waiting = [.. Of(ScheduledState.StateName, monitor.ScheduledJobs(0, Shown), job => job.Job, job => job.InvocationData, job => job.EnqueueAt, _ => null)],
            WaitingCount = monitor.ScheduledCount(),
            Failed = [.. Of(FailedState.StateName, monitor.FailedJobs(0, Shown), job => job.Job, job => job.InvocationData, job => job.FailedAt, job => $"{TypeName(job.ExceptionType)}: {job.ExceptionMessage}")],
            FailedCount = monitor.FailedCount(),
            Servers = [.. monitor.Servers().OrderBy(server => server.Name, StringComparer.Ordinal).Select(server => new JobServer(
                server.Name, server.WorkersCount, [.. server.Queues], At(server.StartedAt)!.Value, At(server.Heartbeat)))],
        };
    }

    // A queue that is empty is known by those who serve it.
    private static IEnumerable<string> QueueNames(IMonitoringApi monitor) => monitor.Queues().Select(queue => queue.Name)
        .Concat(monitor.Servers().SelectMany(server => server.Queues)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static IEnumerable<ListedJob> Of<T>(
        string state, JobList<T> list, Func<T, Job?> job, Func<T, InvocationData?> invocation, Func<T, DateTime?> at, Func<T, string?> detail) => list
        .Where(entry => entry.Value is not null)
        .Select(entry => new ListedJob(entry.Key, state, NameOf(job(entry.Value), invocation(entry.Value)), At(at(entry.Value)), detail(entry.Value)));

    private static string NameOf(Job? job, InvocationData? invocation) => job is not null
        ? $"{job.Type.Name}{string.Concat(job.Args.OfType<string>().Select(argument => $" {argument}"))}"
        : TypeName(invocation?.Type) ?? "Unknown";

    private static string? TypeName(string? type) => type?.Split(',')[0].Split('.')[^1];

    private static DateTimeOffset? At(DateTime? at) => at is { } known ? new DateTimeOffset(DateTime.SpecifyKind(known, DateTimeKind.Utc)) : null;
}
