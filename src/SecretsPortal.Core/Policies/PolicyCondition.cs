namespace SecretsPortal.Core.Policies;

/// <summary>How a condition treats a key that has several values.</summary>
internal enum ConditionQuantifier
{
    /// <summary>No prefix: one value that matches is enough; for a negated operator, one that matches is too much.</summary>
    None,

    /// <summary><c>ForAnyValue:</c>, one value that satisfies the operator is enough, and there must be one.</summary>
    Any,

    /// <summary><c>ForAllValues:</c>, no value may fail the operator, so a missing key holds.</summary>
    All,
}

/// <summary>A condition cannot be evaluated; the decision is to deny.</summary>
/// <param name="message">Names the key, never its value.</param>
internal sealed class PolicyFaultException(string message) : Exception(message);

/// <summary>Tells whether a value of the request matches one of a condition's values.</summary>
internal delegate bool ValueMatch(string asked, in RequestFacts facts);

/// <summary>One operator on one key.</summary>
internal sealed class PolicyCondition
{
    /// <summary>The condition key, such as <c>aws:SourceIp</c>; case does not matter.</summary>
    public required string Key { get; init; }

    /// <summary>The operator as written, such as <c>ForAnyValue:StringLikeIfExists</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The operator without prefix and IfExists, such as <c>StringLike</c>.</summary>
    public required string Operator { get; init; }

    /// <summary>The policy's values as they stand there; at least one.</summary>
    public required IReadOnlyList<string> Values { get; init; }

    /// <summary>The keys of the variables that the values hold.</summary>
    public IReadOnlyList<string> Variables { get; init; } = [];

    /// <summary>How several values are treated.</summary>
    public required ConditionQuantifier Quantifier { get; init; }

    /// <summary>True where a missing key holds.</summary>
    public required bool IfExists { get; init; }

    /// <summary>True for the Not… operators, which a missing key satisfies.</summary>
    public required bool IsNegated { get; init; }

    /// <summary>For the operator Null: whether the key must be missing. Null for the others.</summary>
    public bool? MustBeMissing { get; init; }

    /// <summary>True where a value of the request matches one of the policy's, before negation. Not called for Null.</summary>
    public required ValueMatch Matches { get; init; }

    /// <summary>True where the condition holds. Throws <see cref="PolicyFaultException"/> where that cannot be told.</summary>
    public bool Holds(in RequestFacts facts)
    {
        var values = facts.Values(Key);
        if (MustBeMissing is { } missing)
            return missing == (values.Count == 0);
        if (values.Count == 0)
            return IfExists || Quantifier == ConditionQuantifier.All || IsNegated && Quantifier == ConditionQuantifier.None;
        return Quantifier switch
        {
            ConditionQuantifier.All => !Some(values, facts, matching: IsNegated),
            ConditionQuantifier.Any => Some(values, facts, matching: !IsNegated),
            _ => Some(values, facts, matching: true) != IsNegated,
        };
    }

    // Whether one of the request's values matches, or one does not.
    private bool Some(IReadOnlyList<string> values, in RequestFacts facts, bool matching)
    {
        for (var i = 0; i < values.Count; i++)
        {
            if (Matches(values[i], facts) == matching)
                return true;
        }

        return false;
    }
}
