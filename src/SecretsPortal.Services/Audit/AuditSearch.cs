using SecretsPortal.Core.Audit;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Audit;

/// <summary>Finds records by a caller's bare name as well: whoever has it, user, client or the portal's own work.</summary>
internal sealed class AuditSearch(AuditStore store, PortalOptions options)
{
    /// <summary>A page, newest first.</summary>
    public async Task<IReadOnlyList<AuditEvent>> Find(AuditQuery query, CancellationToken cancel)
    {
        if (query.Caller is not { } name || name.Contains(':', StringComparison.Ordinal) || name == "anonymous")
            return await store.Search(query, cancel);
        // One search for each ARN goes by an index; one for all would sort the log.
        var found = new List<AuditEvent>();
        foreach (var path in (string[])["user/", "user/client/", "role/secretsportal/"])
            found.AddRange(await store.Search(query with { Caller = $"arn:aws:iam::{options.AccountId}:{path}{name}" }, cancel));
        return [.. found.OrderByDescending(record => record.Sequence).Take(query.Limit)];
    }
}
