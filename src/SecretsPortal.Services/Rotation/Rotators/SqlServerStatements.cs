using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>Statements about principals of SQL Server, which take no parameters. Pure, so that a parser can judge them where no server is at hand.</summary>
internal static class SqlServerStatements
{
    /// <summary>Switches a trigger of the session's database off.</summary>
    public static string DisableTrigger(string trigger) => $"DISABLE TRIGGER {Name(trigger)} ON DATABASE";

    /// <summary>A name in brackets.</summary>
    public static string Name(string name) => $"[{name.Replace("]", "]]", StringComparison.Ordinal)}]";

    /// <summary>A text. Quotes are the only characters that mean something in one.</summary>
    public static string Literal(string text) => $"N'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>As the user itself. <paramref name="isContained"/>: a user of a contained database, without a login.</summary>
    public static string SetOwnPassword(bool isContained, string user, SecretText password, SecretText old) =>
        $"{SetPassword(isContained, user, password)} OLD_PASSWORD = {Literal(old.Reveal())}";

    /// <summary>As somebody who may alter any of them.</summary>
    public static string SetPassword(bool isContained, string user, SecretText password) =>
        $"ALTER {(isContained ? "USER" : "LOGIN")} {Name(user)} WITH PASSWORD = {Literal(password.Reveal())}";

    /// <summary>A login like another one.</summary>
    public static string CreateLogin(string login, SecretText password, SqlServerLogin like) =>
        $"CREATE LOGIN {Name(login)} WITH PASSWORD = {Literal(password.Reveal())}, DEFAULT_DATABASE = {Name(like.DefaultDatabase)}, DEFAULT_LANGUAGE = {Name(like.DefaultLanguage)}, "
        + $"CHECK_EXPIRATION = {(like.ChecksExpiration ? "ON" : "OFF")}, CHECK_POLICY = {(like.ChecksPolicy ? "ON" : "OFF")}";

    /// <summary>A login's user in a database.</summary>
    public static string CreateUser(string login, string? schema) =>
        $"CREATE USER {Name(login)} FOR LOGIN {Name(login)}{(schema is null ? "" : $" WITH DEFAULT_SCHEMA = {Name(schema)}")}";

    /// <summary>A user of a contained database.</summary>
    public static string CreateContainedUser(string user, SecretText password, string? schema) =>
        $"CREATE USER {Name(user)} WITH PASSWORD = {Literal(password.Reveal())}{(schema is null ? "" : $", DEFAULT_SCHEMA = {Name(schema)}")}";

    /// <summary>Membership in a role of the server or of the database.</summary>
    public static string AddToRole(bool ofServer, string role, string member) => $"ALTER {(ofServer ? "SERVER ROLE" : "ROLE")} {Name(role)} ADD MEMBER {Name(member)}";
}

/// <summary>What a login is like, beside its password.</summary>
internal sealed record SqlServerLogin(string DefaultDatabase, string DefaultLanguage, bool ChecksExpiration, bool ChecksPolicy);

/// <summary>A permission that a principal was given or denied.</summary>
internal sealed record SqlServerPermission
{
    /// <summary>As sys.database_permissions and sys.server_permissions tell it: GRANT, GRANT_WITH_GRANT_OPTION, DENY or REVOKE.</summary>
    public required string State { get; init; }

    /// <summary>Such as SELECT.</summary>
    public required string Permission { get; init; }

    /// <summary>The class of what it is on, as those views tell it: DATABASE, OBJECT_OR_COLUMN, SCHEMA …</summary>
    public required string Class { get; init; }

    /// <summary>The schema of what it is on; null where it has none.</summary>
    public string? Schema { get; init; }

    /// <summary>What it is on; null where the server does not tell.</summary>
    public string? On { get; init; }

    /// <summary>A column of it; null of the whole.</summary>
    public string? Column { get; init; }

    /// <summary>Of principals: R is a role, A an application role; null elsewhere.</summary>
    public string? PrincipalType { get; init; }

    /// <summary>True of what every login or user has from its creation.</summary>
    public bool IsInherent => State == "GRANT" && ((Class == "SERVER" && Permission == "CONNECT SQL") || (Class == "DATABASE" && Permission == "CONNECT"));

    /// <summary>The statement that gives a principal the same; <see cref="NotSupportedException"/> names what can't be given.</summary>
    public string For(string principal)
    {
        var verb = State == "GRANT_WITH_GRANT_OPTION" ? "GRANT" : State;
        var to = State == "REVOKE" ? "FROM" : "TO";
        var column = Column is null ? "" : $" ({SqlServerStatements.Name(Column)})";
        return $"{verb} {Permission}{column}{Securable()} {to} {SqlServerStatements.Name(principal)}{(State == "GRANT_WITH_GRANT_OPTION" ? " WITH GRANT OPTION" : "")}";
    }

    private string Securable()
    {
        if (Class == "SERVER")
            return "";
        var keyword = Class switch
        {
            "OBJECT_OR_COLUMN" => "OBJECT",
            "DATABASE_PRINCIPAL" => PrincipalType switch { "R" => "ROLE", "A" => "APPLICATION ROLE", _ => "USER" },
            "SERVER_PRINCIPAL" => PrincipalType == "R" ? "SERVER ROLE" : "LOGIN",
            "DATABASE" or "SCHEMA" or "ASSEMBLY" or "TYPE" or "XML_SCHEMA_COLLECTION" or "SYMMETRIC_KEYS" or "CERTIFICATE" or "ASYMMETRIC_KEY" or "ENDPOINT" =>
                Class.Replace("KEYS", "KEY", StringComparison.Ordinal).Replace('_', ' '),
            _ => null,
        };
        if (keyword is null || On is null)
            throw new NotSupportedException($"{Permission} on {Class}");
        return $" ON {keyword}::{(Schema is null ? "" : $"{SqlServerStatements.Name(Schema)}.")}{SqlServerStatements.Name(On)}";
    }
}
