namespace SecretsPortal.Core.Secrets;

/// <summary>The rules of a secret's name. Names compare by ordinal, so <c>A</c> and <c>a</c> are two secrets.</summary>
public static class SecretName
{
    /// <summary>The longest name, in characters.</summary>
    public const int MaxLength = 512;

    /// <summary>The message for a bad name or SecretId, as clients match on it.</summary>
    public const string InvalidMessage =
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!";

    /// <summary>True for 1–512 ASCII letters, digits and <c>-/_+=.@!</c>.</summary>
    public static bool IsValid(string name) =>
        name.Length is > 0 and <= MaxLength && HasNameCharactersOnly(name);

    /// <summary>Throws <see cref="PortalError.Validation"/> for a name that <see cref="IsValid"/> refuses.</summary>
    public static void Check(string name)
    {
        if (!IsValid(name))
            throw new PortalException(PortalError.Validation, InvalidMessage);
    }

    /// <summary>True where nothing but the characters of names occurs; an ARN's resource part may be longer than a name.</summary>
    internal static bool HasNameCharactersOnly(string text) =>
        text.All(c => char.IsAsciiLetterOrDigit(c) || "-/_+=.@!".Contains(c, StringComparison.Ordinal));
}
