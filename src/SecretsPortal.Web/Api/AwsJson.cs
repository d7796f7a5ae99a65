using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Web.Api.Operations;

namespace SecretsPortal.Web.Api;

/// <summary>
/// AWS JSON 1.1: strict where two readers could understand a body differently (a member twice, a wrong type), lenient where newer
/// clients say more than we know (members without meaning here).
/// </summary>
internal static class AwsJson
{
    // The deepest body of the API's model is a filter's value: body, list, filter, list. The rest is room for members of newer models.
    private const int MaxDepth = 64;

    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false, MaxDepth = MaxDepth };

    /// <summary>The types of the wire.</summary>
    public static readonly WireContext Wire = new(new JsonSerializerOptions
    {
        AllowDuplicateProperties = false,
        MaxDepth = MaxDepth,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // Answers are JSON with nosniff and never part of a page, so only JSON's own escapes are needed.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new EpochSecondsConverter(), new EpochDayConverter(), new SecretTextConverter() },
    });

    /// <summary>Reads a body; <see cref="PortalError.Serialization"/> names the member that is wrong, never its value.</summary>
    public static T Read<T>(ReadOnlyMemory<byte> body, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            if (body.IsEmpty)
                throw new PortalException(PortalError.Serialization, "The request body is empty; send a JSON object.");
            // The serializer does not look for members that come twice among those it skips; the document does.
            using var document = JsonDocument.Parse(body, s_strict);
            return document.Deserialize(type)
                ?? throw new PortalException(PortalError.Serialization, "The request body is null; send a JSON object.");
        }
        catch (JsonException fault)
        {
            // The reader's own message may quote the body, which holds secret values, so it goes nowhere; not even into the log.
            throw new PortalException(PortalError.Serialization, Explain(fault));
        }
    }

    private static string Explain(JsonException fault)
    {
        var place = fault is { LineNumber: { } line, BytePositionInLine: { } column } ? $" (line {line + 1}, byte {column + 1})" : "";
        return fault.Path is { Length: > 1 and <= 200 } path && path.All(c => char.IsAsciiLetterOrDigit(c) || "$.[]".Contains(c, StringComparison.Ordinal))
            ? $"The request body is not valid: the member at {path} has a wrong type, is there twice or is broken JSON{place}."
            : $"The request body is not one valid JSON object of the operation's members{place}.";
    }
}

/// <summary>A time as seconds since 1970 with a fraction down to the microsecond, as it is stored: two quick changes must differ here, too.</summary>
internal sealed class EpochSecondsConverter : JsonConverter<DateTimeOffset>
{
    /// <inheritdoc/>
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("No request of the API holds a time.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteNumberValue((value - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond / 1_000_000m);
}

/// <summary>A day as the seconds since 1970 at its first instant in UTC.</summary>
internal sealed class EpochDayConverter : JsonConverter<DateOnly>
{
    /// <inheritdoc/>
    public override DateOnly Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("No request of the API holds a day.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateOnly value, JsonSerializerOptions options) =>
        writer.WriteNumberValue((decimal)new DateTimeOffset(value, TimeOnly.MinValue, TimeSpan.Zero).ToUnixTimeSeconds());
}

/// <summary>The wire form of a plaintext string, so that the records that carry it print <c>***</c>.</summary>
internal sealed class SecretTextConverter : JsonConverter<SecretText>
{
    /// <inheritdoc/>
    public override SecretText Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String ? new SecretText(reader.GetString()!) : throw new JsonException();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, SecretText value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Reveal());
}

[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(BatchGetSecretValueInput))]
[JsonSerializable(typeof(BatchGetSecretValueOutput))]
[JsonSerializable(typeof(CancelRotateSecretInput))]
[JsonSerializable(typeof(CancelRotateSecretOutput))]
[JsonSerializable(typeof(CreateSecretInput))]
[JsonSerializable(typeof(CreateSecretOutput))]
[JsonSerializable(typeof(DeleteResourcePolicyInput))]
[JsonSerializable(typeof(DeleteResourcePolicyOutput))]
[JsonSerializable(typeof(DeleteSecretInput))]
[JsonSerializable(typeof(DeleteSecretOutput))]
[JsonSerializable(typeof(DescribeSecretInput))]
[JsonSerializable(typeof(DescribeSecretOutput))]
[JsonSerializable(typeof(GetRandomPasswordInput))]
[JsonSerializable(typeof(GetRandomPasswordOutput))]
[JsonSerializable(typeof(GetResourcePolicyInput))]
[JsonSerializable(typeof(GetResourcePolicyOutput))]
[JsonSerializable(typeof(GetSecretValueInput))]
[JsonSerializable(typeof(GetSecretValueOutput))]
[JsonSerializable(typeof(ListSecretVersionIdsInput))]
[JsonSerializable(typeof(ListSecretVersionIdsOutput))]
[JsonSerializable(typeof(ListSecretsInput))]
[JsonSerializable(typeof(ListSecretsOutput))]
[JsonSerializable(typeof(PutResourcePolicyInput))]
[JsonSerializable(typeof(PutResourcePolicyOutput))]
[JsonSerializable(typeof(PutSecretValueInput))]
[JsonSerializable(typeof(PutSecretValueOutput))]
[JsonSerializable(typeof(RemoveRegionsFromReplicationInput))]
[JsonSerializable(typeof(RemoveRegionsFromReplicationOutput))]
[JsonSerializable(typeof(ReplicateSecretToRegionsInput))]
[JsonSerializable(typeof(ReplicateSecretToRegionsOutput))]
[JsonSerializable(typeof(RestoreSecretInput))]
[JsonSerializable(typeof(RestoreSecretOutput))]
[JsonSerializable(typeof(RotateSecretInput))]
[JsonSerializable(typeof(RotateSecretOutput))]
[JsonSerializable(typeof(StopReplicationToReplicaInput))]
[JsonSerializable(typeof(StopReplicationToReplicaOutput))]
[JsonSerializable(typeof(TagResourceInput))]
[JsonSerializable(typeof(UntagResourceInput))]
[JsonSerializable(typeof(UpdateSecretInput))]
[JsonSerializable(typeof(UpdateSecretOutput))]
[JsonSerializable(typeof(UpdateSecretVersionStageInput))]
[JsonSerializable(typeof(UpdateSecretVersionStageOutput))]
[JsonSerializable(typeof(ValidateResourcePolicyInput))]
[JsonSerializable(typeof(ValidateResourcePolicyOutput))]
internal sealed partial class WireContext : JsonSerializerContext;

/// <summary>The body of an error.</summary>
/// <param name="Type">The bare name.</param>
/// <param name="Message">What is wrong, for people.</param>
internal sealed record ErrorBody([property: JsonPropertyName("__type")] string Type, string Message);
