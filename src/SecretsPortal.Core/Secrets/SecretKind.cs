using System.Text.Json;

namespace SecretsPortal.Core.Secrets;

/// <summary>What a value holds, told from its JSON when it is stored; metadata, so that lists need not open values.</summary>
public enum SecretKind
{
    /// <summary>User and password of an RDS-like database: engine postgres, mysql, mariadb, sqlserver, oracle, db2 or an aurora one.</summary>
    RdsDatabase,

    /// <summary>User and password of a DocumentDB or MongoDB: engine mongo.</summary>
    DocumentDb,

    /// <summary>User and password of a Redshift cluster: engine redshift.</summary>
    Redshift,

    /// <summary>User, password and host of a database with another engine or none named.</summary>
    OtherDatabase,

    /// <summary>One level of JSON: names and plain values.</summary>
    KeyValue,

    /// <summary>Free text, deep JSON, or bytes.</summary>
    Text,
}

/// <summary>A value's kind and, of database credentials, the engine's name.</summary>
/// <param name="Kind">What the value holds.</param>
/// <param name="Engine">The JSON's engine in lower case; null where it has none.</param>
public sealed record SecretContent(SecretKind Kind, string? Engine)
{
    private static readonly string[] s_rdsEngines =
        ["postgres", "aurora-postgresql", "mysql", "aurora-mysql", "mariadb", "sqlserver", "oracle", "db2"];

    /// <summary>Tells what <paramref name="value"/> holds. Never throws on odd input: that is <see cref="SecretKind.Text"/>.</summary>
    public static SecretContent Of(SecretValue value)
    {
        if (!value.IsText || ReadObject(value) is not { } json)
            return new SecretContent(SecretKind.Text, null);
        using (json)
        {
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object || root.EnumerateObject().Any(IsDeep))
                return new SecretContent(SecretKind.Text, null);
            var engine = TextOf(root, "engine")?.ToLowerInvariant();
            var isCredential = TextOf(root, "username") is not null && TextOf(root, "password") is not null;
            return new SecretContent(KindOf(engine, isCredential, TextOf(root, "host") is not null), isCredential ? engine : null);
        }
    }

    private static SecretKind KindOf(string? engine, bool isCredential, bool hasHost) => engine switch
    {
        _ when !isCredential => SecretKind.KeyValue,
        "mongo" => SecretKind.DocumentDb,
        "redshift" => SecretKind.Redshift,
        not null when s_rdsEngines.Contains(engine) => SecretKind.RdsDatabase,
        not null => SecretKind.OtherDatabase,
        null => hasHost ? SecretKind.OtherDatabase : SecretKind.KeyValue,
    };

    private static JsonDocument? ReadObject(SecretValue value)
    {
        var bytes = value.Bytes.TrimStart(" \t\r\n"u8);
        if (bytes.IsEmpty || bytes[0] != (byte)'{')
            return null;
        try
        {
            return JsonDocument.Parse(bytes.ToArray());
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsDeep(JsonProperty property) => property.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array;

    private static string? TextOf(JsonElement root, string name) =>
        root.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;
}
