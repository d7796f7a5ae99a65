using System.Globalization;
using System.Text.Json;

namespace SecretsPortal.TerraformProvider.Schemas;

/// <summary>Whether two texts say the same in another layout.</summary>
internal static class Sameness
{
    /// <summary>Of JSON: space and the order of members do not count. What is no JSON is the same as nothing.</summary>
    public static bool OfJson(string a, string b)
    {
        try
        {
            using var left = JsonDocument.Parse(a);
            using var right = JsonDocument.Parse(b);
            return JsonElement.DeepEquals(left.RootElement, right.RootElement);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Of times: the instant counts.</summary>
    public static bool OfTime(string a, string b) =>
        DateTimeOffset.TryParse(a, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var left)
        && DateTimeOffset.TryParse(b, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var right)
        && left == right;
}
