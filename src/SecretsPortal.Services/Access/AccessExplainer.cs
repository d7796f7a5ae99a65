using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>A question about access.</summary>
/// <param name="CallerArn">Whose access.</param>
/// <param name="Action">Such as <c>secretsmanager:GetSecretValue</c>; one of <see cref="PortalActions.Known"/>.</param>
/// <param name="Resource">A secret's name or ARN, another ARN, or <c>*</c>.</param>
/// <param name="Context">
/// Condition keys that the request would have, such as <c>aws:SourceIp</c>; they take the place of what is known. At most 50 keys of at most 50
/// values each.
/// </param>
public sealed record AccessQuestion(
    string CallerArn, string Action, string Resource, IReadOnlyDictionary<string, IReadOnlyList<string>>? Context = null);

/// <summary>The answer.</summary>
/// <param name="IsAllowed">What the portal would answer.</param>
/// <param name="Reason">One sentence for people.</param>
/// <param name="Statements">The statements that decided, as <c>POLICY/SID</c>.</param>
/// <param name="Trace">What each statement had to say.</param>
/// <param name="Resource">What the decision is about: a secret's ARN, with question marks for the suffix where there is none.</param>
/// <param name="Context">The condition keys that were assumed.</param>
public sealed record AccessExplanation(
    bool IsAllowed, string Reason, IReadOnlyList<string> Statements, IReadOnlyList<StatementTrace> Trace, string Resource,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Context);

/// <summary>
/// Tells why a caller may or may not do something: the same policies, the same engine and the same conditions as a request's own decision. It never
/// opens a value. Whoever may <c>secretsportal:ExplainAccess</c> on a caller's ARN may ask about it, and everybody about themselves.
/// </summary>
public sealed class AccessExplainer
{
    private const int MostKeys = 50;
    private const int LongestValue = 2048;

    private readonly CallerStore _callers;
    private readonly SecretStore _secrets;
    private readonly AccessCache _access;
    private readonly Authorizer _authorizer;
    private readonly AuditRecorder _recorder;
    private readonly PortalOptions _options;
    private readonly TimeProvider _clock;

    internal AccessExplainer(
        CallerStore callers, SecretStore secrets, AccessCache access, Authorizer authorizer, AuditRecorder recorder, PortalOptions options, TimeProvider clock)
    {
        _callers = callers;
        _secrets = secrets;
        _access = access;
        _authorizer = authorizer;
        _recorder = recorder;
        _options = options;
        _clock = clock;
    }

    /// <summary>
    /// Explains. Whoever asks about themselves without <c>secretsportal:ExplainAccess</c> learns no more than the action's own answer tells: of a
    /// secret that they may not use neither its suffix nor its tags, and of its policy nothing unless they may read it.
    /// </summary>
    public Task<AccessExplanation> Explain(CallContext call, AccessQuestion question, CancellationToken cancel) =>
        _recorder.Recording(call, PortalActions.ExplainAccess, question.CallerArn, async op =>
        {
            Check(question);
            op.Detail = $"{question.Action} on {question.Resource}";
            var about = await Locate(call.Region, question, cancel);
            if (question.CallerArn == call.Caller.Arn && !(await _authorizer.Decide(call, op.Action, question.CallerArn, secret: null, cancel)).IsAllowed)
                return await ExplainToThemselves(call, question, about, cancel);
            await _authorizer.Require(op, question.CallerArn, secret: null, cancel);
            var isOwn = question.CallerArn == call.Caller.Arn;
            var subject = isOwn ? new KnownCaller(call.Caller, IsDisabled: false) : await Find(question.CallerArn, cancel);
            return await Explain(SubjectCall(subject.Caller, about.Region, isOwn ? call : null), subject, question, about, cancel);
        }, cancel);

    private async Task<AccessExplanation> ExplainToThemselves(CallContext call, AccessQuestion question, AccessObject about, CancellationToken cancel)
    {
        var own = SubjectCall(call.Caller, about.Region, call);
        var subject = new KnownCaller(call.Caller, IsDisabled: false);
        var full = await Explain(own, subject, question, about, cancel);
        if (about.Secret is not { } secret)
            return full;
        if (full.IsAllowed)
            return secret.ResourcePolicy is null || await MayReadPolicy(own, secret, cancel) ? full : WithoutResourcePolicy(full);
        // As if there were no such secret, which is what the action's own answer reads like.
        var blind = await Explain(own, subject, question, about with { Secret = null, Resource = about.AskedArn! }, cancel);
        return blind.IsAllowed
            ? blind with { IsAllowed = false, Reason = "A statement denies it that speaks of this secret alone.", Statements = [], Trace = [] }
            : blind;
    }

    /// <summary>The explanation for one caller; who may ask for it is the asking method's business.</summary>
    internal async Task<AccessExplanation> Explain(
        CallContext subjectCall, KnownCaller subject, AccessQuestion question, AccessObject about, CancellationToken cancel)
    {
        var context = new RequestConditions(subjectCall, about.Secret, _clock.Now());
        foreach (var (key, value) in RequestConditions.DefaultsOf(question.Action))
            context[key] = [value];
        if (about.AskedName is { } asked)
            context[question.Action == SecretActions.CreateSecret ? "secretsmanager:Name" : "secretsmanager:SecretId"] = [asked];
        context.AddTags((await _access.FindGrants(subject.Caller.Id, asOf: null, cancel)).Tags);
        foreach (var (key, values) in question.Context ?? new Dictionary<string, IReadOnlyList<string>>())
            context.Replace(key, values);
        var (why, passes) = await _authorizer.Explain(subjectCall, question.Action, about.Resource, context, about.Secret?.ResourcePolicy, cancel);
        return Answer(subject, question, about, context, why, passes);
    }

    /// <summary>A secret, or what else the resource names.</summary>
    internal async Task<AccessObject> Locate(string region, AccessQuestion question, CancellationToken cancel)
    {
        var resource = question.Resource;
        var isOther = resource == "*" || (resource.StartsWith("arn:", StringComparison.Ordinal) && !resource.StartsWith("arn:aws:secretsmanager:", StringComparison.Ordinal));
        if (isOther)
            return new AccessObject(resource, region, Secret: null, AskedName: null, AskedArn: null);
        var id = SecretId.Parse(resource);
        var where = id.Arn?.Region ?? region;
        var isHere = id.Arn is null || (id.Arn.Account == _options.AccountId && _options.Regions.Contains(where, StringComparer.Ordinal));
        var secret = isHere && question.Action != SecretActions.CreateSecret ? await _secrets.Find(where, id, cancel) : null;
        var asked = SecretFinder.AskedArn(where, _options.AccountId, id);
        return new AccessObject(secret?.Arn.ToString() ?? asked, where, secret, resource, asked);
    }

    /// <summary>The call as the caller would make it: from where and how is known only of one's own.</summary>
    internal static CallContext SubjectCall(Caller caller, string region, CallContext? own) =>
        own is null ? new CallContext(caller, region, "unknown", "explanation") : own with { Region = region };

    private static AccessExplanation Answer(
        KnownCaller subject, AccessQuestion question, AccessObject about, RequestConditions context, Explanation why, bool passes)
    {
        var decision = why.Decision;
        var (isAllowed, reason) = (decision.IsAllowed, decision.Reason);
        if (passes)
            (isAllowed, reason) = (true, $"{reason} {PortalActions.RemoveResourcePolicy} passes the resource policy.");
        if (PortalActions.OwnAccount.Contains(question.Action, StringComparer.Ordinal) && subject.Caller.Kind == CallerKind.User)
            (isAllowed, reason) = (true, "Every signed-in user may do this with the own account.");
        if (subject.IsDisabled)
            (isAllowed, reason) = (false, $"{subject.Caller.Arn} is disabled, so nothing is allowed. If it were not: {reason}");
        return new AccessExplanation(isAllowed, reason, decision.Statements, why.Trace, about.Resource, context);
    }

    private static AccessExplanation WithoutResourcePolicy(AccessExplanation full)
    {
        var isNamed = full.Statements.Any(s => s.StartsWith(Authorizer.ResourcePolicyName, StringComparison.Ordinal));
        return full with
        {
            Reason = isNamed ? "The secret's own policy allows it." : full.Reason,
            Statements = [.. full.Statements.Where(s => !s.StartsWith(Authorizer.ResourcePolicyName, StringComparison.Ordinal))],
            Trace = [.. full.Trace.Where(t => t.Kind != PolicyKind.Resource)],
        };
    }

    private async Task<bool> MayReadPolicy(CallContext call, Secret secret, CancellationToken cancel) =>
        (await _authorizer.Decide(call, SecretActions.GetResourcePolicy, secret.Arn.ToString(), secret, cancel)).IsAllowed;

    private async Task<KnownCaller> Find(string arn, CancellationToken cancel)
    {
        if (CallerArn.Parse(arn, _options.AccountId) is not var (kind, name) || await _callers.Find(kind, name, cancel) is not { } stored)
            throw new PortalException(PortalError.ResourceNotFound, $"There is no caller {arn}. Give the ARN of a user, client or rotation function of this portal.");
        var region = kind == CallerKind.Function ? arn.Split(':')[3] : _options.Region;
        return new KnownCaller(CallerArn.CallerOf(stored, _options.AccountId, accessKeyId: null, region), stored.IsDisabled);
    }

    private static void Check(AccessQuestion question)
    {
        if (!PortalActions.Known.Contains(question.Action, StringComparer.Ordinal))
            throw Invalid($"action '{question.Action}' is none of this portal's. Give one such as {SecretActions.GetSecretValue}");
        if (question.CallerArn.Length is 0 or > LongestValue)
            throw Invalid($"callerArn must have 1 to {LongestValue} characters");
        if (question.Resource.Length is 0 or > LongestValue)
            throw Invalid($"resource must have 1 to {LongestValue} characters; give * for an action without a resource");
        if (question.Context is not { } context)
            return;
        if (context.Count > MostKeys)
            throw Invalid($"context must have at most {MostKeys} keys");
        foreach (var (key, values) in context)
        {
            if (key.Length is 0 or > LongestValue || values.Count > MostKeys || values.Any(v => v.Length > LongestValue))
                throw Invalid($"context must have keys of 1 to {LongestValue} characters, each with at most {MostKeys} values of at most {LongestValue} characters");
        }
    }

    private static PortalException Invalid(string message) => new(PortalError.InvalidParameter, $"{message}.");
}

/// <summary>What a question about access is about.</summary>
/// <param name="Resource">The ARN that policies are asked about.</param>
/// <param name="Region">Where.</param>
/// <param name="Secret">The secret, where there is one.</param>
/// <param name="AskedName">The secret's name or ARN as it was asked for; null where it is no secret.</param>
/// <param name="AskedArn">What a secret of that name would be decided as if there were none; null where it is no secret.</param>
internal sealed record AccessObject(string Resource, string Region, Secret? Secret, string? AskedName, string? AskedArn);
