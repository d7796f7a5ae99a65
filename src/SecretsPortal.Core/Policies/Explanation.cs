namespace SecretsPortal.Core.Policies;

/// <summary>Why a decision is what it is.</summary>
/// <param name="Decision">The decision, as <see cref="PolicyEvaluator.Evaluate"/> gives it.</param>
/// <param name="Trace">Each statement of each policy: the identity policies in their order, then the resource's, then the session policy.</param>
public sealed record Explanation(Decision Decision, IReadOnlyList<StatementTrace> Trace);

/// <summary>The parts of a statement, in the order in which they are asked.</summary>
public enum StatementPart
{
    /// <summary>Principal or NotPrincipal.</summary>
    Principal,

    /// <summary>Action or NotAction.</summary>
    Action,

    /// <summary>Resource or NotResource.</summary>
    Resource,

    /// <summary>One of the conditions.</summary>
    Condition,
}

/// <summary>What one statement had to say about a request.</summary>
public sealed record StatementTrace
{
    /// <summary>The policy's name.</summary>
    public required string Policy { get; init; }

    /// <summary>Where the policy comes from.</summary>
    public required PolicyKind Kind { get; init; }

    /// <summary>For an identity policy: the group through which the caller has it; null where it is attached to the caller.</summary>
    public string? Group { get; init; }

    /// <summary>The Sid, or <c>#2</c> for the second statement.</summary>
    public required string Statement { get; init; }

    /// <summary>True for Deny, false for Allow.</summary>
    public required bool IsDeny { get; init; }

    /// <summary>True where it has conditions, so that it may say something else of another request.</summary>
    public bool HasConditions { get; init; }

    /// <summary>True where it speaks of the request.</summary>
    public bool Applied => Misfit is null && Fault is null;

    /// <summary>The first part that did not fit; null where the statement applied or could not be evaluated.</summary>
    public StatementPart? Misfit { get; init; }

    /// <summary>The operator of the condition that did not hold, such as <c>StringEqualsIfExists</c>.</summary>
    public string? ConditionOperator { get; init; }

    /// <summary>The key of the condition that did not hold, such as <c>aws:PrincipalTag/team</c>.</summary>
    public string? ConditionKey { get; init; }

    /// <summary>True where the request had no value for that key.</summary>
    public bool IsKeyMissing { get; init; }

    /// <summary>Why it could not be evaluated, which denies; names the key, never its value.</summary>
    public string? Fault { get; init; }

    /// <summary>The line for people.</summary>
    public string Text
    {
        get
        {
            var from = (Kind, Group) switch
            {
                (PolicyKind.Resource, _) => "on the resource",
                (PolicyKind.Session, _) => "of the session",
                (_, null) => "attached",
                _ => $"through group {Group}",
            };
            return $"{Policy}/{Statement} ({from}, {(IsDeny ? "Deny" : "Allow")}) {Outcome}.";
        }
    }

    private string Outcome => (Fault, Misfit) switch
    {
        ({ } fault, _) => $"can't be evaluated, which denies: {fault}",
        (_, null) => "applies",
        (_, StatementPart.Principal) => "does not apply: it does not name the caller",
        (_, StatementPart.Action) => "does not apply: it does not name the action",
        (_, StatementPart.Resource) => "does not apply: it does not name the resource",
        _ => $"does not apply: {ConditionOperator} on {ConditionKey} does not hold{(IsKeyMissing ? ", because the request has no such key" : "")}",
    };
}
