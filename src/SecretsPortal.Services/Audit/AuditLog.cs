using SecretsPortal.Core.Audit;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Secrets;

namespace SecretsPortal.Services.Audit;

/// <summary>A page of the log.</summary>
/// <param name="Events">Newest first.</param>
/// <param name="NextToken">Null on the last page.</param>
public sealed record AuditPage(IReadOnlyList<AuditEvent> Events, string? NextToken);

/// <summary>The log of every request, through any door.</summary>
public sealed class AuditLog
{
    private readonly AuditRecorder _recorder;
    private readonly AuditSearch _search;
    private readonly Authorizer _authorizer;
    private readonly PageTokens _tokens;

    internal AuditLog(AuditRecorder recorder, AuditSearch search, Authorizer authorizer, PageTokens tokens)
    {
        _recorder = recorder;
        _search = search;
        _authorizer = authorizer;
        _tokens = tokens;
    }

    /// <summary>The record of a call's outcome, to be appended or to be committed with its change.</summary>
    public AuditRecord For(CallContext call, string action, string? resource, AuditOutcome outcome, string? detail = null) =>
        _recorder.For(call, action, resource, outcome, detail);

    /// <summary>Appends durably before it returns; <see cref="Core.PortalError.Unavailable"/> where it cannot.</summary>
    public Task Record(AuditRecord record, CancellationToken cancel) => _recorder.Record(record, cancel);

    /// <summary>Searches the log (action <c>secretsportal:SearchAudit</c>).</summary>
    public Task<AuditPage> Search(CallContext call, AuditQuery query, string? nextToken, CancellationToken cancel) =>
        _recorder.Recording(call, "secretsportal:SearchAudit", "*", async op =>
        {
            await _authorizer.Require(op, "*", secret: null, cancel);
            var limit = SecretRules.Range("limit", query.Limit, 1, 500);
            var scope = PageTokens.ScopeOf("audit", call, $"{query.From:O}", $"{query.Until:O}", query.Caller, query.Action, query.Resource, $"{query.Outcome}",
                query.RequestId, query.SourceAddress);
            var before = await _tokens.Read<AuditPosition>(nextToken, scope, cancel);
            // One more than the page holds tells whether another page follows.
            var found = await _search.Find(query with { Limit = limit + 1, Before = before?.Sequence ?? query.Before }, cancel);
            IReadOnlyList<AuditEvent> events = [.. found.Take(limit)];
            var next = found.Count <= limit ? null : await _tokens.Write(new AuditPosition(events[^1].Sequence), scope, cancel);
            return new AuditPage(events, next);
        }, cancel);

    private sealed record AuditPosition(long Sequence);
}
