using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>How far a caller's access goes.</summary>
public enum AccessReach
{
    /// <summary>It may, with what is known.</summary>
    Allowed,

    /// <summary>It may not with what is known, but a statement would allow it under other conditions, such as another source address.</summary>
    UnderConditions,
}

/// <summary>A caller that may do something with a secret.</summary>
/// <param name="CallerArn">Who.</param>
/// <param name="Kind">User, client or rotation function.</param>
/// <param name="IsDisabled">True where it may as soon as it is enabled again.</param>
/// <param name="Reach">Whether it may now.</param>
/// <param name="Statements">The statements that allow it; for <see cref="AccessReach.UnderConditions"/> those that would.</param>
public sealed record AccessHolder(string CallerArn, CallerKind Kind, bool IsDisabled, AccessReach Reach, IReadOnlyList<string> Statements);

/// <summary>Who may do something with a secret.</summary>
/// <param name="SecretArn">The secret.</param>
/// <param name="Action">What.</param>
/// <param name="Holders">By kind and name.</param>
/// <param name="NextToken">Null on the last page.</param>
public sealed record AccessHolderPage(string SecretArn, string Action, IReadOnlyList<AccessHolder> Holders, string? NextToken);

/// <summary>Answers "who can read this secret, and why": asks the engine for each caller there is.</summary>
public sealed class SecretAccessList
{
    /// <summary>How many callers a page looks at, whether they may or not.</summary>
    public const int CallersPerPage = 500;

    private static readonly CallerKind[] s_kinds = [CallerKind.User, CallerKind.Client, CallerKind.Function];

    private readonly CallerStore _callers;
    private readonly AccessExplainer _explainer;
    private readonly Authorizer _authorizer;
    private readonly AuditRecorder _recorder;
    private readonly PageTokens _tokens;
    private readonly PortalOptions _options;

    internal SecretAccessList(
        CallerStore callers, AccessExplainer explainer, Authorizer authorizer, AuditRecorder recorder, PageTokens tokens, PortalOptions options)
    {
        _callers = callers;
        _explainer = explainer;
        _authorizer = authorizer;
        _recorder = recorder;
        _tokens = tokens;
        _options = options;
    }

    /// <summary>
    /// The callers that may do an action of the API with a secret, with the statements that decide. Needs <c>secretsportal:ExplainAccess</c> on
    /// the secret's ARN. A page looks at <see cref="CallersPerPage"/> callers, so it may be empty while others follow.
    /// </summary>
    public Task<AccessHolderPage> Find(CallContext call, string secretId, string action, string? nextToken, CancellationToken cancel) =>
        _recorder.Recording(call, PortalActions.ExplainAccess, secretId, async op =>
        {
            if (!SecretActions.All.Contains(action, StringComparer.Ordinal))
                throw new PortalException(PortalError.InvalidParameter, $"action '{action}' is none of the API's. Give one such as {SecretActions.GetSecretValue}.");
            op.Detail = action;
            var question = new AccessQuestion("", action, secretId);
            var about = await _explainer.Locate(call.Region, question, cancel);
            await _authorizer.Require(op, about.Resource, about.Secret, cancel);
            if (about.Secret is not { } secret)
                throw SecretRules.NotFound();
            op.Resource = secret.Arn.ToString();
            var scope = PageTokens.ScopeOf("access", call, secretId, action);
            var from = await _tokens.Read<Position>(nextToken, scope, cancel);
            var (holders, next) = await Look(question, about, from ?? new Position(s_kinds[0].ToString(), null), cancel);
            return new AccessHolderPage(op.Resource, action, holders, next is null ? null : await _tokens.Write(next, scope, cancel));
        }, cancel);

    private async Task<(IReadOnlyList<AccessHolder> Holders, Position? Next)> Look(
        AccessQuestion question, AccessObject about, Position from, CancellationToken cancel)
    {
        var holders = new List<AccessHolder>();
        var left = CallersPerPage;
        foreach (var kind in s_kinds.SkipWhile(k => k.ToString() != from.Kind))
        {
            var after = kind.ToString() == from.Kind ? from.After : null;
            var page = await _callers.List(kind, prefix: "", after, left, cancel);
            foreach (var stored in page)
            {
                if (await Holder(stored, question, about, cancel) is { } holder)
                    holders.Add(holder);
            }

            left -= page.Count;
            if (left == 0)
                return (holders, new Position(kind.ToString(), page[^1].Name));
        }

        return (holders, null);
    }

    private async Task<AccessHolder?> Holder(StoredCaller stored, AccessQuestion question, AccessObject about, CancellationToken cancel)
    {
        var caller = CallerArn.CallerOf(stored, _options.AccountId, accessKeyId: null, about.Region);
        // Asked as if it were enabled: who forgets a disabled caller finds it again when somebody enables it.
        var explained = await _explainer.Explain(
            AccessExplainer.SubjectCall(caller, about.Region, own: null), new KnownCaller(caller, IsDisabled: false), question, about, cancel);
        if (explained.IsAllowed)
            return new AccessHolder(caller.Arn, stored.Kind, stored.IsDisabled, AccessReach.Allowed, explained.Statements);
        // A deny without conditions holds under all; one with conditions, such as an address that it must not be, may hold under these alone.
        if (explained.Trace.Any(t => t is { IsDeny: true, Applied: true, HasConditions: false }))
            return null;
        var would = explained.Trace
            .Where(t => !t.IsDeny && (t.Applied || t.Misfit == StatementPart.Condition))
            .Select(t => $"{t.Policy}/{t.Statement}").Distinct().ToList();
        return would.Count == 0 ? null : new AccessHolder(caller.Arn, stored.Kind, stored.IsDisabled, AccessReach.UnderConditions, would);
    }

    private sealed record Position(string Kind, string? After);
}
