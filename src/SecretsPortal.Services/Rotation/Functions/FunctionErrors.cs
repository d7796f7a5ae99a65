using System.Text.Json;

namespace SecretsPortal.Services.Rotation.Functions;

/// <summary>The form in which functions tell of errors: <c>{"errorMessage": "…", "errorType": "…"}</c>.</summary>
internal static class FunctionErrors
{
    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = 16 };

    /// <summary>Type and message; null each where the body does not say them in this form.</summary>
    public static (string? Type, string? Message) Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body, s_options);
            return (Text(json.RootElement, "errorType"), Text(json.RootElement, "errorMessage"));
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return (null, null);
        }
    }

    private static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;
}
