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

/// <summary>One operator on one key.</summary>
internal sealed record PolicyCondition
{
    /// <summary>The condition key, such as <c>aws:SourceIp</c>; case does not matter.</summary>
    public required string Key { get; init; }

    /// <summary>The operator without prefix and IfExists, such as <c>StringLike</c>.</summary>
    public required string Operator { get; init; }

    /// <summary>The policy's values as they stand there; at least one.</summary>
    public required IReadOnlyList<string> Values { get; init; }

    /// <summary>How several values are treated.</summary>
    public required ConditionQuantifier Quantifier { get; init; }

    /// <summary>True where a missing key holds.</summary>
    public required bool IfExists { get; init; }

    /// <summary>True for the Not… operators, which a missing key satisfies.</summary>
    public required bool IsNegated { get; init; }

    /// <summary>For the operator Null: whether the key must be missing. Null for the others.</summary>
    public bool? MustBeMissing { get; init; }

    /// <summary>True where a value of the request matches one of the policy's, before negation. Not called for Null.</summary>
    public required Func<string, bool> Matches { get; init; }

    /// <summary>True where the condition holds. Throws <see cref="PolicyFaultException"/> where that cannot be told.</summary>
    public bool Holds(IReadOnlyDictionary<string, IReadOnlyList<string>> context)
    {
        var values = Find(context);
        if (MustBeMissing is { } missing)
            return missing == (values.Count == 0);
        if (values.Count == 0)
            return IfExists || Quantifier == ConditionQuantifier.All || IsNegated && Quantifier == ConditionQuantifier.None;
        return Quantifier switch
        {
            ConditionQuantifier.All => values.All(v => Matches(v) != IsNegated),
            ConditionQuantifier.Any => values.Any(v => Matches(v) != IsNegated),
            _ => values.Any(Matches) != IsNegated,
        };
    }

    private IReadOnlyList<string> Find(IReadOnlyDictionary<string, IReadOnlyList<string>> context)
    {
        if (context.TryGetValue(Key, out var exact))
            return exact;
        // Tags may differ in case alone; then no answer would be right for both of them.
        var alike = context.Where(p => p.Key.Equals(Key, StringComparison.OrdinalIgnoreCase)).Take(2).ToList();
        return alike switch
        {
            [] => [],
            [var one] => one.Value,
            _ => throw new PolicyFaultException($"the request has several keys that read {Key} when case is ignored"),
        };
    }
}
