using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>A name and a value that a form shows as one row.</summary>
public sealed class DraftRow
{
    /// <summary>The name; must be unique among the rows.</summary>
    public string Name { get; set; } = "";

    /// <summary>The value.</summary>
    public string Value { get; set; } = "";

    /// <summary>How the value stood in the JSON it was read from, so that a number or <c>true</c> stays one while it is not changed.</summary>
    internal JsonElement? Original { get; init; }
}

/// <summary>How the portal protects its connections to a database.</summary>
public enum DraftTls
{
    /// <summary>Encrypted, and the server's certificate is verified.</summary>
    Verified,

    /// <summary>Encrypted; whoever answers is believed to be the server.</summary>
    Unverified,

    /// <summary>In the clear.</summary>
    None,
}

/// <summary>
/// A value while it is typed: fields for each kind, what is wrong with them, and the JSON they make. Holds plaintext; whoever owns one
/// lets go of it as soon as it is stored or given up.
/// </summary>
public sealed class ValueDraft
{
    // The JSON is stored and given back as it is, never put into a page as markup, so its text may stay readable.
    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] s_known = ["username", "password", "engine", "host", "port", "dbname", "masterarn", "sslrootcert"];

    private List<DraftRow> _others = [];
    private JsonElement? _port;
    private (DraftTls Tls, DraftRow? Row) _ssl;

    /// <summary>Engines that an RDS-like database may have.</summary>
    public static readonly IReadOnlyList<string> RdsEngines =
        ["postgres", "mysql", "mariadb", "sqlserver", "oracle", "db2", "aurora-postgresql", "aurora-mysql"];

    /// <summary>Which fields are asked for.</summary>
    public SecretKind Kind { get; private set; } = SecretKind.RdsDatabase;

    /// <summary>The engine of an RDS-like or another database.</summary>
    public string Engine { get; set; } = "postgres";

    /// <summary>The user that logs in.</summary>
    public string Username { get; set; } = "";

    /// <summary>Its password.</summary>
    public string Password { get; set; } = "";

    /// <summary>Where the database listens.</summary>
    public string Host { get; set; } = "";

    /// <summary>1–65535 as typed; empty for the engine's own.</summary>
    public string Port { get; set; } = "";

    /// <summary>The database to connect to; may be empty.</summary>
    public string DatabaseName { get; set; } = "";

    /// <summary>How the portal logs in to the database.</summary>
    public DraftTls Tls { get; set; }

    /// <summary>Certificates of the authorities that the server's certificate may come from, in PEM; empty for the system's.</summary>
    public string RootCertificate { get; set; } = "";

    /// <summary>True where rotation alternates between two users, whose passwords a master changes.</summary>
    public bool HasMaster { get; set; }

    /// <summary>The ARN of the master's secret, of alternating users.</summary>
    public string MasterArn { get; set; } = "";

    /// <summary>The engine as the value's JSON names it; empty for none.</summary>
    public string EngineName => Kind switch { SecretKind.DocumentDb => "mongo", SecretKind.Redshift => "redshift", _ => Engine.Trim() };

    /// <summary>Names and values of <see cref="SecretKind.KeyValue"/>.</summary>
    public IList<DraftRow> Rows { get; private set; } = [new DraftRow()];

    /// <summary>The whole value of <see cref="SecretKind.Text"/>.</summary>
    public string Text { get; set; } = "";

    /// <summary>True where anything of the value is typed.</summary>
    public bool IsTyped => Rows.Any(static row => row.Value.Length > 0)
        || new[] { Username, Password, Host, Port, DatabaseName, RootCertificate, MasterArn, Text }.Any(static text => text.Length > 0);

    /// <summary>True where the fields are those of a database's credentials.</summary>
    public bool IsDatabase => Kind is not (SecretKind.KeyValue or SecretKind.Text);

    /// <summary>The port that the engine listens on if nothing else is set; null where that is not known.</summary>
    public int? UsualPort => (Kind, Engine) switch
    {
        (SecretKind.DocumentDb, _) => 27017,
        (SecretKind.Redshift, _) => 5439,
        (SecretKind.OtherDatabase, _) => null,
        (_, "postgres" or "aurora-postgresql") => 5432,
        (_, "mysql" or "mariadb" or "aurora-mysql") => 3306,
        (_, "sqlserver") => 1433,
        (_, "oracle") => 1521,
        (_, "db2") => 50000,
        _ => null,
    };

    /// <summary>
    /// Asks for the fields of another kind; what both kinds have stays. Between rows and plain text the content goes along, as far as it
    /// can be shown the other way.
    /// </summary>
    public void SwitchTo(SecretKind kind)
    {
        if (kind == Kind)
            return;
        if (Kind == SecretKind.KeyValue && kind == SecretKind.Text && Rows.Any(static r => r.Name.Length > 0))
            Text = Encoding.UTF8.GetString(WriteRows(Rows));
        else if (Kind == SecretKind.Text && kind == SecretKind.KeyValue && ReadRows(Text) is { Count: > 0 } rows)
            Rows = rows;
        if (kind == SecretKind.OtherDatabase && RdsEngines.Contains(Engine))
            Engine = "";
        else if (kind == SecretKind.RdsDatabase && !RdsEngines.Contains(Engine))
            Engine = RdsEngines[0];
        Kind = kind;
    }

    /// <summary>What keeps the fields from being stored, by field: <c>username</c>, …, <c>row0.name</c>, <c>rows</c>, <c>text</c>.</summary>
    public IReadOnlyDictionary<string, string> Faults()
    {
        var faults = new Dictionary<string, string>(StringComparer.Ordinal);
        if (IsDatabase)
            CheckDatabase(faults);
        else if (Kind == SecretKind.KeyValue)
            CheckRows(faults);
        else if (Text.Length == 0)
            faults["text"] = CreateText.ValueNone;
        if (faults.Count == 0 && Write().Length is > SecretValue.MaxBytes and var bytes)
        {
            faults[Kind == SecretKind.KeyValue ? "rows" : Kind == SecretKind.Text ? "text" : "password"] =
                Words.Fill(CreateText.ValueLong, bytes, SecretValue.MaxBytes);
        }

        return faults;
    }

    /// <summary>The value of the fields. Only where <see cref="Faults"/> has nothing.</summary>
    public SecretValue ToValue() => SecretValue.FromBytes(Write(), isText: true);

    /// <summary>Rows of these names, without values.</summary>
    public void BeginRows(IEnumerable<string> names)
    {
        Rows = [.. names.Select(static name => new DraftRow { Name = name })];
        if (Rows.Count == 0)
            Rows.Add(new DraftRow());
    }

    /// <summary>An empty draft with the fields that a value of <paramref name="kind"/> has.</summary>
    public static ValueDraft Of(SecretKind kind)
    {
        var draft = new ValueDraft();
        draft.SwitchTo(kind);
        return draft;
    }

    /// <summary>The fields of a stored value. Bytes that are no text give an empty text.</summary>
    public static ValueDraft From(SecretValue value)
    {
        var kind = SecretContent.Of(value).Kind;
        var draft = new ValueDraft { Kind = kind };
        if (!value.IsText)
            return draft;
        if (kind == SecretKind.Text)
        {
            draft.Text = value.Text;
            return draft;
        }

        var rows = ReadRows(value.Text) ?? [];
        if (kind == SecretKind.KeyValue)
        {
            draft.Rows = rows.Count > 0 ? rows : [new DraftRow()];
            return draft;
        }

        string Field(string name) => rows.Find(r => r.Name == name)?.Value ?? "";
        draft.Username = Field("username");
        draft.Password = Field("password");
        draft.Engine = Field("engine");
        draft.Host = Field("host");
        draft.Port = Field("port");
        draft._port = rows.Find(static r => r.Name == "port")?.Original;
        draft.DatabaseName = Field("dbname");
        draft.RootCertificate = Field("sslrootcert");
        draft.MasterArn = Field("masterarn");
        draft.HasMaster = draft.MasterArn.Length > 0;
        draft._others = rows.FindAll(static r => !s_known.Contains(r.Name));
        if (draft._others.Find(static r => r.Name == "ssl") is { } ssl && TlsOf(ssl.Value) is { } tls)
        {
            draft._others.Remove(ssl);
            (draft.Tls, draft._ssl) = (tls, (tls, ssl));
        }

        return draft;
    }

    private void CheckDatabase(Dictionary<string, string> faults)
    {
        if (Username.Length == 0)
            faults["username"] = CreateText.UserNone;
        if (Password.Length == 0)
            faults["password"] = CreateText.PasswordNone;
        if (string.IsNullOrWhiteSpace(Host))
            faults["host"] = CreateText.HostNone;
        if (Port.Length > 0 && !(int.TryParse(Port, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65535))
            faults["port"] = CreateText.PortFault;
        if (HasMaster && string.IsNullOrWhiteSpace(MasterArn))
            faults["master"] = CreateText.MasterNone;
        if (RootCertificate.Trim().Length > 0 && !RootCertificate.Contains("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal))
            faults["certificate"] = CreateText.CertificateFault;
    }

    private void CheckRows(Dictionary<string, string> faults)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < Rows.Count; i++)
        {
            var (name, value) = (Rows[i].Name, Rows[i].Value);
            if (name.Length == 0 && value.Length > 0)
                faults[$"row{i}.name"] = CreateText.RowNameNone;
            else if (name.Length > 0 && !seen.Add(name))
                faults[$"row{i}.name"] = CreateText.RowNameTwice;
        }

        if (faults.Count == 0 && seen.Count == 0)
            faults["row0.name"] = CreateText.RowsNone;
    }

    private byte[] Write() => Kind switch
    {
        SecretKind.Text => Encoding.UTF8.GetBytes(Text),
        SecretKind.KeyValue => WriteRows(Rows),
        _ => WriteRows(DatabaseRows()),
    };

    private IEnumerable<DraftRow> DatabaseRows()
    {
        yield return new DraftRow { Name = "username", Value = Username };
        yield return new DraftRow { Name = "password", Value = Password };
        if (EngineName.Length > 0)
            yield return new DraftRow { Name = "engine", Value = EngineName };
        yield return new DraftRow { Name = "host", Value = Host.Trim() };
        if (int.TryParse(Port, NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            yield return new DraftRow { Name = "port", Value = Port, Original = _port is { } read && TextOf(read) == Port ? read : JsonSerializer.SerializeToElement(port) };
        if (DatabaseName.Length > 0)
            yield return new DraftRow { Name = "dbname", Value = DatabaseName };
        if (Ssl() is { } ssl)
            yield return ssl;
        if (RootCertificate.Trim().Length > 0)
            yield return new DraftRow { Name = "sslrootcert", Value = RootCertificate };
        if (HasMaster)
            yield return new DraftRow { Name = "masterarn", Value = MasterArn.Trim() };
        foreach (var other in _others.Where(r => Tls == _ssl.Tls || r.Name != "ssl"))
            yield return other;
    }

    /// <summary>The member <c>ssl</c>, as it stood in the JSON while nothing else was chosen; verified is what holds without one.</summary>
    private DraftRow? Ssl() => _ssl.Row is { } read && _ssl.Tls == Tls ? read : Tls switch
    {
        DraftTls.None => new DraftRow { Name = "ssl", Value = "false", Original = JsonSerializer.SerializeToElement(false) },
        DraftTls.Unverified => new DraftRow { Name = "ssl", Value = "require" },
        _ => null,
    };

    private static DraftTls? TlsOf(string ssl) => ssl.ToUpperInvariant() switch
    {
        "TRUE" => DraftTls.Verified,
        "REQUIRE" => DraftTls.Unverified,
        "FALSE" => DraftTls.None,
        _ => null,
    };

    private static byte[] WriteRows(IEnumerable<DraftRow> rows)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, s_json))
        {
            json.WriteStartObject();
            foreach (var row in rows.Where(static r => r.Name.Length > 0))
            {
                json.WritePropertyName(row.Name);
                if (row.Original is { } original && TextOf(original) == row.Value)
                    original.WriteTo(json);
                else
                    json.WriteStringValue(row.Value);
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The members of a JSON object of one level; null for anything else.</summary>
    internal static List<DraftRow>? ReadRows(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            if (json.RootElement.ValueKind != JsonValueKind.Object
                || json.RootElement.EnumerateObject().Any(static m => m.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array))
                return null;
            return [.. json.RootElement.EnumerateObject().Select(static m =>
                new DraftRow { Name = m.Name, Value = TextOf(m.Value), Original = m.Value.Clone() })];
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string TextOf(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString() ?? "" : value.GetRawText();
}
