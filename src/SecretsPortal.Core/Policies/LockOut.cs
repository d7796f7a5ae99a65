namespace SecretsPortal.Core.Policies;

/// <summary>A caller who may be able to use a secret under a new resource policy.</summary>
/// <param name="Caller">Who.</param>
/// <param name="IdentityPolicies">The caller's own policies, and those of its groups.</param>
/// <param name="Context">
/// The condition keys that are fixed for this caller and this secret: <c>aws:PrincipalArn</c>, <c>aws:PrincipalTag/…</c>, <c>aws:username</c>,
/// <c>aws:ResourceTag/…</c>, <c>secretsmanager:Name</c> and so on; nothing of a single request.
/// </param>
public sealed record LockOutCandidate(Caller Caller, IReadOnlyList<NamedPolicy> IdentityPolicies, IReadOnlyDictionary<string, IReadOnlyList<string>> Context);

/// <summary>Who is left under a resource policy.</summary>
/// <param name="Reader">Somebody who could read the value; null where nobody could.</param>
/// <param name="Keeper">Somebody who could replace the policy or take it off; null where nobody could.</param>
public sealed record AccessLeft(Caller? Reader, Caller? Keeper)
{
    /// <summary>True where nobody could read the secret any more, or nobody could change its policy.</summary>
    public bool IsLockOut => Reader is null || Keeper is null;
}

/// <summary>
/// Tells whether a resource policy would lock everybody out of a secret. What depends on a single request (the address, the time, what the
/// request asks for) is taken to be as somebody needs it, so that a policy is never called a lock-out because of the moment; each statement
/// by itself, so that two that never hold together are not noticed. The road past every resource policy,
/// <see cref="PortalActions.RemoveResourcePolicy"/>, is for repair and does not count.
/// </summary>
public static class LockOut
{
    // What the portal fills in from the request itself.
    private static readonly HashSet<string> s_requestKeys = new(
        ["aws:SourceIp", "aws:SecureTransport", "aws:CurrentTime", "aws:EpochTime", "aws:TagKeys"], StringComparer.OrdinalIgnoreCase);

    // What among the service's own keys says something of the secret.
    private static readonly string[] s_secretKeys =
        ["secretsmanager:Name", "secretsmanager:ResourceTag/", "secretsmanager:resource/", "secretsmanager:SecretPrimaryRegion"];

    /// <summary>Who could still read the secret and change its policy; the candidates are asked until both are found.</summary>
    /// <param name="secretArn">The secret.</param>
    /// <param name="resourcePolicy">The policy that shall hang on it.</param>
    /// <param name="candidates">All callers who are not disabled.</param>
    public static AccessLeft Find(string secretArn, NamedPolicy resourcePolicy, IEnumerable<LockOutCandidate> candidates)
    {
        var relaxed = new Dictionary<PolicyDocument, PolicyDocument>(ReferenceEqualityComparer.Instance);
        var hung = Relaxed(resourcePolicy);
        var left = new AccessLeft(null, null);
        foreach (var candidate in candidates)
        {
            var policies = candidate.IdentityPolicies.Select(Relaxed).ToList();
            left = new AccessLeft(
                left.Reader ?? (May(SecretActions.GetSecretValue) ? candidate.Caller : null),
                left.Keeper ?? (May(SecretActions.PutResourcePolicy) || May(SecretActions.DeleteResourcePolicy) ? candidate.Caller : null));
            if (!left.IsLockOut)
                break;

            bool May(string action) =>
                PolicyEvaluator.Evaluate(new AuthorizationRequest(candidate.Caller, action, secretArn, candidate.Context), policies, hung).IsAllowed;
        }

        return left;

        NamedPolicy Relaxed(NamedPolicy policy)
        {
            if (!relaxed.TryGetValue(policy.Document, out var document))
                relaxed[policy.Document] = document = Relax(policy.Document);
            return new NamedPolicy(policy.Name, document, policy.Group);
        }
    }

    // A Deny that depends on the request may not apply; an Allow may.
    private static PolicyDocument Relax(PolicyDocument document) => new(
        [.. document.Statements.Where(s => !s.IsDeny || !s.Conditions.Any(DependsOnRequest)).Select(s => s.Without(DependsOnRequest))],
        document.IsResourcePolicy);

    private static bool DependsOnRequest(PolicyCondition condition) => IsOfRequest(condition.Key) || condition.Variables.Any(IsOfRequest);

    private static bool IsOfRequest(string key) =>
        s_requestKeys.Contains(key) || key.StartsWith("aws:RequestTag/", StringComparison.OrdinalIgnoreCase)
        || key.StartsWith("secretsmanager:", StringComparison.OrdinalIgnoreCase) && !Array.Exists(s_secretKeys, k => key.StartsWith(k, StringComparison.OrdinalIgnoreCase));
}
