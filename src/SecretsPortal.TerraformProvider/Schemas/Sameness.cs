using System.Globalization;
using System.Text.Json;
using SecretsPortal.Core.Secrets;

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

    /// <summary>
    /// Of what names a secret: its name and its ARN are the same secret, two ARNs with different suffixes are not. An import or a move leaves a name in
    /// the state where the configuration reads the ARN, and to make the resource anew would end its rotation.
    /// </summary>
    public static bool OfSecret(string a, string b) => (NameOf(a), NameOf(b)) switch
    {
        ({ } name, null) => name == b,
        (null, { } name) => name == a,
        _ => a == b,
    };

    private static string? NameOf(string id) => SecretArn.TryParse(id, out var arn) ? arn.NameBeforeSuffix : null;
}
