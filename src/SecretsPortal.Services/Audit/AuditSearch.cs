using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Audit;

/// <summary>
/// Finds records by a caller's bare name as well (whoever has it: user, client or the portal's own work), and by a secret's: what was asked for by that
/// name, and what was done to the secrets that have it now.
/// </summary>
internal sealed class AuditSearch(AuditStore store, SecretStore secrets, PortalOptions options)
{
    /// <summary>A page, newest first.</summary>
    public async Task<IReadOnlyList<AuditEvent>> Find(AuditQuery query, CancellationToken cancel)
    {
        var (callers, resources) = (CallersOf(query.Caller), await ResourcesOf(query.Resource, cancel));
        if (callers.Count == 1 && resources.Count == 1)
            return await store.Search(query with { Caller = callers[0], Resource = resources[0] }, cancel);
        // One search for each goes by an index; one for all would sort the log.
        var found = new List<AuditEvent>();
        foreach (var caller in callers)
        {
            foreach (var resource in resources)
                found.AddRange(await store.Search(query with { Caller = caller, Resource = resource }, cancel));
        }

        return [.. found.OrderByDescending(record => record.Sequence).Take(query.Limit)];
    }

    private IReadOnlyList<string?> CallersOf(string? caller) => caller is not { } name || name.Contains(':', StringComparison.Ordinal) || name == "anonymous"
        ? [caller]
        : [.. ((string[])["user/", "user/client/", "role/secretsportal/"]).Select(path => $"arn:aws:iam::{options.AccountId}:{path}{name}")];

    private async Task<IReadOnlyList<string?>> ResourcesOf(string? resource, CancellationToken cancel)
    {
        if (resource is null || !SecretName.IsValid(resource))
            return [resource];
        var all = new List<string?> { resource };
        foreach (var region in options.Regions)
        {
            if (await secrets.Find(region, SecretId.Parse(resource), cancel) is { } secret)
                all.Add(secret.Arn.ToString());
        }

        return all;
    }
}
