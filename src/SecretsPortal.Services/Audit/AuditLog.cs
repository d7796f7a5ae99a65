using SecretsPortal.Core.Audit;

namespace SecretsPortal.Services.Audit;

/// <summary>A page of the log.</summary>
/// <param name="Events">Newest first.</param>
/// <param name="NextToken">Null on the last page.</param>
public sealed record AuditPage(IReadOnlyList<AuditEvent> Events, string? NextToken);

/// <summary>The log of every request, through any door.</summary>
public sealed class AuditLog
{
    /// <summary>The record of a call's outcome, to be appended or to be committed with its change.</summary>
    public AuditRecord For(CallContext call, string action, string? resource, AuditOutcome outcome, string? detail = null) => throw new NotImplementedException();

    /// <summary>Appends durably before it returns; <see cref="Core.PortalError.Unavailable"/> where it cannot.</summary>
    public Task Record(AuditRecord record, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Searches the log (action <c>secretsportal:SearchAudit</c>).</summary>
    public Task<AuditPage> Search(CallContext call, AuditQuery query, string? nextToken, CancellationToken cancel) => throw new NotImplementedException();
}
