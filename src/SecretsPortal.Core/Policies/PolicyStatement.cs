namespace SecretsPortal.Core.Policies;

/// <summary>One statement of a policy.</summary>
internal sealed class PolicyStatement
{
    /// <summary>What a decision cites it by: the Sid, or <c>#2</c> for the second statement.</summary>
    public required string Name { get; init; }

    /// <summary>True for Deny, false for Allow.</summary>
    public required bool IsDeny { get; init; }

    /// <summary>Principal or NotPrincipal; null in identity policies.</summary>
    public required PrincipalElement? Principal { get; init; }

    /// <summary>Action or NotAction.</summary>
    public required ActionElement Action { get; init; }

    /// <summary>Resource or NotResource.</summary>
    public required ResourceElement Resource { get; init; }

    /// <summary>All must hold.</summary>
    public required PolicyCondition[] Conditions { get; init; }

    /// <summary>The statement without some of its conditions.</summary>
    public PolicyStatement Without(Predicate<PolicyCondition> isLeftOut) => new()
    {
        Name = Name, IsDeny = IsDeny, Principal = Principal, Action = Action, Resource = Resource,
        Conditions = [.. Conditions.Where(c => !isLeftOut(c))],
    };

    /// <summary>
    /// The first part that keeps the statement from speaking of the request, in the order of <see cref="StatementPart"/>; null where it
    /// applies. Throws <see cref="PolicyFaultException"/> where that cannot be told.
    /// </summary>
    /// <param name="facts">The request.</param>
    /// <param name="failed">The condition that does not hold, for <see cref="StatementPart.Condition"/>.</param>
    public StatementPart? Misfit(in RequestFacts facts, out PolicyCondition? failed)
    {
        failed = null;
        if (Principal is not null && !Principal.AppliesTo(facts, IsDeny))
            return StatementPart.Principal;
        if (!Action.AppliesTo(facts))
            return StatementPart.Action;
        if (!Resource.AppliesTo(facts, IsDeny))
            return StatementPart.Resource;
        foreach (var condition in Conditions)
        {
            if (condition.Holds(facts))
                continue;
            failed = condition;
            return StatementPart.Condition;
        }

        return null;
    }
}

/// <summary>Action or NotAction.</summary>
/// <param name="Patterns">At least one.</param>
/// <param name="IsNegated">True for NotAction: it applies to all that no pattern matches.</param>
internal sealed record ActionElement(WildcardPattern[] Patterns, bool IsNegated)
{
    /// <summary>True where the element speaks of the request's action.</summary>
    public bool AppliesTo(in RequestFacts facts)
    {
        foreach (var pattern in Patterns)
        {
            if (pattern.Matches(facts.Request.Action, facts))
                return !IsNegated;
        }

        return IsNegated;
    }
}

/// <summary>Resource or NotResource.</summary>
/// <param name="Patterns">At least one.</param>
/// <param name="IsNegated">True for NotResource: it applies to all that no pattern matches.</param>
internal sealed record ResourceElement(ArnPattern[] Patterns, bool IsNegated)
{
    /// <summary>True where the element speaks of the request's resource.</summary>
    /// <remarks>
    /// A pattern with a variable that has no value matches nothing. An Allow of all but such a pattern would then allow even what the variable
    /// was there to spare, so that it applies to nothing instead.
    /// </remarks>
    public bool AppliesTo(in RequestFacts facts, bool isDeny)
    {
        var resource = facts.Resource;
        foreach (var pattern in Patterns)
        {
            if (pattern.Matches(resource, facts))
                return !IsNegated;
        }

        return IsNegated && (isDeny || AllKnown(facts));
    }

    private bool AllKnown(in RequestFacts facts)
    {
        foreach (var pattern in Patterns)
        {
            if (!pattern.IsKnown(facts))
                return false;
        }

        return true;
    }
}

/// <summary>Principal or NotPrincipal of a resource policy.</summary>
/// <param name="Principals"><c>*</c>, whole ARNs, and account numbers (from <c>arn:aws:iam::ACCOUNT:root</c>, too).</param>
/// <param name="IsNegated">True for NotPrincipal, which only Deny may have.</param>
internal sealed record PrincipalElement(HashSet<string> Principals, bool IsNegated)
{
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _lookup = Principals.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>True where the element speaks of the request's caller.</summary>
    /// <remarks>
    /// An account stands for its administrators, who pass permission on with identity policies: allowing an account allows none of
    /// its callers by itself, and excepting it from a Deny excepts none. Denying it denies them all.
    /// </remarks>
    public bool AppliesTo(in RequestFacts facts, bool isDeny)
    {
        var isNamed = Principals.Contains("*") || Principals.Contains(facts.Request.Caller.Arn);
        return IsNegated ? !isNamed : isNamed || isDeny && _lookup.Contains(facts.CallerAccount);
    }
}
