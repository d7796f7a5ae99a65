namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>What SQL Server is asked about principals.</summary>
internal static class SqlServerQueries
{
    /// <summary>2 where the session's user is one of a contained database, without a login.</summary>
    public const string OwnAuthentication = "SELECT CAST(authentication_type AS int) FROM sys.database_principals WHERE principal_id = DATABASE_PRINCIPAL_ID()";

    /// <summary>1 where the session's database may be written to.</summary>
    public const string IsWritable = "SELECT CASE DATABASEPROPERTYEX(DB_NAME(), 'Updateability') WHEN 'READ_ONLY' THEN 0 ELSE 1 END";

    /// <summary>How many users of this contained database have the name @name.</summary>
    public const string ContainedUsers = "SELECT COUNT(*) FROM sys.database_principals WHERE name = @name AND type = 'S' AND authentication_type = 2";

    /// <summary>How many logins with a password have the name @name.</summary>
    public const string Logins = "SELECT COUNT(*) FROM sys.sql_logins WHERE name = @name";

    /// <summary>1 where the login @name is a member of sysadmin.</summary>
    public const string IsAdministrator = "SELECT IS_SRVROLEMEMBER(N'sysadmin', @name)";

    /// <summary>What the login @name is like.</summary>
    public const string Login =
        "SELECT COALESCE(default_database_name, N'master'), COALESCE(default_language_name, N'us_english'), CAST(is_expiration_checked AS bit), CAST(is_policy_checked AS bit) FROM sys.sql_logins WHERE name = @name";

    /// <summary>Databases that can be looked into; a secondary replica that can't be written to is none of them.</summary>
    public const string Databases =
        "SELECT name FROM sys.databases WHERE state = 0 AND HAS_DBACCESS(name) = 1 AND DATABASEPROPERTYEX(name, 'Updateability') = 'READ_WRITE' ORDER BY database_id";

    /// <summary>Databases that may have a user of a login without the session seeing it.</summary>
    public const string ClosedDatabases = "SELECT name FROM sys.databases WHERE state = 0 AND HAS_DBACCESS(name) = 0 AND replica_id IS NULL ORDER BY database_id";

    /// <summary>In a database: name and default schema of the user of the login @name.</summary>
    public const string UserOfLogin =
        "SELECT u.name, u.default_schema_name FROM sys.database_principals AS u JOIN sys.sql_logins AS l ON l.sid = u.sid WHERE l.name = @name AND u.type = 'S'";

    /// <summary>In a contained database: name and default schema of the user @name.</summary>
    public const string ContainedUser =
        "SELECT name, default_schema_name FROM sys.database_principals WHERE name = @name AND type = 'S' AND authentication_type = 2";

    /// <summary>Roles of the server that the login @name is a member of.</summary>
    public const string ServerRoles =
        "SELECT r.name FROM sys.server_role_members AS m JOIN sys.server_principals AS r ON r.principal_id = m.role_principal_id JOIN sys.server_principals AS u ON u.principal_id = m.member_principal_id WHERE u.name = @name ORDER BY r.name";

    /// <summary>Roles of the database that the user @name is a member of.</summary>
    public const string DatabaseRoles =
        "SELECT r.name FROM sys.database_role_members AS m JOIN sys.database_principals AS r ON r.principal_id = m.role_principal_id JOIN sys.database_principals AS u ON u.principal_id = m.member_principal_id WHERE u.name = @name ORDER BY r.name";

    /// <summary>Permissions of the login @name on the server: state, permission, class, schema, on, column, type of principal.</summary>
    public const string ServerPermissions = """
        SELECT p.state_desc, p.permission_name, p.class_desc, CAST(NULL AS sysname),
               CASE p.class WHEN 101 THEN s.name WHEN 105 THEN e.name END, CAST(NULL AS sysname), RTRIM(s.type)
        FROM sys.server_permissions AS p
        JOIN sys.server_principals AS u ON u.principal_id = p.grantee_principal_id
        LEFT JOIN sys.server_principals AS s ON p.class = 101 AND s.principal_id = p.major_id
        LEFT JOIN sys.endpoints AS e ON p.class = 105 AND e.endpoint_id = p.major_id
        WHERE u.name = @name ORDER BY p.class, p.major_id, p.permission_name
        """;

    /// <summary>Permissions of the user @name in the database, in the same columns.</summary>
    public const string DatabasePermissions = """
        SELECT p.state_desc, p.permission_name, p.class_desc,
               CASE p.class WHEN 1 THEN OBJECT_SCHEMA_NAME(p.major_id) WHEN 6 THEN SCHEMA_NAME(t.schema_id) WHEN 10 THEN SCHEMA_NAME(x.schema_id) END,
               CASE p.class WHEN 0 THEN DB_NAME() WHEN 1 THEN OBJECT_NAME(p.major_id) WHEN 3 THEN SCHEMA_NAME(p.major_id) WHEN 4 THEN d.name
                            WHEN 5 THEN a.name WHEN 6 THEN t.name WHEN 10 THEN x.name WHEN 24 THEN k.name WHEN 25 THEN c.name WHEN 26 THEN y.name END,
               CASE WHEN p.class = 1 AND p.minor_id > 0 THEN COL_NAME(p.major_id, p.minor_id) END, RTRIM(d.type)
        FROM sys.database_permissions AS p
        JOIN sys.database_principals AS u ON u.principal_id = p.grantee_principal_id
        LEFT JOIN sys.database_principals AS d ON p.class = 4 AND d.principal_id = p.major_id
        LEFT JOIN sys.assemblies AS a ON p.class = 5 AND a.assembly_id = p.major_id
        LEFT JOIN sys.types AS t ON p.class = 6 AND t.user_type_id = p.major_id
        LEFT JOIN sys.xml_schema_collections AS x ON p.class = 10 AND x.xml_collection_id = p.major_id
        LEFT JOIN sys.symmetric_keys AS k ON p.class = 24 AND k.symmetric_key_id = p.major_id
        LEFT JOIN sys.certificates AS c ON p.class = 25 AND c.certificate_id = p.major_id
        LEFT JOIN sys.asymmetric_keys AS y ON p.class = 26 AND y.asymmetric_key_id = p.major_id
        WHERE u.name = @name ORDER BY p.class, p.major_id, p.minor_id, p.permission_name
        """;

    /// <summary>Triggers of the database itself that are not switched off: they run with the rights of whoever makes or alters something there.</summary>
    public const string DatabaseTriggers = "SELECT name FROM sys.triggers WHERE parent_class = 0 AND is_disabled = 0 AND is_ms_shipped = 0 ORDER BY name";

    /// <summary>1 where the session's user has a permission on the server.</summary>
    public const string MayOnServer = "SELECT HAS_PERMS_BY_NAME(NULL, NULL, @name)";

    /// <summary>1 where the session's user has a permission in the database.</summary>
    public const string MayInDatabase = "SELECT HAS_PERMS_BY_NAME(DB_NAME(), N'DATABASE', @name)";
}
