using System.Text;
using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Access;

/// <summary>How good a password is, for a calm word beside the field; never a reason to refuse one.</summary>
public enum PasswordStrength
{
    /// <summary>The rules refuse it.</summary>
    Refused,

    /// <summary>The rules take it.</summary>
    Good,

    /// <summary>It is a good deal longer than it must be.</summary>
    Strong,
}

/// <summary>
/// What passwords people choose must be (NIST SP 800-63B, revision 4, section 3.1.1.2): long, and not one of those that are guessed first. No mix
/// of characters is asked for, no password expires, and none is cut off.
/// </summary>
public static class PasswordRules
{
    /// <summary>
    /// The least length, in characters: what NIST asks of a password that stands alone. It is the same with a second factor, so that nobody who
    /// sets one aside is left with a short password.
    /// </summary>
    public const int Shortest = 15;

    /// <summary>
    /// The least length of the first administrator's password where configuration sets it. One shorter than <see cref="Shortest"/> opens the
    /// way to a new one and nothing else.
    /// </summary>
    public const int ShortestAtBootstrap = 12;

    /// <summary>The greatest length, in characters. A longer one is refused, never cut off.</summary>
    public const int Longest = 1024;

    private const int StrongFrom = 20;

    /// <summary>
    /// <see cref="PortalError.InvalidParameter"/> where the password may not be chosen; the message names the rule, never the password.
    /// </summary>
    /// <param name="password">As typed; it is compared as it will be hashed.</param>
    /// <param name="userName">Whose it shall be: the name is guessed first.</param>
    public static void Check(SecretText password, string userName)
    {
        if (FaultOf(password, userName) is { } fault)
            throw new PortalException(PortalError.InvalidParameter, fault);
    }

    /// <summary>Why the password may not be chosen; null where it may.</summary>
    /// <inheritdoc cref="Check"/>
    public static string? FaultOf(SecretText password, string userName) => FaultOf(password, userName, Shortest);

    /// <summary>As <see cref="FaultOf(SecretText, string)"/>, with another least length.</summary>
    internal static string? FaultOf(SecretText password, string userName, int shortest)
    {
        if (Normalize(password) is not { } normal)
            return "The password holds half a character that cannot be stored. Type it anew.";
        var length = LengthOf(normal);
        if (length < shortest)
            return $"The password has {length} of at least {shortest} characters. A few words that do not belong together are easy to remember.";
        if (length > Longest)
            return $"The password has more than {Longest} characters. Choose a shorter one.";
        return CommonPasswords.Contains(normal, userName)
            ? "The password is made of what is guessed first: well-known passwords, rows of keys or digits, or names of the user and of the portal. Choose another one."
            : null;
    }

    /// <summary>What to say of a password while it is typed.</summary>
    /// <inheritdoc cref="Check"/>
    public static PasswordStrength Rate(SecretText password, string userName) =>
        FaultOf(password, userName) is not null ? PasswordStrength.Refused
        : LengthOf(Normalize(password)!) >= StrongFrom ? PasswordStrength.Strong
        : PasswordStrength.Good;

    /// <summary>
    /// The form that is hashed: Unicode NFKC, so that the same characters typed on another keyboard are the same password. Null where it is no
    /// Unicode text.
    /// </summary>
    internal static string? Normalize(SecretText password)
    {
        try
        {
            return password.Reveal().Normalize(NormalizationForm.FormKC);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    // Characters are code points, so that one beyond the first 65,536 does not count twice.
    private static int LengthOf(string normal) => normal.EnumerateRunes().Count();
}
