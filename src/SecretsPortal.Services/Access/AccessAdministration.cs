using SecretsPortal.Core;
using SecretsPortal.Core.Naming;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>What the services that change who may what have in common: every call is authorised by its action, recorded once, and finds by name.</summary>
internal sealed class AccessAdministration(
    CallerStore callers, GroupStore groups, PolicyStore policies, PrincipalArns arns, Authorizer authorizer, AuditRecorder recorder, PageTokens tokens,
    PortalOptions options, TimeProvider clock)
{
    private const int PageSize = 50;

    /// <summary>How principals are named.</summary>
    public PrincipalArns Arns => arns;

    /// <summary>Now, as it is stored.</summary>
    public DateTimeOffset Now => clock.Now();

    /// <summary>
    /// Runs a call on the thing of this name once its action is allowed on that thing's ARN. A name that cannot be one is refused first, and is
    /// not recorded: it may be anything.
    /// </summary>
    public Task<T> On<T>(CallContext call, string action, string name, Func<string, string> arnOf, Func<RecordedCall, Task<T>> body, CancellationToken cancel)
    {
        var isName = IsName(name);
        return recorder.Recording(call, action, isName ? arnOf(name) : null, async op =>
        {
            Names.Principal("name", name);
            await authorizer.Require(op, op.Resource!, secret: null, cancel);
            return await body(op);
        }, cancel);
    }

    /// <summary>Asks a session of the portal's pages for a proof of who its user is; see <see cref="ProofRule"/>.</summary>
    public void RequireProof(CallContext call, string then) => ProofRule.Require(call, options, clock.GetUtcNow(), then);

    /// <summary>Asks for the call's action on one more thing that it touches.</summary>
    public async Task RequireAlso(RecordedCall op, string arn, CancellationToken cancel)
    {
        var touched = op.Resource;
        op.Resource = arn;
        await authorizer.Require(op, arn, secret: null, cancel);
        op.Resource = touched;
    }

    /// <summary>A page of things in the order of their names.</summary>
    /// <param name="call">Who asks.</param>
    /// <param name="action">The action, on <c>*</c>.</param>
    /// <param name="list">What is listed; binds the token.</param>
    /// <param name="query">What to list.</param>
    /// <param name="find">Prefix, last name of the page before, number of rows.</param>
    /// <param name="nameOf">The name that rows are ordered by.</param>
    /// <param name="cancel">Ends the wait.</param>
    public Task<(IReadOnlyList<T> Rows, string? NextToken)> List<T>(
        CallContext call, string action, string list, NameQuery query, Func<string, string?, int, Task<IReadOnlyList<T>>> find, Func<T, string> nameOf,
        CancellationToken cancel) => recorder.Recording(call, action, "*", async op =>
        {
            await authorizer.Require(op, "*", secret: null, cancel);
            var limit = SecretRules.Range("limit", query.Limit ?? PageSize, 1, AccessRules.MostResults);
            var prefix = query.NamePrefix ?? "";
            if (prefix.Length > 0 && !IsName(prefix.TrimEnd('.') is { Length: > 0 } some ? some : "a"))
                throw AccessRules.Broken("namePrefix can have characters of names only: ASCII letters, digits and +=,.@_-.");
            return await Page(call, list, prefix, limit, query.NextToken, (after, rows) => find(prefix, after, rows), nameOf, cancel);
        }, cancel);

    /// <summary>A page of rows that are ordered by a text.</summary>
    public async Task<(IReadOnlyList<T> Rows, string? NextToken)> Page<T>(
        CallContext call, string list, string scopedTo, int limit, string? nextToken, Func<string?, int, Task<IReadOnlyList<T>>> find, Func<T, string> positionOf,
        CancellationToken cancel)
    {
        var scope = PageTokens.ScopeOf(list, call, scopedTo);
        var position = await tokens.Read<NamePosition>(nextToken, scope, cancel);
        // One more than the page holds tells whether another page follows.
        var found = await find(position?.After, limit + 1);
        IReadOnlyList<T> rows = [.. found.Take(limit)];
        return (rows, found.Count <= limit ? null : await tokens.Write(new NamePosition(positionOf(rows[^1])), scope, cancel));
    }

    /// <summary>The user or client of this name; <see cref="PortalError.ResourceNotFound"/> where there is none.</summary>
    public async Task<StoredCaller> FindCaller(CallerKind kind, string name, CancellationToken cancel) =>
        await callers.Find(kind, name, cancel) ?? throw Missing(kind);

    /// <summary>The group of this name; <see cref="PortalError.ResourceNotFound"/> where there is none.</summary>
    public async Task<StoredGroup> FindGroup(string name, CancellationToken cancel) =>
        await groups.Find(name, cancel) ?? throw new PortalException(PortalError.ResourceNotFound, "There is no group of this name.");

    /// <summary>What hangs on a user or client besides itself.</summary>
    public async Task<CallerParts> PartsOf(string callerId, CancellationToken cancel) => new(
        await callers.FindTags(callerId, cancel),
        [.. (await groups.FindOf(callerId, cancel)).Select(group => group.Name)],
        await policies.FindAttached(callerId, cancel));

    /// <summary>There is no such user or client.</summary>
    public static PortalException Missing(CallerKind kind) =>
        new(PortalError.ResourceNotFound, $"There is no {(kind == CallerKind.User ? "user" : "client")} of this name.");

    /// <summary>Nobody cuts off the branch that they sit on.</summary>
    public static void RefuseOnOneself(RecordedCall op, string callerId, string what)
    {
        if (op.Call.Caller.Id == callerId)
            throw new PortalException(PortalError.InvalidRequest, $"You can't {what} yourself. Ask somebody else to do it.");
    }

    /// <summary>One's own password and second factor are changed where the old one is asked for: an open page alone must not be enough for it.</summary>
    public static void RefuseResetOfOneself(RecordedCall op, string callerId, string what)
    {
        if (op.Call.Caller.Id == callerId)
            throw new PortalException(PortalError.InvalidRequest,
                $"You can't reset your own {what} here. Change it on the page Your account, or ask another administrator to reset it.");
    }

    /// <summary>What a change of a user or client changes, in words, for its record.</summary>
    public static string Describe(StoredCaller before, StoredCaller after, IReadOnlyList<CallerTag>? tags)
    {
        List<string> changes = [];
        if (before.IsDisabled != after.IsDisabled)
            changes.Add(after.IsDisabled ? "disabled" : "enabled");
        if (before.DisplayName != after.DisplayName)
            changes.Add("display name");
        if (before.Email != after.Email)
            changes.Add("e-mail");
        if (before.Description != after.Description)
            changes.Add("description");
        if (tags is not null)
            changes.Add($"tags: {(tags.Count == 0 ? "none" : string.Join(", ", tags.Select(tag => $"{tag.Key}={tag.Value}")))}");
        return changes.Count == 0 ? "nothing" : string.Join("; ", changes);
    }

    /// <summary>True for what can be the name of a user, client, group or policy.</summary>
    internal static bool IsName(string name)
    {
        try
        {
            Names.Principal("name", name);
            return true;
        }
        catch (PortalException)
        {
            return false;
        }
    }

    private sealed record NamePosition(string After);
}

/// <summary>Which page of a list.</summary>
public sealed record NameQuery
{
    /// <summary>What the names begin with, in the same case; null for all.</summary>
    public string? NamePrefix { get; init; }

    /// <summary>1–100; 50 by default.</summary>
    public int? Limit { get; init; }

    /// <summary>From the page before.</summary>
    public string? NextToken { get; init; }
}

/// <summary>What hangs on a user or client.</summary>
/// <param name="Tags">Its tags.</param>
/// <param name="Groups">The names of its groups.</param>
/// <param name="Policies">The names of the policies that are attached to it itself.</param>
internal sealed record CallerParts(IReadOnlyList<CallerTag> Tags, IReadOnlyList<string> Groups, IReadOnlyList<string> Policies);
