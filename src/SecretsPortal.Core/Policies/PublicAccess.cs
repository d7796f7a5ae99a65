namespace SecretsPortal.Core.Policies;

/// <summary>Tells whether a resource policy opens its resource to everyone.</summary>
public static class PublicAccess
{
    // What AWS takes as wide: more than a 256th of all IPv4 addresses, or than what one provider has of IPv6.
    private const int LeastBitsOfIPv4 = 8;
    private const int LeastBitsOfIPv6 = 32;

    // Who or what stands behind these keys is fixed by whoever runs the account, never chosen by the caller.
    private static readonly HashSet<string> s_fixingKeys = new(
        [
            "aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:SourceAccount", "aws:SourceArn",
            "aws:SourceOrgID", "aws:SourceOrgPaths", "aws:SourceOwner", "aws:SourceVpc", "aws:SourceVpce", "aws:userid",
        ],
        StringComparer.OrdinalIgnoreCase);

    private static readonly string[] s_equalities = ["StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike"];

    /// <summary>
    /// The statements that allow everyone, by their Sid or as <c>#2</c>; empty for a policy that is not public. A statement does where its
    /// Principal is <c>*</c> and no condition narrows it to fixed values: with an equality operator on a key such as <c>aws:PrincipalArn</c>
    /// and values without wildcards and variables, or with <c>IpAddress</c> on <c>aws:SourceIp</c> and ranges of at least /8 (IPv6: /32). Negated
    /// operators, IfExists and ForAllValues narrow nothing. What another statement denies does not count.
    /// </summary>
    public static IReadOnlyList<string> Statements(PolicyDocument policy) =>
        [.. policy.Statements.Where(s => !s.IsDeny && IsForAll(s.Principal) && !s.Conditions.Any(Narrows)).Select(s => s.Name)];

    private static bool IsForAll(PrincipalElement? principal) => principal is not null && (principal.IsNegated || principal.Principals.Contains("*"));

    private static bool Narrows(PolicyCondition condition)
    {
        if (condition.IsNegated || condition.IfExists || condition.Quantifier == ConditionQuantifier.All)
            return false;
        return condition.Operator == "IpAddress"
            ? condition.Key.Equals("aws:SourceIp", StringComparison.OrdinalIgnoreCase)
                && condition.Values.All(v => AddressRange.TryParse(v)!.Fixes(LeastBitsOfIPv4, LeastBitsOfIPv6))
            : s_fixingKeys.Contains(condition.Key) && s_equalities.Contains(condition.Operator)
                && condition.Variables.Count == 0 && condition.Values.All(v => v.AsSpan().IndexOfAny('*', '?') < 0);
    }
}
