using System.Globalization;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>What a generated password shall look like, within what its database takes.</summary>
public sealed class PasswordDraft
{
    private const int Shortest = 8;

    // What the published rotation functions leave out: characters that break connection strings.
    private const string UsuallyExcluded = "/@\"'\\:";

    /// <summary>8 to what the engine takes, as typed.</summary>
    public string Length { get; set; } = "32";

    /// <summary>A–Z.</summary>
    public bool HasUppercase { get; set; } = true;

    /// <summary>a–z.</summary>
    public bool HasLowercase { get; set; } = true;

    /// <summary>0–9.</summary>
    public bool HasNumbers { get; set; } = true;

    /// <summary>Punctuation, but for what the engine excludes.</summary>
    public bool HasPunctuation { get; set; } = true;

    /// <summary>The longest that may be asked for.</summary>
    public int Longest { get; private set; } = 128;

    /// <summary>Characters that are never used.</summary>
    public string Excluded { get; private set; } = UsuallyExcluded;

    /// <summary>Goes by what an engine takes; null for an engine that is not known.</summary>
    public void GoBy(RandomPasswordOptions? rules, int? longest) =>
        (Excluded, Longest) = (rules?.ExcludeCharacters ?? UsuallyExcluded, longest ?? 128);

    /// <summary>What is wrong; null where nothing is.</summary>
    public string? Fault()
    {
        if (!int.TryParse(Length.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length < Shortest || length > Longest)
            return Words.Fill(CreateText.PasswordLengthFault, Shortest, Longest);
        return Classes().Count == 0 ? CreateText.PasswordClassFault : null;
    }

    /// <summary>The same for the service. Only where <see cref="Fault"/> has nothing.</summary>
    public RandomPasswordOptions ToOptions() => new()
    {
        Length = int.Parse(Length.Trim(), CultureInfo.InvariantCulture),
        ExcludeCharacters = Excluded,
        ExcludeUppercase = !HasUppercase,
        ExcludeLowercase = !HasLowercase,
        ExcludeNumbers = !HasNumbers,
        ExcludePunctuation = !HasPunctuation,
    };

    /// <summary>The same in a sentence.</summary>
    public string Describe() => Words.Fill(CreateText.PasswordPolicy, Length.Trim(), string.Join(", ", Classes()), string.Join(' ', Excluded.Trim().ToCharArray()));

    private List<string> Classes()
    {
        var classes = new List<string>();
        if (HasUppercase)
            classes.Add(CreateText.Uppercase);
        if (HasLowercase)
            classes.Add(CreateText.Lowercase);
        if (HasNumbers)
            classes.Add(CreateText.Numbers);
        if (HasPunctuation)
            classes.Add(CreateText.Punctuation);
        return classes;
    }
}
