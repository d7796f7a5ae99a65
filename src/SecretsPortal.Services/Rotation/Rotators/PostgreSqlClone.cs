using System.Globalization;
using System.Text;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>
/// Makes the clone of a role: a member of it with the same attributes and settings, whose sessions begin as the original
/// (<c>ALTER ROLE … SET role</c>), so that whatever either of the two makes belongs to the original.
/// </summary>
internal static class PostgreSqlClone
{
    // The settings that hold a list of names: their stored text is quoted already (GUC_LIST_QUOTE in the server's source).
    private static readonly string[] s_lists =
        ["local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries", "temp_tablespaces", "unix_socket_directories"];

    /// <summary>Makes it, all of it or nothing.</summary>
    public static async Task Create(NpgsqlLogIn master, UserPair users, string passwordLiteral, CancellationToken cancel)
    {
        await master.Execute("BEGIN", cancel);
        var attributes = await Attributes(master, users.Original, cancel);
        await master.Execute(
            $"CREATE ROLE {NpgsqlLogIn.Identifier(users.Clone)} LOGIN{attributes} PASSWORD {passwordLiteral} IN ROLE {NpgsqlLogIn.Identifier(users.Original)}", cancel);
        var settings = await Settings(master, users.Original, cancel);
        if (!settings.Any(s => s.Name == "role"))
            settings.Add(new Setting(Database: null, "role", users.Original));
        foreach (var setting in settings)
            await Apply(master, users.Clone, setting, cancel);
        await master.Execute("COMMIT", cancel);
    }

    /// <summary>The settings of a role (ALTER ROLE … SET), for all databases and for single ones.</summary>
    public static async Task<List<Setting>> Settings(NpgsqlLogIn logIn, string role, CancellationToken cancel)
    {
        await using var command = logIn.Command("""
            SELECT d.datname::text, s.setting
            FROM (SELECT setdatabase, setrole, pg_catalog.unnest(setconfig) AS setting FROM pg_catalog.pg_db_role_setting) s
            JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
            LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
            WHERE r.rolname = $1
            ORDER BY 1 NULLS FIRST, 2
            """, role);
        var settings = new List<Setting>();
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            var text = reader.GetString(1);
            var end = text.IndexOf('=', StringComparison.Ordinal);
            settings.Add(new Setting(await reader.IsDBNullAsync(0, cancel) ? null : reader.GetString(0), text[..end], text[(end + 1)..]));
        }

        return settings;
    }

    /// <summary>
    /// What <c>ALTER ROLE … SET name TO</c> is followed by, so that the stored text becomes the same; null where <paramref name="literal"/> knows no
    /// way to write it.
    /// </summary>
    internal static string? ValueOf(Setting setting, Func<string, string?> literal)
    {
        if (!s_lists.Contains(setting.Name, StringComparer.OrdinalIgnoreCase) || setting.Value.Length == 0)
            return literal(setting.Value);
        var elements = Elements(setting.Value).ConvertAll(e => literal(e));
        return elements.Contains(null) ? null : string.Join(", ", elements);
    }

    private static async Task<string> Attributes(NpgsqlLogIn logIn, string role, CancellationToken cancel)
    {
        await using var command = logIn.Command("""
            SELECT rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolconnlimit, rolvaliduntil::text
            FROM pg_catalog.pg_roles WHERE rolname = $1
            """, role);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        if (!await reader.ReadAsync(cancel))
            throw new RotationException($"The role {role} was dropped meanwhile. Create it and rotate again.");
        var text = new StringBuilder();
        // What a role has not is what a new one has not; to name it takes the right to give it, on some servers.
        Append(reader.GetBoolean(0), " SUPERUSER");
        Append(!reader.GetBoolean(1), " NOINHERIT");
        Append(reader.GetBoolean(2), " CREATEROLE");
        Append(reader.GetBoolean(3), " CREATEDB");
        Append(reader.GetBoolean(4), " REPLICATION");
        Append(reader.GetBoolean(5), " BYPASSRLS");
        Append(reader.GetInt32(6) >= 0, string.Create(CultureInfo.InvariantCulture, $" CONNECTION LIMIT {reader.GetInt32(6)}"));
        if (!await reader.IsDBNullAsync(7, cancel))
            text.Append(" VALID UNTIL ").Append(PostgreSqlSession.Literal(reader.GetString(7)));
        return text.ToString();

        void Append(bool has, string attribute) => text.Append(has ? attribute : "");
    }

    /// <summary>One that only a superuser may set is left out; the comparison of the two users tells.</summary>
    private static async Task Apply(NpgsqlLogIn master, string clone, Setting setting, CancellationToken cancel)
    {
        var where = setting.Database is null ? "" : $" IN DATABASE {NpgsqlLogIn.Identifier(setting.Database)}";
        await master.Execute("SAVEPOINT setting", cancel);
        try
        {
            // Names of settings have a dot where an extension made them: each part is a name.
            var name = string.Join('.', setting.Name.Split('.').Select(NpgsqlLogIn.Identifier));
            await master.Execute($"ALTER ROLE {NpgsqlLogIn.Identifier(clone)}{where} SET {name} TO {ValueOf(setting, PostgreSqlSession.Literal)}", cancel);
        }
        catch (Npgsql.PostgresException refused) when (refused.SqlState == Npgsql.PostgresErrorCodes.InsufficientPrivilege)
        {
            await master.Execute("ROLLBACK TO SAVEPOINT setting", cancel);
        }
    }

    /// <summary>The names of a list such as <c>"$user", public, "b""c"</c>.</summary>
    private static List<string> Elements(string list)
    {
        var elements = new List<string>();
        var at = 0;
        while (at < list.Length)
        {
            if (list[at] is ' ' or ',')
            {
                at++;
                continue;
            }

            var element = new StringBuilder();
            if (list[at] == '"')
            {
                for (at++; at < list.Length; at++)
                {
                    if (list[at] != '"')
                        element.Append(list[at]);
                    else if (at + 1 < list.Length && list[at + 1] == '"')
                        element.Append(list[++at]);
                    else
                        break;
                }

                at++;
            }
            else
            {
                for (; at < list.Length && list[at] is not ',' and not ' '; at++)
                    element.Append(list[at]);
            }

            elements.Add(element.ToString());
        }

        return elements;
    }

    /// <summary>A setting of a role.</summary>
    /// <param name="Database">For sessions in this database; null for all.</param>
    /// <param name="Name">The parameter.</param>
    /// <param name="Value">As the server stores it.</param>
    internal sealed record Setting(string? Database, string Name, string Value);
}
