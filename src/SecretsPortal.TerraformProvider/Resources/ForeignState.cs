using System.Text.Json;
using SecretsPortal.Core.Secrets;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary>Reads the state of another provider's resource.</summary>
internal static class ForeignState
{
    /// <summary>A text; null where there is none.</summary>
    public static string? Text(JsonElement state, string name) =>
        state.ValueKind == JsonValueKind.Object && state.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;

    /// <summary>A map of texts; null where there is none.</summary>
    public static TfValue Texts(JsonElement state, string name) =>
        state.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.Object && member.EnumerateObject().Any()
            ? TfValue.MapOf(member.EnumerateObject().Where(m => m.Value.ValueKind == JsonValueKind.String).Select(m => KeyValuePair.Create(m.Name, m.Value.GetString()!)))
            : TfValue.Null;

    /// <summary>
    /// A secret by its name: what moves here from another Secrets Manager has the same name and another ARN.
    /// </summary>
    public static string? SecretId(JsonElement state, string name) =>
        Text(state, name) is { } text && SecretArn.TryParse(text, out var arn) ? arn.NameBeforeSuffix : Text(state, name);
}
