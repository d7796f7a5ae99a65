using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Web.Admin.Infrastructure;

/// <summary>The administration API's JSON: members in camel case, and in a body none that the operation does not know.</summary>
internal static class AdminJson
{
    private const int MaxDepth = 16;

    // Members that come twice are looked for in the walk, which names them.
    private static readonly JsonDocumentOptions s_document = new() { MaxDepth = MaxDepth };

    /// <summary>How all of it is read and written.</summary>
    public static JsonSerializerOptions Options { get; } = Configure(new JsonSerializerOptions());

    /// <summary>Sets options to read and write as this API does.</summary>
    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.MaxDepth = MaxDepth;
        // Answers are JSON with nosniff and never part of a page, so only JSON's own escapes are needed.
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.Converters.Add(new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false));
        options.Converters.Add(new SecretTextJson());
        options.TypeInfoResolver ??= new System.Text.Json.Serialization.Metadata.DefaultJsonTypeInfoResolver();
        return options;
    }

    /// <summary>
    /// Reads a body. <see cref="FieldException"/> names every member that is missing, unknown, there twice, of a wrong type or out of its limits;
    /// <see cref="PortalError.Serialization"/> where the body is no JSON at all. Neither holds a value.
    /// </summary>
    public static T Read<T>(ReadOnlyMemory<byte> body)
        where T : class
    {
        if (body.IsEmpty)
            throw new PortalException(PortalError.Serialization, "The request body is empty; send a JSON object.");
        try
        {
            using var document = JsonDocument.Parse(body, s_document);
            BodyCheck.Check(document.RootElement, Options.GetTypeInfo(typeof(T)));
            return document.Deserialize<T>(Options)!;
        }
        catch (JsonException fault)
        {
            // The reader's own message may quote the body, which may hold a password, so it goes nowhere; not even into the log.
            var place = fault is { LineNumber: { } line, BytePositionInLine: { } column } ? $" (line {line + 1}, byte {column + 1})" : "";
            throw new PortalException(PortalError.Serialization, $"The request body is not one valid JSON object of at most {MaxDepth} levels{place}.");
        }
    }
}

/// <summary>Text that is secret: a password that is set, the secret half of a key that is shown once.</summary>
internal sealed class SecretTextJson : JsonConverter<SecretText>
{
    /// <inheritdoc/>
    public override SecretText Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String ? new SecretText(reader.GetString()!) : throw new JsonException();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, SecretText value, JsonSerializerOptions options) => writer.WriteStringValue(value.Reveal());
}
