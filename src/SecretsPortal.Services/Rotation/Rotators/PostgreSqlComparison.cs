using System.Globalization;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>
/// What a clone may do more or less than its original: attributes, settings, memberships, and the rights on databases, schemas, tables, views,
/// sequences, columns, functions and all else that has an owner or an access list, whichever way a role comes by them. Rights inside other
/// databases than the one that is connected to are told by number only.
/// </summary>
internal static class PostgreSqlComparison
{
    private const int Examples = 3;

    /// <summary>A sentence for each difference.</summary>
    public static async Task<IReadOnlyList<string>> Compare(NpgsqlLogIn logIn, UserPair users, CancellationToken cancel)
    {
        var sentences = new List<string>();
        var (isEitherSuperuser, differences) = await Attributes(logIn, users, cancel);
        sentences.AddRange(differences);
        var beginsAsOriginal = await Settings(logIn, users, sentences, cancel);
        // A superuser may do everything, and whether the other one is a superuser was told.
        if (!isEitherSuperuser)
        {
            await Memberships(logIn, users, sentences, cancel);
            await Rights(logIn, users, beginsAsOriginal, sentences, cancel);
        }

        await OtherDatabases(logIn, users, sentences, cancel);
        return sentences;
    }

    private static async Task<(bool IsEitherSuperuser, List<string> Differences)> Attributes(NpgsqlLogIn logIn, UserPair users, CancellationToken cancel)
    {
        await using var command = logIn.Command("""
            SELECT o.rolsuper, c.rolsuper, o.rolcreaterole, c.rolcreaterole, o.rolcreatedb, c.rolcreatedb, o.rolreplication, c.rolreplication,
                   o.rolbypassrls, c.rolbypassrls, o.rolconnlimit, c.rolconnlimit,
                   COALESCE(o.rolvaliduntil::text, 'infinity'), COALESCE(c.rolvaliduntil::text, 'infinity')
            FROM pg_catalog.pg_roles o, pg_catalog.pg_roles c WHERE o.rolname = $1 AND c.rolname = $2
            """, users.Original, users.Clone);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var sentences = new List<string>();
        if (!await reader.ReadAsync(cancel))
            return (false, sentences);
        string[] attributes = ["SUPERUSER", "CREATEROLE", "CREATEDB", "REPLICATION", "BYPASSRLS"];
        for (var i = 0; i < attributes.Length; i++)
        {
            var ofOriginal = reader.GetBoolean(2 * i);
            if (ofOriginal != reader.GetBoolean(2 * i + 1))
                sentences.Add(ofOriginal
                    ? $"{users.Clone} lacks the attribute {attributes[i]} that {users.Original} has: ALTER ROLE … {attributes[i]} gives it."
                    : $"{users.Clone} has the attribute {attributes[i]} that {users.Original} lacks: ALTER ROLE … NO{attributes[i]} takes it.");
        }

        var limits = (reader.GetInt32(10), reader.GetInt32(11));
        if (limits.Item1 != limits.Item2)
            sentences.Add(string.Create(CultureInfo.InvariantCulture,
                $"{users.Clone} has the connection limit {limits.Item2}, {users.Original} has {limits.Item1} (-1 is none): ALTER ROLE … CONNECTION LIMIT makes them alike."));
        if (reader.GetString(12) != reader.GetString(13))
            sentences.Add($"{users.Clone} is valid until {reader.GetString(13)}, {users.Original} until {reader.GetString(12)}: ALTER ROLE … VALID UNTIL makes them alike.");
        return (reader.GetBoolean(0) || reader.GetBoolean(1), sentences);
    }

    /// <summary>Adds the differences; gives whether the clone's sessions begin as the original.</summary>
    private static async Task<bool> Settings(NpgsqlLogIn logIn, UserPair users, List<string> sentences, CancellationToken cancel)
    {
        var original = await PostgreSqlClone.Settings(logIn, users.Original, cancel);
        var clone = await PostgreSqlClone.Settings(logIn, users.Clone, cancel);
        var begins = new PostgreSqlClone.Setting(Database: null, "role", users.Original);
        var beginsAsOriginal = clone.Contains(begins);
        var lacking = original.Except(clone).Select(Describe).ToList();
        if (lacking.Count > 0)
            sentences.Add($"{users.Clone} lacks the settings {string.Join(", ", lacking)} that {users.Original} has: ALTER ROLE … SET gives them.");
        var more = clone.Except(original).Where(s => s != begins).Select(Describe).ToList();
        if (more.Count > 0)
            sentences.Add($"{users.Clone} has the settings {string.Join(", ", more)} that {users.Original} lacks: ALTER ROLE … RESET takes them.");
        return beginsAsOriginal;
    }

    // The name alone: a setting of an application may hold anything.
    private static string Describe(PostgreSqlClone.Setting setting) => setting.Database is null ? setting.Name : $"{setting.Name} (in {setting.Database})";

    private static async Task Memberships(NpgsqlLogIn logIn, UserPair users, List<string> sentences, CancellationToken cancel)
    {
        var more = await Texts(logIn, """
            SELECT r.rolname::text FROM pg_catalog.pg_roles r, pg_catalog.pg_roles o, pg_catalog.pg_roles c
            WHERE o.rolname = $1 AND c.rolname = $2 AND r.oid <> c.oid
              AND pg_catalog.pg_has_role(c.oid, r.oid, 'MEMBER') AND NOT pg_catalog.pg_has_role(o.oid, r.oid, 'MEMBER')
            ORDER BY 1
            """, users, cancel);
        if (more.Count > 0)
            sentences.Add($"{users.Clone} is a member of {string.Join(", ", more)}, and {users.Original} is not: REVOKE … FROM the one, or GRANT … TO the other.");
    }

    private static async Task Rights(NpgsqlLogIn logIn, UserPair users, bool beginsAsOriginal, List<string> sentences, CancellationToken cancel)
    {
        // Access lists that are NULL are the owner's and PUBLIC's alone; what PUBLIC may, both may.
        const string Sql = """
            WITH has AS (
                SELECT r.oid AS role, pg_catalog.pg_has_role(o.oid, r.oid, 'USAGE') AS original, pg_catalog.pg_has_role(c.oid, r.oid, 'USAGE') AS clone
                FROM pg_catalog.pg_roles r, pg_catalog.pg_roles o, pg_catalog.pg_roles c WHERE o.rolname = $1 AND c.rolname = $2),
            things (thing, owner, acl) AS (
                SELECT pg_catalog.format('database %I', datname), datdba, datacl FROM pg_catalog.pg_database
                UNION ALL SELECT pg_catalog.format('tablespace %I', spcname), spcowner, spcacl FROM pg_catalog.pg_tablespace
                UNION ALL SELECT pg_catalog.format('schema %I', nspname), nspowner, nspacl FROM pg_catalog.pg_namespace
                UNION ALL SELECT pg_catalog.format('%s %I.%I', CASE relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'table' END,
                        nspname, relname), relowner, relacl
                    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
                UNION ALL SELECT pg_catalog.format('column %I.%I.%I', nspname, relname, attname), relowner, attacl
                    FROM pg_catalog.pg_attribute JOIN pg_catalog.pg_class c ON c.oid = attrelid JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
                    WHERE attacl IS NOT NULL AND NOT attisdropped
                UNION ALL SELECT pg_catalog.format('function %I.%I(%s)', nspname, proname, pg_catalog.pg_get_function_identity_arguments(p.oid)), proowner, proacl
                    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = pronamespace
                UNION ALL SELECT pg_catalog.format('type %I.%I', nspname, typname), typowner, typacl
                    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = typnamespace WHERE typrelid = 0 AND typelem = 0
                UNION ALL SELECT pg_catalog.format('language %I', lanname), lanowner, lanacl FROM pg_catalog.pg_language
                UNION ALL SELECT pg_catalog.format('foreign server %I', srvname), srvowner, srvacl FROM pg_catalog.pg_foreign_server
                UNION ALL SELECT pg_catalog.format('foreign-data wrapper %I', fdwname), fdwowner, fdwacl FROM pg_catalog.pg_foreign_data_wrapper
                UNION ALL SELECT pg_catalog.format('large object %s', oid), lomowner, lomacl FROM pg_catalog.pg_largeobject_metadata),
            owned AS (SELECT t.*, h.original, h.clone FROM things t JOIN has h ON h.role = t.owner),
            granted AS (
                SELECT t.thing, e.privilege_type, pg_catalog.bool_or(t.original OR h.original) AS original, pg_catalog.bool_or(t.clone OR h.clone) AS clone
                FROM owned t CROSS JOIN LATERAL pg_catalog.aclexplode(t.acl) e JOIN has h ON h.role = e.grantee
                GROUP BY t.thing, e.privilege_type),
            differences AS (
                SELECT original, privilege_type || ' on ' || thing AS difference FROM granted WHERE original <> clone
                UNION ALL SELECT original, 'ownership of ' || thing FROM owned WHERE original <> clone)
            SELECT original, difference, count FROM (
                SELECT original, difference, pg_catalog.count(*) OVER (PARTITION BY original) AS count,
                       pg_catalog.row_number() OVER (PARTITION BY original ORDER BY difference) AS place
                FROM differences) d
            WHERE place <= 3 ORDER BY original, place
            """;
        var (lacking, more) = (new List<string>(), new List<string>());
        var counts = (Lacking: 0L, More: 0L);
        await using (var command = logIn.Command(Sql, users.Original, users.Clone))
        {
            await using var reader = await command.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
            {
                (reader.GetBoolean(0) ? lacking : more).Add(reader.GetString(1));
                if (reader.GetBoolean(0))
                    counts.Lacking = reader.GetInt64(2);
                else
                    counts.More = reader.GetInt64(2);
            }
        }

        if (lacking.Count > 0 && !beginsAsOriginal)
            sentences.Add($"{users.Clone} lacks {Listed(lacking, counts.Lacking)} that {users.Original} has: ALTER ROLE {users.Clone} SET role TO {users.Original} gives its sessions all that the other has.");
        if (more.Count > 0)
            sentences.Add($"{users.Clone} has {Listed(more, counts.More)} that {users.Original} lacks: grant it to {users.Original}, from whom {users.Clone} has it too, or revoke it (REASSIGN OWNED, of what it owns).");
    }

    private static string Listed(List<string> examples, long count) => count <= Examples
        ? string.Join(", ", examples)
        : string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", examples)} and {count - examples.Count} more");

    private static async Task OtherDatabases(NpgsqlLogIn logIn, UserPair users, List<string> sentences, CancellationToken cancel)
    {
        var databases = await Texts(logIn, """
            SELECT d.datname::text FROM pg_catalog.pg_shdepend s JOIN pg_catalog.pg_database d ON d.oid = s.dbid
            JOIN pg_catalog.pg_roles c ON c.oid = s.refobjid AND c.rolname = $2
            WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.deptype IN ('a', 'o')
              AND d.datname <> pg_catalog.current_database() AND $1 <> $2
            GROUP BY d.datname ORDER BY 1
            """, users, cancel);
        if (databases.Count > 0)
            sentences.Add($"{users.Clone} has rights or objects of its own in the databases {string.Join(", ", databases)}, which {users.Original} may lack: they can't be compared from here.");
    }

    private static async Task<List<string>> Texts(NpgsqlLogIn logIn, string sql, UserPair users, CancellationToken cancel)
    {
        await using var command = logIn.Command(sql, users.Original, users.Clone);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var texts = new List<string>();
        while (await reader.ReadAsync(cancel))
            texts.Add(reader.GetString(0));
        return texts;
    }
}
