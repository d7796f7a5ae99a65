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
        var (allows, denies, faults) = (new List<Found>(), new List<Found>(), new List<Found>());
        var sessionAllows = new List<Found>();
        var session = request.Caller.SessionPolicy is { } document ? new NamedPolicy(SessionPolicyName, document) : null;
        foreach (var policy in identityPolicies)
            Collect(policy, PolicyKind.Identity, allows);
        if (resourcePolicy is not null)
            Collect(resourcePolicy, PolicyKind.Resource, allows);
        if (session is not null)
            Collect(session, PolicyKind.Session, sessionAllows);

        if (denies.Count > 0)
            return Decided(false, denies, $"{Listed(denies)} denies {request.Action} on {request.Resource}.");
        if (faults.Count > 0)
            return Decided(false, faults, $"{faults[0].Statement} can't be evaluated for {request.Action} on {request.Resource}, which denies: {faults[0].Cause}.");
        if (allows.Count == 0)
            return new Decision(false, [], $"No statement allows {request.Action} on {request.Resource}.");
        if (session is not null && sessionAllows.Count == 0)
            return new Decision(false, [], $"No statement of the session policy allows {request.Action} on {request.Resource}.") { By = PolicyKind.Session };
        return session is null
            ? Decided(true, allows, $"{Listed(allows)} allows {request.Action} on {request.Resource}.")
            : Decided(true, [.. allows, .. sessionAllows],
                $"{Listed(allows)} allows {request.Action} on {request.Resource}, and so does {Listed(sessionAllows)}.");

        void Collect(NamedPolicy policy, PolicyKind kind, List<Found> allowing)
        {
            if (policy.Document.IsResourcePolicy != (kind == PolicyKind.Resource))
            {
                // An identity policy has no Principal: on a resource it would speak of everyone.
                faults.Add(new Found(policy.Name, kind, "the policy was read as one of the other kind"));
                return;
            }

            foreach (var statement in policy.Document.Statements)
            {
                var name = $"{policy.Name}/{statement.Name}";
                try
                {
                    if (statement.AppliesTo(request))
                        (statement.IsDeny ? denies : allowing).Add(new Found(name, kind));
                }
                // Anything else that is thrown fails the request as a whole, which gives nothing away either.
                catch (PolicyFaultException e)
                {
                    faults.Add(new Found(name, kind, e.Message));
                }
            }
        }
    }

    private static Decision Decided(bool isAllowed, List<Found> by, string reason) =>
        new(isAllowed, [.. by.Select(f => f.Statement)], reason) { By = by[0].Kind };

    private static string Listed(List<Found> found) => found.Count == 1 ? found[0].Statement : $"Each of {string.Join(", ", found.Select(f => f.Statement))}";

    /// <summary>A statement that speaks of the request, or can't be evaluated for it.</summary>
    private sealed record Found(string Statement, PolicyKind Kind, string? Cause = null);
}
