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
    private static readonly JsonDocumentOptions s_options = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    private static readonly string[] s_rdsEngines =
        ["postgres", "aurora-postgresql", "mysql", "aurora-mysql", "mariadb", "sqlserver", "oracle", "db2"];

    /// <summary>Tells what <paramref name="value"/> holds. Never throws on odd input: that is <see cref="SecretKind.Text"/>.</summary>
    public static SecretContent Of(SecretValue value)
    {
        if (!value.IsText || ReadMembers(value) is not { } members)
            return new SecretContent(SecretKind.Text, null);
        var engine = members.GetValueOrDefault("engine")?.ToLowerInvariant();
        var isCredential = members.GetValueOrDefault("username") is not null && members.GetValueOrDefault("password") is not null;
        return new SecretContent(KindOf(engine, isCredential, members.GetValueOrDefault("host") is not null), isCredential ? engine : null);
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

    /// <summary>
    /// The members of one level of JSON, with null for a value that is no string; null where the text is anything else. Every name and
    /// string is read, so that what is called key and value here can be shown and edited as such.
    /// </summary>
    private static Dictionary<string, string?>? ReadMembers(SecretValue value)
    {
        var bytes = value.Bytes.TrimStart(" \t\r\n"u8);
        if (bytes.IsEmpty || bytes[0] != (byte)'{')
            return null;
        try
        {
            using var json = JsonDocument.Parse(bytes.ToArray(), s_options);
            var members = new Dictionary<string, string?>(StringComparer.Ordinal);
            foreach (var member in json.RootElement.EnumerateObject())
            {
                if (member.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
                    return null;
                members.Add(member.Name, member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : null);
            }

            return members;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            // No JSON; too deep; a member twice; or a string that is no valid Unicode.
            return null;
        }
    }
}
