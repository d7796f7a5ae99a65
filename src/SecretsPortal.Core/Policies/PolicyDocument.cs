namespace SecretsPortal.Core.Policies;

/// <summary>A parsed policy in IAM's JSON.</summary>
public sealed partial record PolicyDocument
{
    /// <summary>Reads a document; <see cref="PortalError.MalformedPolicyDocument"/> names the statement and the field.</summary>
    /// <param name="json">The document.</param>
    /// <param name="isResourcePolicy">True where Principal is required and the policy hangs on a resource.</param>
    public static PolicyDocument Parse(string json, bool isResourcePolicy) => throw new NotImplementedException();
}

/// <summary>A policy with the name a decision cites it by.</summary>
/// <param name="Name">The policy's name.</param>
/// <param name="Document">The policy.</param>
public sealed record NamedPolicy(string Name, PolicyDocument Document);

/// <summary>The question that is put to the engine.</summary>
/// <param name="Caller">Who asks.</param>
/// <param name="Action">Such as <c>secretsmanager:GetSecretValue</c>.</param>
/// <param name="Resource">An ARN, or <c>*</c> where the action has no resource.</param>
/// <param name="Context">Condition keys and their values, such as <c>aws:SourceIp</c>.</param>
public sealed record AuthorizationRequest(
    Caller Caller, string Action, string Resource, IReadOnlyDictionary<string, IReadOnlyList<string>> Context);

/// <summary>The answer with its reasons.</summary>
/// <param name="IsAllowed">True only where a statement allows and none denies.</param>
/// <param name="Statements">The statements that decided, as <c>POLICY/SID</c> or <c>POLICY/#2</c>; empty for a default deny.</param>
/// <param name="Reason">One sentence for people.</param>
public sealed record Decision(bool IsAllowed, IReadOnlyList<string> Statements, string Reason);

/// <summary>Decides. Default deny; an explicit deny wins; a fault while evaluating denies.</summary>
public static class PolicyEvaluator
{
    /// <summary>The decision for one request under the caller's identity policies and the resource's own policy.</summary>
    public static Decision Evaluate(
        AuthorizationRequest request, IReadOnlyList<NamedPolicy> identityPolicies, NamedPolicy? resourcePolicy) =>
        throw new NotImplementedException();
}
