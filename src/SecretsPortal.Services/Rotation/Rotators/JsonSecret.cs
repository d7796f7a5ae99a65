using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>Values that are JSON objects, changed member by member with all others left in their place.</summary>
internal static class JsonSecret
{
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false };

    // What the service's own functions write: no needless escapes.
    private static readonly JsonSerializerOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The object; null where the value is anything else, or has a member twice. Never throws: the parser's message would quote the text.</summary>
    public static JsonObject? Read(SecretValue value)
    {
        try
        {
            var json = value.IsText ? JsonNode.Parse(value.Bytes, documentOptions: s_strict) as JsonObject : null;
            // Names are read when they are first asked for; one with half a surrogate pair can't be.
            return json?.Count >= 0 ? json : null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The object as a value.</summary>
    public static SecretValue Write(JsonObject json) => SecretValue.FromText(json.ToJsonString(s_plain));

    /// <summary>A member that is a text; null where it is missing or anything else, half a surrogate pair in its escapes among that. Never throws.</summary>
    public static string? Text(JsonObject json, string name)
    {
        try
        {
            return json[name] is JsonValue member && member.GetValueKind() == JsonValueKind.String ? member.GetValue<string>() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
