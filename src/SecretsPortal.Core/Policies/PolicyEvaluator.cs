namespace SecretsPortal.Core.Policies;

/// <summary>Decides. Default deny; an explicit deny wins; a fault while evaluating denies.</summary>
public static class PolicyEvaluator
{
    /// <summary>What decisions cite a caller's session policy by.</summary>
    public const string SessionPolicyName = "session-policy";

    /// <summary>
    /// The decision for one request under the caller's identity policies and the resource's own policy. All of them belong to one
    /// account, so an Allow in either is enough. A session policy of the caller must allow as well; a Deny in any of them wins.
    /// </summary>
    public static Decision Evaluate(
        AuthorizationRequest request, IReadOnlyList<NamedPolicy> identityPolicies, NamedPolicy? resourcePolicy)
    {
        var (allows, denies, faults) = (new List<string>(), new List<string>(), new List<(string Statement, string Cause)>());
        var sessionAllows = new List<string>();
        var session = request.Caller.SessionPolicy is { } document ? new NamedPolicy(SessionPolicyName, document) : null;
        foreach (var policy in identityPolicies)
            Collect(policy, isResourcePolicy: false, allows);
        if (resourcePolicy is not null)
            Collect(resourcePolicy, isResourcePolicy: true, allows);
        var deniedOtherwise = denies.Count;
        if (session is not null)
            Collect(session, isResourcePolicy: false, sessionAllows);

        if (denies.Count > 0)
            return new Decision(false, denies, $"{Listed(denies)} denies {request.Action} on {request.Resource}.") { IsDeniedBySession = deniedOtherwise == 0 };
        if (faults.Count > 0)
            return new Decision(false, [.. faults.Select(f => f.Statement)],
                $"{faults[0].Statement} can't be evaluated for {request.Action} on {request.Resource}, which denies: {faults[0].Cause}.");
        if (allows.Count == 0)
            return new Decision(false, [], $"No statement allows {request.Action} on {request.Resource}.");
        if (session is not null && sessionAllows.Count == 0)
            return new Decision(false, [], $"No statement of the session policy allows {request.Action} on {request.Resource}.") { IsDeniedBySession = true };
        return session is null
            ? new Decision(true, allows, $"{Listed(allows)} allows {request.Action} on {request.Resource}.")
            : new Decision(true, [.. allows, .. sessionAllows],
                $"{Listed(allows)} allows {request.Action} on {request.Resource}, and so does {Listed(sessionAllows)}.");

        void Collect(NamedPolicy policy, bool isResourcePolicy, List<string> allowing)
        {
            if (policy.Document.IsResourcePolicy != isResourcePolicy)
            {
                // An identity policy has no Principal: on a resource it would speak of everyone.
                faults.Add((policy.Name, "the policy was read as one of the other kind"));
                return;
            }

            foreach (var statement in policy.Document.Statements)
            {
                var name = $"{policy.Name}/{statement.Name}";
                try
                {
                    if (statement.AppliesTo(request))
                        (statement.IsDeny ? denies : allowing).Add(name);
                }
                // Anything else that is thrown fails the request as a whole, which gives nothing away either.
                catch (PolicyFaultException e)
                {
                    faults.Add((name, e.Message));
                }
            }
        }
    }

    private static string Listed(List<string> statements) => statements.Count == 1 ? statements[0] : $"Each of {string.Join(", ", statements)}";
}
