using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>How a connection is protected. There is no fallback from one to another.</summary>
internal enum TlsMode
{
    /// <summary>Encrypted, and the server's certificate is verified: authority, time, name.</summary>
    Verified,

    /// <summary>Encrypted; whoever answers is believed to be the server.</summary>
    Unverified,

    /// <summary>In the clear.</summary>
    Plain,
}

/// <summary>A database credential as the secret's JSON holds it.</summary>
internal sealed record DatabaseCredential
{
    private static readonly (string Name, Func<DatabaseCredential, DatabaseCredential> Harmless)[] s_members =
    [
        ("host", credential => credential with { Host = "localhost" }),
        ("username", credential => credential with { Username = "u" }),
        ("password", credential => credential with { Password = new SecretText("p") }),
        ("dbname", credential => credential with { Database = "d", HomeDatabase = "d" }),
    ];

    /// <summary>A host name or address.</summary>
    public required string Host { get; init; }

    /// <summary>1–65535.</summary>
    public required int Port { get; init; }

    /// <summary>The login.</summary>
    public required string Username { get; init; }

    /// <summary>Its password.</summary>
    public required SecretText Password { get; init; }

    /// <summary>The database to connect to.</summary>
    public required string Database { get; init; }

    /// <summary>
    /// The database that the value itself names: that of a master whose session is in another <see cref="Database"/>. Users of MongoDB log in to the
    /// one in which they were created.
    /// </summary>
    public required string HomeDatabase { get; init; }

    /// <summary>The member <c>ssl</c>: missing or true is verified, <c>"require"</c> unverified, false in the clear.</summary>
    public required TlsMode Tls { get; init; }

    /// <summary>
    /// The certificates of the member <c>sslrootcert</c> (PEM): the only authorities that are believed for this server. Empty where it is
    /// missing; then the system's are.
    /// </summary>
    public IReadOnlyList<X509Certificate2> Roots { get; init; } = [];

    /// <summary>The member <c>masterarn</c>; null where it is missing.</summary>
    public string? MasterArn { get; init; }

    /// <summary>Reads a value for an engine; <see cref="RotationException"/> names the member that is wrong.</summary>
    public static DatabaseCredential Parse(SecretValue value, IDatabaseEngine engine)
    {
        var json = ReadObject(value);
        CheckEngine(json, engine);
        var host = Text(json, "host");
        if (!IsHost(host))
            throw Fault("\"host\" must be one host name or address, without a scheme, a port, a path, blanks or parentheses; the port goes into \"port\".");
        var database = json["dbname"] is null ? engine.DefaultDatabase : Text(json, "dbname");
        return new DatabaseCredential
        {
            Host = host,
            Port = PortOf(json, engine.DefaultPort),
            Username = Text(json, "username"),
            Password = new SecretText(Text(json, "password")),
            Database = database,
            HomeDatabase = database,
            Tls = TlsOf(json),
            Roots = RootsOf(json),
            MasterArn = json["masterarn"] is null ? null : Text(json, "masterarn"),
        };
    }

    /// <summary>The member <c>masterarn</c> of a value; null where there is none, or the value is no JSON object. Never throws.</summary>
    public static string? MasterArnOf(SecretValue value) => JsonSecret.Read(value) is { } json && JsonSecret.Text(json, "masterarn") is { Length: > 0 } arn ? arn : null;

    /// <summary>The same JSON with another user and password; all other members stay as they are, in their order.</summary>
    public static SecretValue With(SecretValue value, string username, SecretText password)
    {
        var json = ReadObject(value);
        json["username"] = username;
        json["password"] = password.Reveal();
        return JsonSecret.Write(json);
    }

    /// <summary>What a driver makes of a credential; a final <see cref="RotationException"/> that names the member where it takes none like that.</summary>
    public static T Taken<T>(DatabaseCredential credential, Func<DatabaseCredential, T> make)
        where T : IDisposable
    {
        try
        {
            return make(credential);
        }
        catch (Exception fault) when (IsOfTheValue(fault))
        {
            // The driver's message may quote the value, so it is tried with one member after another that every driver takes.
            throw NotTaken(s_members.FirstOrDefault(member => IsTaken(member.Harmless(credential))).Name);
        }

        bool IsTaken(DatabaseCredential other)
        {
            try
            {
                make(other).Dispose();
                return true;
            }
            catch (Exception fault) when (IsOfTheValue(fault))
            {
                return false;
            }
        }

        static bool IsOfTheValue(Exception fault) => fault is ArgumentException or FormatException or InvalidOperationException;
    }

    /// <summary>The fault of a value that a driver rejects itself. The driver's message may quote the value.</summary>
    /// <param name="member">The member at fault; null where it is not known, or several are.</param>
    public static RotationException NotTaken(string? member = null) => member is null
        ? Fault("The database's driver takes no such \"host\", \"username\", \"password\" or \"dbname\": one is too long or has characters that can't be there.")
        : Fault($"The database's driver takes no such \"{member}\": it is too long or has characters that can't be there.");

    /// <summary>Where it leads, for sentences.</summary>
    public string Place(IDatabaseEngine engine) => $"{engine.Name} at {Host}:{Port} (user {Username})";

    /// <summary>True where both lead to the same server. Names of hosts are compared, not what they resolve to.</summary>
    public bool IsSameServer(DatabaseCredential other) => string.Equals(Host, other.Host, StringComparison.OrdinalIgnoreCase) && Port == other.Port;

    // SQL Server's driver takes "." and "(local)" for this machine, and looks nothing up.
    private static bool IsHost(string host) =>
        host != "." && !host.StartsWith('@') && !host.AsSpan().ContainsAny(',', '/') && !host.AsSpan().ContainsAny('(', ')') && !host.Any(char.IsWhiteSpace)
        && (!host.Contains(':', StringComparison.Ordinal) || Uri.CheckHostName(host) == UriHostNameType.IPv6);

    private static JsonObject ReadObject(SecretValue value) => JsonSecret.Read(value) ?? throw Fault("It must be a JSON object, each member once.");

    private static void CheckEngine(JsonObject json, IDatabaseEngine engine)
    {
        if (json["engine"] is null)
            return;
        var name = Text(json, "engine");
        if (!engine.EngineNames.Contains(name, StringComparer.OrdinalIgnoreCase))
            throw Fault($"\"engine\" must be {string.Join(" or ", engine.EngineNames)} for the rotation of {engine.Name}.");
    }

    private static string Text(JsonObject json, string name) =>
        JsonSecret.Text(json, name) is { Length: > 0 } text && !text.Contains('\0', StringComparison.Ordinal)
            ? text
            : throw Fault($"\"{name}\" must be a text that is not empty.");

    private static int PortOf(JsonObject json, int defaultPort)
    {
        var text = json["port"] switch
        {
            null => defaultPort.ToString(CultureInfo.InvariantCulture),
            JsonValue member when member.GetValueKind() == JsonValueKind.Number => member.ToJsonString(),
            JsonValue => JsonSecret.Text(json, "port"),
            _ => null,
        };
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65_535
            ? port
            : throw Fault("\"port\" must be a number from 1 to 65535.");
    }

    private static TlsMode TlsOf(JsonObject json) => json["ssl"] switch
    {
        null => TlsMode.Verified,
        JsonValue member when member.GetValueKind() is JsonValueKind.True => TlsMode.Verified,
        JsonValue member when member.GetValueKind() is JsonValueKind.False => TlsMode.Plain,
        JsonValue => JsonSecret.Text(json, "ssl")?.ToUpperInvariant() switch
        {
            "TRUE" => TlsMode.Verified,
            "FALSE" => TlsMode.Plain,
            "REQUIRE" => TlsMode.Unverified,
            _ => throw TlsFault(),
        },
        _ => throw TlsFault(),
    };

    private static RotationException TlsFault() =>
        Fault("\"ssl\" must be true (encrypted and verified), \"require\" (encrypted, not verified) or false (in the clear).");

    private static IReadOnlyList<X509Certificate2> RootsOf(JsonObject json)
    {
        var roots = new X509Certificate2Collection();
        if (json["sslrootcert"] is null)
            return [];
        try
        {
            roots.ImportFromPem(Text(json, "sslrootcert"));
        }
        catch (CryptographicException)
        {
            // The message of the platform quotes the text.
        }

        return roots.Count > 0 ? [.. roots] : throw Fault("\"sslrootcert\" must hold certificates in PEM (-----BEGIN CERTIFICATE-----).");
    }

    private static RotationException Fault(string what) =>
        new($"The secret's value can't be used to log in to the database. {what} Put a corrected value and rotate again.", isFinal: true)
        {
            Concerns = PreflightCheck.Json,
        };
}
