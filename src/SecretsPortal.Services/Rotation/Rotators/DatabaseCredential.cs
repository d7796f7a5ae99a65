using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>A database credential as the secret's JSON holds it.</summary>
internal sealed record DatabaseCredential
{
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false };

    // What the service's own functions write: no needless escapes.
    private static readonly JsonSerializerOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A host name or address.</summary>
    public required string Host { get; init; }

    /// <summary>1–65535.</summary>
    public required int Port { get; init; }

    /// <summary>The login role.</summary>
    public required string Username { get; init; }

    /// <summary>Its password.</summary>
    public required SecretText Password { get; init; }

    /// <summary>The database to connect to.</summary>
    public required string Database { get; init; }

    /// <summary>False only where the JSON says so.</summary>
    public required bool UsesTls { get; init; }

    /// <summary>Reads a value; <see cref="RotationException"/> names the member that is wrong.</summary>
    public static DatabaseCredential Parse(SecretValue value, int defaultPort, string defaultDatabase)
    {
        var json = ReadObject(value);
        var host = Text(json, "host");
        if (host.StartsWith('/') || host.StartsWith('@') || host.Contains(',', StringComparison.Ordinal))
            throw Fault("\"host\" must be one host name or address.");
        return new DatabaseCredential
        {
            Host = host,
            Port = PortOf(json, defaultPort),
            Username = Text(json, "username"),
            Password = new SecretText(Text(json, "password")),
            Database = json["dbname"] is null ? defaultDatabase : Text(json, "dbname"),
            UsesTls = TlsOf(json),
        };
    }

    /// <summary>The same JSON with another password; all other members stay as they are, in their order.</summary>
    public static SecretValue WithPassword(SecretValue value, SecretText password)
    {
        var json = ReadObject(value);
        json["password"] = password.Reveal();
        return SecretValue.FromText(json.ToJsonString(s_plain));
    }

    private static JsonObject ReadObject(SecretValue value)
    {
        try
        {
            if (value.IsText && JsonNode.Parse(value.Bytes, documentOptions: s_strict) is JsonObject json)
                return json;
        }
        catch (JsonException)
        {
            // The parser's message quotes the text, so it is not passed on.
        }

        throw Fault("It must be a JSON object, each member once.");
    }

    private static string Text(JsonObject json, string name) =>
        json[name] is JsonValue member && member.GetValueKind() == JsonValueKind.String && member.GetValue<string>() is { Length: > 0 } text
            && !text.Contains('\0', StringComparison.Ordinal)
            ? text
            : throw Fault($"\"{name}\" must be a text that is not empty.");

    private static int PortOf(JsonObject json, int defaultPort)
    {
        var text = json["port"] switch
        {
            null => defaultPort.ToString(CultureInfo.InvariantCulture),
            JsonValue member when member.GetValueKind() == JsonValueKind.Number => member.ToJsonString(),
            JsonValue member when member.GetValueKind() == JsonValueKind.String => member.GetValue<string>(),
            _ => "",
        };
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65_535
            ? port
            : throw Fault("\"port\" must be a number from 1 to 65535.");
    }

    private static bool TlsOf(JsonObject json) => json["ssl"] switch
    {
        null => true,
        JsonValue member when member.GetValueKind() is JsonValueKind.True or JsonValueKind.False => member.GetValue<bool>(),
        JsonValue member when member.GetValueKind() == JsonValueKind.String && bool.TryParse(member.GetValue<string>(), out var uses) => uses,
        _ => throw Fault("\"ssl\" must be true or false."),
    };

    private static RotationException Fault(string what) =>
        new($"The secret's value can't be used to log in to the database. {what} Put a corrected value and rotate again.", isFinal: true);
}
