using System.Globalization;
using System.Text;

namespace SecretsPortal.Core.Naming;

/// <summary>
/// What names may look like, one rule for every door. A name is taken as it is or refused, never mended: a name that was trimmed, folded or
/// normalised on one road and not on the other would be two names, or somebody else's. All comparisons are by ordinal. Each method
/// gives the name back, or throws <see cref="PortalError.Validation"/> with the field and the remedy, and never with the name, which may be a
/// password that was typed into the wrong field.
/// </summary>
public static class Names
{
    /// <summary>The longest name of a user, client, group, policy or rotation function, in characters.</summary>
    public const int LongestName = 64;

    /// <summary>The longest alias of a key, in characters, without <c>alias/</c>.</summary>
    public const int LongestAlias = 250;

    /// <summary>The longest staging label, in characters.</summary>
    public const int LongestLabel = 256;

    /// <summary>The longest tag key, in UTF-16 units.</summary>
    public const int LongestTagKey = 128;

    /// <summary>The longest tag value, in UTF-16 units.</summary>
    public const int LongestTagValue = 256;

    private const string NameMarks = "+=,.@_-";
    private const string TagMarks = " _.:/=+-@";

    /// <summary>The name of a user, client, group or policy: 1–64 ASCII letters, digits and <c>+=,.@_-</c>, not dots alone.</summary>
    /// <param name="field">What the caller calls it, at the beginning of the message.</param>
    /// <param name="name">The name.</param>
    public static string Principal(string field, string name)
    {
        if (name.Length is 0 or > LongestName || !name.All(c => char.IsAsciiLetterOrDigit(c) || NameMarks.Contains(c, StringComparison.Ordinal)))
            throw Refused(field, $"must be 1 to {LongestName} ASCII letters, digits or {NameMarks}");
        // A path that ends in such a name would mean the one above.
        return name.All(c => c == '.') ? throw Refused(field, "can't be dots alone; give it a letter or a digit") : name;
    }

    /// <summary>The name of a rotation function: 1–64 ASCII letters, digits, hyphens and underscores.</summary>
    public static string Function(string field, string name) =>
        name.Length is > 0 and <= LongestName && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            ? name
            : throw Refused(field, $"must be 1 to {LongestName} ASCII letters, digits, hyphens or underscores");

    /// <summary>
    /// The alias of a key without <c>alias/</c>: 1–250 ASCII letters, digits and <c>/_-</c>, no empty part between slashes, and not the
    /// <c>aws/</c> of the portal's own.
    /// </summary>
    public static string KeyAlias(string field, string alias)
    {
        if (alias.Length is 0 or > LongestAlias || !alias.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '-'))
            throw Refused(field, $"must be 1 to {LongestAlias} ASCII letters, digits, slashes, hyphens or underscores");
        if (alias.Split('/').Any(part => part.Length == 0))
            throw Refused(field, "can't begin or end with a slash or have two of them in a row; remove it");
        return alias.StartsWith("aws/", StringComparison.OrdinalIgnoreCase) ? throw Refused(field, "begins with aws/, which is reserved; choose another one") : alias;
    }

    /// <summary>A staging label: 1–256 printable ASCII characters, no blank at either end.</summary>
    public static string Label(string field, string label)
    {
        if (label.Length is 0 or > LongestLabel || !label.All(c => c is >= ' ' and <= '~'))
            throw Refused(field, $"must be 1 to {LongestLabel} printable ASCII characters");
        return label.StartsWith(' ') || label.EndsWith(' ') ? throw Refused(field, "can't begin or end with a blank; remove it") : label;
    }

    /// <summary>
    /// A tag's key: 1–128 letters, digits and marks of any script in Unicode's form C, blanks and <c>_.:/=+-@</c>, no blank at either end,
    /// not beginning with <c>aws:</c>.
    /// </summary>
    public static string TagKey(string field, string key)
    {
        if (key.Length is 0 or > LongestTagKey)
            throw Refused(field, $"must have 1 to {LongestTagKey} characters");
        CheckTagText(field, key);
        return key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase) ? throw Refused(field, "begins with aws:, which is reserved; choose another one") : key;
    }

    /// <summary>A tag's value: as a key, but it may be empty, have 256 characters, and begin with anything.</summary>
    public static string TagValue(string field, string value)
    {
        if (value.Length > LongestTagValue)
            throw Refused(field, $"must have at most {LongestTagValue} characters");
        CheckTagText(field, value);
        return value;
    }

    /// <summary>
    /// What two names have in common that are too much alike to be told apart: they differ in case alone. A new user, client or group
    /// whose key is that of another one of its kind is refused; to look a name up, compare the name itself.
    /// </summary>
    public static string CaseKey(string name) => name.ToUpperInvariant();

    /// <summary>Throws <see cref="PortalError.ResourceExists"/> where another name has the same <see cref="CaseKey"/>.</summary>
    /// <param name="field">What the caller calls it.</param>
    /// <param name="name">The new name.</param>
    /// <param name="others">The names of that kind that are there.</param>
    public static void RefuseAlike(string field, string name, IEnumerable<string> others)
    {
        var key = CaseKey(name);
        if (others.FirstOrDefault(o => CaseKey(o) == key) is { } other)
            throw new PortalException(PortalError.ResourceExists, $"{field} is taken by {other}; names that differ in case alone can't stand beside each other. Choose another one.");
    }

    private static void CheckTagText(string field, string text)
    {
        if (text.StartsWith(' ') || text.EndsWith(' '))
            throw Refused(field, "can't begin or end with a blank; remove it");
        foreach (var rune in text.EnumerateRunes())
        {
            if (!IsTagRune(rune))
                throw Refused(field, $"may have letters, digits, blanks and {TagMarks.Trim()} only");
        }

        if (!text.IsNormalized(NormalizationForm.FormC))
            throw Refused(field, "must be in Unicode's normalization form C; type it anew");
    }

    // A lone half of a surrogate pair is enumerated as U+FFFD, which is no letter.
    private static bool IsTagRune(Rune rune) => rune.IsAscii
        ? char.IsAsciiLetterOrDigit((char)rune.Value) || TagMarks.Contains((char)rune.Value, StringComparison.Ordinal)
        : Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    private static PortalException Refused(string field, string what) => new(PortalError.Validation, $"{field} {what}.");
}
