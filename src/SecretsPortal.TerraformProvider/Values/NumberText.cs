using System.Globalization;

namespace SecretsPortal.TerraformProvider.Values;

/// <summary>Numbers written as decimal digits.</summary>
internal static class NumberText
{
    /// <summary>
    /// Reads a number. Terraform's own have no limit; ours end at about 7.9e28 and 28 digits, beyond which this throws
    /// <see cref="ValueFormatException"/>.
    /// </summary>
    public static decimal Parse(string? text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new ValueFormatException("A number is malformed or larger than any attribute of this provider takes.");
}
