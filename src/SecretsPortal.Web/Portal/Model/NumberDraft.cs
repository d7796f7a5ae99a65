using System.Globalization;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>
/// A whole number as it is typed. What is out of its bounds stays as it is and is told beside its field: a field that put it right by itself would make
/// 30 of a typed 15, whose first letter is below the least.
/// </summary>
/// <param name="least">The least that is good.</param>
/// <param name="most">The most that is good.</param>
internal sealed class NumberDraft(int least, int most)
{
    /// <summary>What is typed.</summary>
    public string Text { get; set; } = "";

    /// <summary>True where nothing is typed.</summary>
    public bool IsEmpty => string.IsNullOrWhiteSpace(Text);

    /// <summary>The number; null where what is typed is none within the bounds.</summary>
    public int? Number => int.TryParse(Text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number : null;

    /// <summary>What is wrong, with the remedy; null where it is a good number.</summary>
    public string? Fault => Number is null ? Words.Fill(WordsText.NumberFault, Fill.Number(least), Fill.Number(most)) : null;
}
