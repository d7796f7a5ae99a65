namespace SecretsPortal.Core.Policies;

/// <summary>One statement of a policy.</summary>
internal sealed record PolicyStatement
{
    /// <summary>What a decision cites it by: the Sid, or <c>#2</c> for the second statement.</summary>
    public required string Name { get; init; }

    /// <summary>True for Deny, false for Allow.</summary>
    public required bool IsDeny { get; init; }

    /// <summary>Principal or NotPrincipal; null in identity policies.</summary>
    public required PrincipalElement? Principal { get; init; }

    /// <summary>Action or NotAction.</summary>
    public required MatchElement<WildcardPattern> Action { get; init; }

    /// <summary>Resource or NotResource.</summary>
    public required MatchElement<ArnPattern> Resource { get; init; }

    /// <summary>All must hold.</summary>
    public required IReadOnlyList<PolicyCondition> Conditions { get; init; }

    /// <summary>True where the statement speaks of the request. Throws <see cref="PolicyFaultException"/> where that cannot be told.</summary>
    public bool AppliesTo(AuthorizationRequest request) =>
        (Principal is null || Principal.AppliesTo(request.Caller.Arn, IsDeny))
        && Action.AppliesTo(p => p.Matches(request.Action))
        && Resource.AppliesTo(p => p.Matches(request.Resource))
        && Conditions.All(c => c.Holds(request.Context));
}

/// <summary>An element and its Not- form.</summary>
/// <param name="Patterns">At least one.</param>
/// <param name="IsNegated">True for the Not- form: it applies to all that no pattern matches.</param>
internal sealed record MatchElement<T>(IReadOnlyList<T> Patterns, bool IsNegated)
{
    /// <summary>True where the element speaks of what <paramref name="matches"/> tests for.</summary>
    public bool AppliesTo(Func<T, bool> matches) => Patterns.Any(matches) != IsNegated;
}

/// <summary>Principal or NotPrincipal of a resource policy.</summary>
/// <param name="Principals"><c>*</c>, whole ARNs, and account numbers (from <c>arn:aws:iam::ACCOUNT:root</c>, too).</param>
/// <param name="IsNegated">True for NotPrincipal, which only Deny may have.</param>
internal sealed record PrincipalElement(IReadOnlySet<string> Principals, bool IsNegated)
{
    /// <summary>True where the element speaks of the caller with this ARN.</summary>
    /// <remarks>
    /// An account stands for its administrators, who pass permission on with identity policies: allowing an account allows none of
    /// its callers by itself, and excepting it from a Deny excepts none. Denying it denies them all.
    /// </remarks>
    public bool AppliesTo(string callerArn, bool isDeny)
    {
        var isNamed = Principals.Contains("*") || Principals.Contains(callerArn);
        return IsNegated ? !isNamed : isNamed || isDeny && callerArn.Split(':') is [_, _, _, _, var account, ..] && Principals.Contains(account);
    }
}
