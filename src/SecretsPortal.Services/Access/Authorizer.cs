using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Audit;

namespace SecretsPortal.Services.Access;

/// <summary>The one gate: asks the policy engine, records denials.</summary>
public sealed class Authorizer
{
    // What decisions cite the policy by that hangs on the secret.
    internal const string ResourcePolicyName = "resource policy";

    // Whom no resource policy keeps from taking it off.
    private const string RemoveAction = PortalActions.RemoveResourcePolicy;

    private readonly AccessCache _access;
    private readonly PolicyCache _policies;
    private readonly AuditRecorder _recorder;
    private readonly TimeProvider _clock;

    internal Authorizer(AccessCache access, PolicyCache policies, AuditRecorder recorder, TimeProvider clock)
    {
        _access = access;
        _policies = policies;
        _recorder = recorder;
        _clock = clock;
    }

    /// <summary>
    /// Throws AccessDenied, after recording it, where neither the caller's policies nor the resource's allow the action, or one denies it.
    /// The message names what was asked for as it was asked for; the record names the ARN and the statements.
    /// With a <paramref name="secret"/>, its own policy counts, and its tags and name are condition keys.
    /// </summary>
    public Task Require(CallContext call, string action, string resource, Secret? secret, CancellationToken cancel) =>
        Require(new RecordedCall(call, action, resource), resource, secret, cancel);

    /// <summary>The decision alone, for pages that show or hide and for lists that filter; nothing is recorded.</summary>
    public Task<Decision> Decide(CallContext call, string action, string resource, Secret? secret, CancellationToken cancel) =>
        Decide(call, action, resource, ContextOf(call, secret), secret?.ResourcePolicy, asOf: null, cancel).AsTask();

    /// <summary>The decision for the call's caller and conditions if the policy hung on the secret, or on one that is not named yet; nothing is recorded.</summary>
    internal Task<Decision> DecideUnder(RecordedCall op, string action, Secret? secret, string resourcePolicy, CancellationToken cancel) =>
        Decide(op.Call, action, secret?.Arn.ToString() ?? "*", ContextOf(op, secret), resourcePolicy, asOf: null, cancel).AsTask();

    /// <summary>As the public one, for a call that is being recorded.</summary>
    internal Task Require(RecordedCall op, string resource, Secret? secret, CancellationToken cancel) =>
        Require(op, op.Action, resource, ContextOf(op, secret), secret?.ResourcePolicy, cancel);

    /// <summary>For a further secret that the call touches, perhaps in another region: as if the action were called there.</summary>
    internal Task RequireOf(RecordedCall op, string action, Secret secret, CancellationToken cancel)
    {
        var context = ContextOf(op, secret);
        context["aws:RequestedRegion"] = [secret.Arn.Region];
        return Require(op, action, secret.Arn.ToString(), context, secret.ResourcePolicy, cancel, isOther: true);
    }

    /// <summary>For a request that brings a name or tags of its own.</summary>
    internal Task Require(RecordedCall op, string action, string resource, string? name, Secret? secret, IReadOnlyList<SecretTag>? requestTags, CancellationToken cancel)
    {
        var context = ContextOf(op, secret);
        if (name is not null)
            context["secretsmanager:Name"] = [name];
        foreach (var tag in requestTags ?? [])
            context[$"aws:RequestTag/{tag.Key}"] = [tag.Value];
        if (requestTags is { Count: > 0 })
            context["aws:TagKeys"] = [.. requestTags.Select(t => t.Key)];
        return Require(op, action, resource, context, secret?.ResourcePolicy, cancel);
    }

    private async Task Require(
        RecordedCall op, string action, string resource, RequestConditions context, string? resourcePolicy,
        CancellationToken cancel, bool isOther = false)
    {
        var decision = await Decide(op.Call, action, resource, context, resourcePolicy, op.Numbers?.Access, cancel);
        if (decision.IsAllowed)
            return;
        if (resourcePolicy is not null && await MayPass(op.Call, action, resource, context, cancel))
        {
            op.Detail = $"by {RemoveAction}, past the resource policy";
            return;
        }

        op.IsRecorded = true;
        await _recorder.Record(_recorder.For(op.Call, action, isOther ? resource : op.Resource ?? resource, AuditOutcome.Denied, Reasons(decision)), CancellationToken.None);
        var because = (decision.Statements.Count > 0, decision.By) switch
        {
            // Which sort of policy lacks an Allow would tell whether there is a secret that one hangs on.
            (false, _) => $"because no identity-based policy allows the {action} action",
            (true, PolicyKind.Resource) => "with an explicit deny in a resource-based policy",
            (true, PolicyKind.Session) => "with an explicit deny in a session policy",
            _ => "with an explicit deny in an identity-based policy",
        };
        // Nobody asked for the other one by its ARN, so its suffix is not told.
        var named = isOther ? $"{resource[..^SecretArn.SuffixLength]}??????" : op.Asked ?? resource;
        throw new PortalException(PortalError.AccessDenied, $"User: {op.Call.Caller.Arn} is not authorized to perform: {action} on resource: {named} {because}");
    }

    /// <summary>
    /// The way back from a resource policy that locks everyone out or can't be read: seeing it and taking it off are decided on the caller's own
    /// policies alone where those allow <see cref="RemoveAction"/> on the secret, too.
    /// </summary>
    private async Task<bool> MayPass(
        CallContext call, string action, string resource, RequestConditions context, CancellationToken cancel) =>
        action is "secretsmanager:GetResourcePolicy" or "secretsmanager:DeleteResourcePolicy"
        && (await Decide(call, RemoveAction, resource, context, resourcePolicy: null, asOf: null, cancel)).IsAllowed
        && (await Decide(call, action, resource, context, resourcePolicy: null, asOf: null, cancel)).IsAllowed;

    /// <summary>Why the decision is what it is, and whether the caller may pass the resource policy; nothing is recorded.</summary>
    internal async Task<(Explanation Why, bool Passes)> Explain(
        CallContext call, string action, string resource, RequestConditions context, string? resourcePolicy, CancellationToken cancel)
    {
        var asked = await Prepare(call, action, resource, context, resourcePolicy, asOf: null, cancel);
        var why = asked.Unreadable is { } unreadable ? new Explanation(unreadable, []) : PolicyEvaluator.Explain(asked.Request, asked.Identity, asked.Hung);
        var passes = !why.Decision.IsAllowed && resourcePolicy is not null && await MayPass(call, action, resource, context, cancel);
        return (why, passes);
    }

    private async ValueTask<Decision> Decide(
        CallContext call, string action, string resource, RequestConditions context, string? resourcePolicy, long? asOf, CancellationToken cancel)
    {
        var asked = await Prepare(call, action, resource, context, resourcePolicy, asOf, cancel);
        return asked.Unreadable ?? PolicyEvaluator.Evaluate(asked.Request, asked.Identity, asked.Hung);
    }

    /// <summary>The question to the engine with all policies that speak of it. An unreadable one answers it: it may have held a deny.</summary>
    private async ValueTask<(AuthorizationRequest Request, IReadOnlyList<NamedPolicy> Identity, NamedPolicy? Hung, Decision? Unreadable)> Prepare(
        CallContext call, string action, string resource, RequestConditions context, string? resourcePolicy, long? asOf, CancellationToken cancel)
    {
        var grants = await _access.FindGrants(call.Caller.Id, asOf, cancel);
        context.AddTags(grants.Tags);
        var request = new AuthorizationRequest(call.Caller, action, resource, context);
        if (grants.Unreadable is { } name)
            return (request, grants.Policies, null, Unreadable(name));
        if (resourcePolicy is null)
            return (request, grants.Policies, null, null);
        return _policies.Read(resourcePolicy, isResourcePolicy: true) is { } document
            ? (request, grants.Policies, new NamedPolicy(ResourcePolicyName, document), null)
            : (request, grants.Policies, null, Unreadable(ResourcePolicyName) with { Statements = [ResourcePolicyName], By = PolicyKind.Resource });
    }

    private static Decision Unreadable(string name) => new(false, [], $"The policy {name} can't be read, so nothing is allowed.");

    private static string Reasons(Decision decision) =>
        decision.Statements.Count == 0 ? decision.Reason : $"{decision.Reason} [{string.Join(", ", decision.Statements)}]";

    private RequestConditions ContextOf(RecordedCall op, Secret? secret) => new(op.Call, secret, _clock.Now(), op);

    private RequestConditions ContextOf(CallContext call, Secret? secret) => new(call, secret, _clock.Now());
}
