namespace SecretsPortal.Core.Policies;

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
public sealed record Decision(bool IsAllowed, IReadOnlyList<string> Statements, string Reason)
{
    /// <summary>What sort of policy decided: of several, the first in the order of <see cref="PolicyKind"/>; for a default deny, what lacks an Allow.</summary>
    public PolicyKind By { get; init; }
}

/// <summary>Where a policy comes from.</summary>
public enum PolicyKind
{
    /// <summary>It is attached to the caller.</summary>
    Identity,

    /// <summary>It hangs on the resource.</summary>
    Resource,

    /// <summary>It came with the caller's temporary credentials.</summary>
    Session,
}
