namespace SecretsPortal.Core.Policies;

/// <summary>The question that is put to the engine.</summary>
/// <param name="Caller">Who asks.</param>
/// <param name="Action">Such as <c>secretsmanager:GetSecretValue</c>.</param>
/// <param name="Resource">An ARN, or <c>*</c> where the action has no resource.</param>
/// <param name="Context">
/// Condition keys and their values, such as <c>aws:SourceIp</c>. Give it the ordinal comparer, so that tags which differ in case alone stay
/// two: the engine ignores case by itself, and denies where that makes the answer ambiguous.
/// </param>
public sealed record AuthorizationRequest(
    Caller Caller, string Action, string Resource, IReadOnlyDictionary<string, IReadOnlyList<string>> Context);

/// <summary>The answer with its reasons.</summary>
public sealed record Decision
{
    private readonly Func<string>? _describe;

    /// <summary>An answer.</summary>
    /// <param name="isAllowed">True only where a statement allows and none denies.</param>
    /// <param name="statements">The statements that decided.</param>
    /// <param name="reason">One sentence for people.</param>
    public Decision(bool isAllowed, IReadOnlyList<string> statements, string reason) => (IsAllowed, Statements, Reason) = (isAllowed, statements, reason);

    // Most decisions allow, and nobody asks why.
    internal Decision(bool isAllowed, IReadOnlyList<string> statements, Func<string> describe) =>
        (IsAllowed, Statements, _describe) = (isAllowed, statements, describe);

    /// <summary>True only where a statement allows and none denies.</summary>
    public bool IsAllowed { get; }

    /// <summary>The statements that decided, as <c>POLICY/SID</c> or <c>POLICY/#2</c>; empty for a default deny.</summary>
    public IReadOnlyList<string> Statements { get; init; }

    /// <summary>One sentence for people.</summary>
    public string Reason => field ??= _describe!();

    /// <summary>What sort of policy decided: of several, the first in the order of <see cref="PolicyKind"/>; for a default deny, what lacks an Allow.</summary>
    public PolicyKind By { get; init; }
}

/// <summary>Where a policy comes from.</summary>
public enum PolicyKind
{
    /// <summary>It is attached to the caller, or to a group of the caller's.</summary>
    Identity,

    /// <summary>It hangs on the resource.</summary>
    Resource,

    /// <summary>It came with the caller's temporary credentials.</summary>
    Session,
}
