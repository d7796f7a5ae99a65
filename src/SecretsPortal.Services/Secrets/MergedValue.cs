using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Secrets;

/// <summary>A JSON object with some of its members replaced.</summary>
internal static class MergedValue
{
    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <summary>
    /// The value with these members, which keep their places where they have one; without a value before, an object of these alone. InvalidRequest
    /// where the value is no JSON object.
    /// </summary>
    public static SecretValue Of(SecretValue? before, IReadOnlyDictionary<string, SecretText> fields)
    {
        if (fields.Count == 0)
            throw new PortalException(PortalError.InvalidParameter, "fields must name at least one member.");
        using var document = Read(before);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            var held = new HashSet<string>(StringComparer.Ordinal);
            foreach (var member in document.RootElement.EnumerateObject())
            {
                held.Add(member.Name);
                if (fields.TryGetValue(member.Name, out var text))
                    json.WriteString(member.Name, text.Reveal());
                else
                    member.WriteTo(json);
            }

            foreach (var (name, text) in fields.Where(f => !held.Contains(f.Key)).OrderBy(f => f.Key, StringComparer.Ordinal))
                json.WriteString(name, text.Reveal());
            json.WriteEndObject();
        }

        return SecretValue.FromText(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    private static JsonDocument Read(SecretValue? before)
    {
        try
        {
            var document = before switch
            {
                null => JsonDocument.Parse("{}"),
                { IsText: true } => JsonDocument.Parse(before.Bytes.ToArray(), s_options),
                _ => null,
            };
            if (document?.RootElement.ValueKind == JsonValueKind.Object)
                return document;
            document?.Dispose();
        }
        catch (JsonException)
        {
            // Its message would quote the value.
        }

        throw new PortalException(PortalError.InvalidRequest, "The secret's current value is no JSON object, so it has no members. Put a whole value instead.");
    }
}
