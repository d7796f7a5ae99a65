using Microsoft.Extensions.Logging;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Audit;

/// <summary>One call on its way: what its record will say, and whether it has been written.</summary>
internal sealed class RecordedCall(CallContext call, string action, string? resource)
{
    // Gathered only where a policy asks for conditions.
    private List<(string Key, string Value)>? _ownConditions;
    private Dictionary<string, IReadOnlyList<string>>? _conditions;

    /// <summary>Who asks.</summary>
    public CallContext Call { get; } = call;

    /// <summary>What for.</summary>
    public string Action { get; } = action;

    /// <summary>What was asked for, in the caller's own words: refusals name nothing else.</summary>
    public string? Asked { get; } = resource;

    /// <summary>What was asked for; the secret's ARN once it is found.</summary>
    public string? Resource { get; set; } = resource;

    /// <summary>More in plain words for the record; of a failure it says, after the reason, what it was about.</summary>
    public string? Detail { get; set; }

    /// <summary>The numbers that a read goes by from its beginning to its end; null where each step asks for itself.</summary>
    public ChangeNumbers? Numbers { get; set; }

    /// <summary>The number as of which the secret was found; see <see cref="Secrets.SecretCache"/>.</summary>
    public long AsOf { get; set; }

    /// <summary>Condition keys that the request itself brings, such as the regions that it replicates to. Tags that differ in case alone stay two.</summary>
    public Dictionary<string, IReadOnlyList<string>> Conditions => _conditions ??= new(StringComparer.Ordinal);

    /// <summary>Adds a condition key of the service's own. Null is a member that the request leaves out, so the key is missing.</summary>
    public void AddCondition(string key, string? value)
    {
        if (value is not null)
            (_ownConditions ??= []).Add((key, value));
    }

    /// <summary>Adds the conditions to what is known of the request.</summary>
    public void AddConditionsTo(Dictionary<string, IReadOnlyList<string>> all)
    {
        foreach (var (key, value) in _ownConditions ?? [])
            all[$"secretsmanager:{key}"] = [value];
        foreach (var (key, values) in _conditions ?? [])
            all[key] = values;
    }

    /// <summary>Adds a condition key of the service's own that is true or false.</summary>
    public void AddCondition(string key, bool value) => AddCondition(key, value ? "true" : "false");

    /// <summary>Replicas that the request asked for, with the secrets that the caller may overwrite by them.</summary>
    public IReadOnlyList<SecretReplica> AskedReplicas { get; set; } = [];

    /// <summary>True once a record was written, with the change or for a denial.</summary>
    public bool IsRecorded { get; set; }
}

/// <summary>Sees to it that each call leaves exactly one record, and none its result without it.</summary>
internal sealed partial class AuditRecorder(AuditStore store, TimeProvider clock, ILogger<AuditRecorder> log)
{
    // The widths of the log's columns; what a caller sends may be longer.
    private const int LongestAction = 128;
    private const int LongestResource = 800;
    private const int LongestDetail = 4000;
    private const int LongestAddress = 128;

    /// <summary>The record of a call's outcome.</summary>
    public AuditRecord For(CallContext call, string action, string? resource, AuditOutcome outcome, string? detail = null) => new()
    {
        At = clock.Now(),
        Caller = call.Caller.Arn,
        AccessKeyId = call.Caller.AccessKeyId,
        Action = Cut(action, LongestAction)!,
        Resource = Cut(resource, LongestResource),
        Outcome = outcome,
        Detail = Cut(detail, LongestDetail),
        SourceAddress = Cut(call.SourceAddress, LongestAddress)!,
        RequestId = Cut(call.RequestId, LongestAddress)!,
    };

    /// <summary>The record of a call that succeeded, to be committed with its change.</summary>
    public AuditRecord Success(RecordedCall call) => For(call.Call, call.Action, call.Resource, AuditOutcome.Succeeded, call.Detail);

    /// <summary>Appends durably before it returns.</summary>
    public async Task Record(AuditRecord record, CancellationToken cancel)
    {
        try
        {
            await store.Append(record, cancel);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            throw new PortalException(PortalError.Unavailable, "The request could not be recorded in the audit log, so it was not carried out. Try again later.", fault);
        }
    }

    /// <summary>Runs a call and records how it ended, before its result leaves, unless the call has been recorded with its change.</summary>
    public async Task<T> Recording<T>(CallContext call, string action, string? asked, Func<RecordedCall, Task<T>> body, CancellationToken cancel)
    {
        var recorded = new RecordedCall(call, action, asked);
        T result;
        try
        {
            result = await body(recorded);
        }
        catch (Exception fault) when (!recorded.IsRecorded)
        {
            await RecordFailure(recorded, fault);
            throw;
        }

        if (!recorded.IsRecorded)
            await Record(Success(recorded), cancel);
        return result;
    }

    /// <summary>Records that what was recorded as begun broke off: an answer that leaves as a stream can fail after its record was written.</summary>
    public Task RecordBreak(CallContext call, string action, string? resource, string detail, Exception fault) =>
        RecordFailure(new RecordedCall(call, action, resource) { Detail = detail }, fault);

    private async Task RecordFailure(RecordedCall call, Exception fault)
    {
        var reason = fault is PortalException known ? known.Error.ToString() : fault is OperationCanceledException ? "Cancelled" : nameof(PortalError.Internal);
        var detail = call.Detail is { Length: > 0 } about ? $"{reason}; {about}" : reason;
        try
        {
            // The caller may have gone; its record is written all the same.
            await store.Append(For(call.Call, call.Action, call.Resource, AuditOutcome.Failed, detail), CancellationToken.None);
        }
        catch (Exception lost)
        {
            // The request fails anyway, with its own cause.
            LogLostRecord(lost, call.Action, call.Call.RequestId);
        }
    }

    private static string? Cut(string? text, int length) => text is null || text.Length <= length ? text : text[..(length - 1)] + "…";

    [LoggerMessage(EventId = 1001, Level = LogLevel.Error, Message = "The failure of {Action} (request {RequestId}) could not be recorded in the audit log")]
    private partial void LogLostRecord(Exception fault, string action, string requestId);
}
