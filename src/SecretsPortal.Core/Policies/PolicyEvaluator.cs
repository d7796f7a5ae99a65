namespace SecretsPortal.Core.Policies;

/// <summary>Decides. Default deny; an explicit deny wins; a fault while evaluating denies.</summary>
public static class PolicyEvaluator
{
    /// <summary>What decisions cite a caller's session policy by.</summary>
    public const string SessionPolicyName = "session-policy";

    private const string OtherKind = "the policy was read as one of the other kind";

    /// <summary>
    /// The decision for one request under the caller's identity policies and the resource's own policy. All of them belong to one
    /// account, so an Allow in either is enough. A session policy of the caller must allow as well; a Deny in any of them wins.
    /// </summary>
    public static Decision Evaluate(
        AuthorizationRequest request, IReadOnlyList<NamedPolicy> identityPolicies, NamedPolicy? resourcePolicy)
    {
        var facts = new RequestFacts(request);
        var findings = new Findings();
        for (var i = 0; i < identityPolicies.Count; i++)
        {
            if (!IsRepeated(identityPolicies, i))
                findings.Collect(identityPolicies[i], PolicyKind.Identity, facts);
        }

        if (resourcePolicy is not null)
            findings.Collect(resourcePolicy, PolicyKind.Resource, facts);
        if (request.Caller.SessionPolicy is { } session)
            findings.Collect(new NamedPolicy(SessionPolicyName, session), PolicyKind.Session, facts);
        return findings.Decide(request);
    }

    /// <summary>The decision with what each statement had to say; slower than <see cref="Evaluate"/>, and the same decision.</summary>
    public static Explanation Explain(
        AuthorizationRequest request, IReadOnlyList<NamedPolicy> identityPolicies, NamedPolicy? resourcePolicy)
    {
        var trace = new List<StatementTrace>();
        foreach (var policy in identityPolicies)
            Trace(policy, PolicyKind.Identity, request, trace);
        if (resourcePolicy is not null)
            Trace(resourcePolicy, PolicyKind.Resource, request, trace);
        if (request.Caller.SessionPolicy is { } session)
            Trace(new NamedPolicy(SessionPolicyName, session), PolicyKind.Session, request, trace);
        return new Explanation(Evaluate(request, identityPolicies, resourcePolicy), trace);
    }

    private static void Trace(NamedPolicy policy, PolicyKind kind, AuthorizationRequest request, List<StatementTrace> trace)
    {
        var facts = new RequestFacts(request);
        foreach (var statement in policy.Document.Statements)
        {
            var line = new StatementTrace
            {
                Policy = policy.Name, Kind = kind, Group = policy.Group, Statement = statement.Name, IsDeny = statement.IsDeny,
                HasConditions = statement.Conditions.Length > 0, Fault = IsOfKind(policy, kind) ? null : OtherKind,
            };
            trace.Add(line.Fault is null ? Explained(line, statement, facts) : line);
        }
    }

    private static StatementTrace Explained(StatementTrace line, PolicyStatement statement, in RequestFacts facts)
    {
        try
        {
            var misfit = statement.Misfit(facts, out var failed);
            return line with
            {
                Misfit = misfit, ConditionOperator = failed?.Name, ConditionKey = failed?.Key,
                IsKeyMissing = failed is not null && facts.Values(failed.Key).Count == 0,
            };
        }
        catch (PolicyFaultException e)
        {
            return line with { Fault = e.Message };
        }
    }

    // An identity policy has no Principal: on a resource it would speak of everyone.
    private static bool IsOfKind(NamedPolicy policy, PolicyKind kind) => policy.Document.IsResourcePolicy == (kind == PolicyKind.Resource);

    // A policy that comes through several groups decides once.
    private static bool IsRepeated(IReadOnlyList<NamedPolicy> policies, int index)
    {
        for (var i = 0; i < index; i++)
        {
            if (ReferenceEquals(policies[i].Document, policies[index].Document) && policies[i].Name == policies[index].Name)
                return true;
        }

        return false;
    }

    /// <summary>The statements that speak of the request, or can't be evaluated for it.</summary>
    private struct Findings
    {
        private List<Found>? _allows;
        private List<Found>? _sessionAllows;
        private List<Found>? _denies;
        private List<Found>? _faults;
        private bool _hasSession;

        public void Collect(NamedPolicy policy, PolicyKind kind, in RequestFacts facts)
        {
            _hasSession |= kind == PolicyKind.Session;
            if (!IsOfKind(policy, kind))
            {
                (_faults ??= []).Add(new Found(policy.Name, kind, OtherKind));
                return;
            }

            var statements = policy.Document.Statements;
            for (var i = 0; i < statements.Length; i++)
            {
                try
                {
                    if (statements[i].Misfit(facts, out _) is null)
                        ListFor(statements[i].IsDeny, kind).Add(new Found(policy.Citations[i], kind));
                }
                // Anything else that is thrown fails the request as a whole, which gives nothing away either.
                catch (PolicyFaultException e)
                {
                    (_faults ??= []).Add(new Found(policy.Citations[i], kind, e.Message));
                }
            }
        }

        public readonly Decision Decide(AuthorizationRequest request)
        {
            var (allows, sessionAllows) = (_allows, _sessionAllows);
            if (_denies is { } denies)
                return Decided(false, denies, () => $"{Listed(denies)} denies {request.Action} on {request.Resource}.");
            if (_faults is { } faults)
                return Decided(false, faults, () => $"{faults[0].Statement} can't be evaluated for {request.Action} on {request.Resource}, which denies: {faults[0].Cause}.");
            if (allows is null)
                return new Decision(false, [], () => $"No statement allows {request.Action} on {request.Resource}.");
            if (!_hasSession)
                return Decided(true, allows, () => $"{Listed(allows)} allows {request.Action} on {request.Resource}.");
            return sessionAllows is null
                ? new Decision(false, [], () => $"No statement of the session policy allows {request.Action} on {request.Resource}.") { By = PolicyKind.Session }
                : Decided(true, [.. allows, .. sessionAllows],
                    () => $"{Listed(allows)} allows {request.Action} on {request.Resource}, and so does {Listed(sessionAllows)}.");
        }

        private List<Found> ListFor(bool isDeny, PolicyKind kind) => (isDeny, kind) switch
        {
            (true, _) => _denies ??= [],
            (_, PolicyKind.Session) => _sessionAllows ??= [],
            _ => _allows ??= [],
        };
    }

    private static Decision Decided(bool isAllowed, List<Found> by, Func<string> describe)
    {
        var statements = new string[by.Count];
        for (var i = 0; i < statements.Length; i++)
            statements[i] = by[i].Statement;
        return new Decision(isAllowed, statements, describe) { By = by[0].Kind };
    }

    private static string Listed(List<Found> found) => found.Count == 1 ? found[0].Statement : $"Each of {string.Join(", ", found.Select(f => f.Statement))}";

    private readonly record struct Found(string Statement, PolicyKind Kind, string? Cause = null);
}
