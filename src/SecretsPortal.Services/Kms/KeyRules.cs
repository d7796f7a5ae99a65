using SecretsPortal.Core;

namespace SecretsPortal.Services.Kms;

/// <summary>What is asked of the members of requests about keys; each refusal names the member and the remedy.</summary>
internal static class KeyRules
{
    private const int LongestAlias = 250;
    private const int LongestDescription = 2048;
    private const int LongestReference = 1024;

    /// <summary>An alias without <c>alias/</c>; null for none.</summary>
    public static string? Alias(string? alias)
    {
        if (string.IsNullOrEmpty(alias))
            return null;
        var name = alias.StartsWith("alias/", StringComparison.Ordinal) ? alias["alias/".Length..] : alias;
        if (name.Length is 0 or > LongestAlias || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '-'))
            throw Invalid("alias", $"must have 1 to {LongestAlias} ASCII letters, digits or /_-");
        return name.StartsWith("aws/", StringComparison.Ordinal)
            ? throw Invalid("alias", "can't begin with aws/. Those are the portal's own; make a key the region's default to have it go by aws/secretsmanager")
            : name;
    }

    /// <summary>At most 2,048 characters; null for none.</summary>
    public static string? Description(string? description) => description is { Length: > LongestDescription }
        ? throw Invalid("description", $"must have at most {LongestDescription} characters")
        : string.IsNullOrEmpty(description) ? null : description;

    /// <summary>What an external provider calls the key.</summary>
    public static string Reference(string? reference) => reference is { Length: > 0 and <= LongestReference } && reference.Trim() == reference && !reference.Any(char.IsControl)
        ? reference
        : throw Invalid("reference", $"must have 1 to {LongestReference} characters without blanks at its ends: what the provider calls the key, such as its name, label or ARN");

    private static PortalException Invalid(string member, string rule) => new(PortalError.InvalidParameter, $"The parameter {member} {rule}.");
}
