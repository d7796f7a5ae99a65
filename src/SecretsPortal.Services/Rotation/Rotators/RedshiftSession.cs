using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>
/// A user's log-in to Redshift. Its catalog is that of PostgreSQL 8.0 with views of its own: what is asked here exists in both, but for the roles
/// of Redshift, which are asked for only where their view is. A clone gets the original's groups, roles and settings, and then those rights on the
/// databases, and on the schemas and tables of this one, that it still lacks.
/// </summary>
internal sealed class RedshiftSession(NpgsqlTarget target, NpgsqlLogIn logIn, DatabaseCredential credential, IDatabaseEngine engine) : IDatabaseSession
{
    private const int Examples = 3;

    // Functions can be compared, but a procedure is granted by another word and the catalog does not tell which is which.
    private const string Functions = "FUNCTION";

    private string Place => credential.Place(engine);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => logIn.DisposeAsync();

    /// <inheritdoc/>
    public Task Ping(CancellationToken cancel) => Guarded(() => logIn.Scalar("SELECT 1", cancel));

    /// <inheritdoc/>
    public Task SetOwnPassword(SecretText password, CancellationToken cancel) => SetPassword(credential.Username, password, cancel);

    /// <inheritdoc/>
    public Task<PreflightFinding> CheckOwnPassword(CancellationToken cancel) =>
        Task.FromResult(Privileges(PreflightState.Passed, $"{Place} may change its own password, as every user with one may."));

    /// <inheritdoc/>
    public Task SetPassword(string user, SecretText password, CancellationToken cancel) =>
        Guarded(() => logIn.Execute($"ALTER USER {NpgsqlLogIn.Identifier(user)} PASSWORD '{Hash(user, password)}'", cancel));

    /// <inheritdoc/>
    public async Task<CloneState> FindClone(UserPair users, CancellationToken cancel)
    {
        var (original, clone) = await Attributes(users, cancel);
        return (original, clone) switch
        {
            (null, _) => CloneState.NoOriginal,
            (_, null) => CloneState.NoClone,
            // Nothing ties a clone to its original here, so the one thing that is certain: no superuser is the clone of a user who is none.
            _ => original.IsSuperuser == clone.IsSuperuser ? CloneState.Both : CloneState.Unrelated,
        };
    }

    /// <inheritdoc/>
    public Task CreateClone(UserPair users, SecretText password, CancellationToken cancel) => Guarded(async () =>
    {
        var (original, _) = await Attributes(users, cancel);
        if (original is null)
            throw new RotationException($"The user {users.Original} was dropped meanwhile. Create it and rotate again.");
        var clone = NpgsqlLogIn.Identifier(users.Clone);
        await logIn.Execute("BEGIN", cancel);
        await logIn.Execute(
            $"CREATE USER {clone} PASSWORD '{Hash(users.Clone, password)}'{(original.MayCreateDatabases ? " CREATEDB" : "")}{(original.IsSuperuser ? " CREATEUSER" : "")}{(original.ValidUntil is { } until ? $" VALID UNTIL '{until}'" : "")}", cancel);
        foreach (var group in await Groups(users.Original, cancel))
            await logIn.Execute($"ALTER GROUP {NpgsqlLogIn.Identifier(group)} ADD USER {clone}", cancel);
        foreach (var role in await Roles(users.Original, cancel))
            await logIn.Execute($"GRANT ROLE {NpgsqlLogIn.Identifier(role)} TO {clone}", cancel);
        foreach (var setting in Settings(original))
            if (PostgreSqlClone.ValueOf(setting, Literal) is { } value)
                await logIn.Execute($"ALTER USER {clone} SET {NpgsqlLogIn.Identifier(setting.Name)} TO {value}", cancel);
        foreach (var right in await Rights(users, cancel))
            if (right.IsOfOriginal && right.Kind != Functions)
                await logIn.Execute($"GRANT {right.Privilege} ON {right.Kind} {right.Thing} TO {clone}", cancel);
        await logIn.Execute("COMMIT", cancel);
    });

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> CompareUsers(UserPair users, CancellationToken cancel)
    {
        var sentences = new List<string>();
        await Guarded(async () =>
        {
            var (original, clone) = await Attributes(users, cancel);
            if (original is null || clone is null)
                return;
            CompareAttributes(users, original, clone, sentences);
            Differences("setting", users, [.. Settings(original).Select(static s => $"{s.Name}={s.Value}")], [.. Settings(clone).Select(static s => $"{s.Name}={s.Value}")], "ALTER USER … SET or RESET", sentences,
                static setting => setting.Split('=')[0]);
            Differences("group", users, await Groups(users.Original, cancel), await Groups(users.Clone, cancel), "ALTER GROUP … ADD USER or DROP USER", sentences);
            Differences("role", users, await Roles(users.Original, cancel), await Roles(users.Clone, cancel), "GRANT ROLE or REVOKE ROLE", sentences);
            if (!original.IsSuperuser)
                CompareRights(users, await Rights(users, cancel), sentences);
            await CompareOwnership(users, sentences, cancel);
        });
        return sentences;
    }

    /// <inheritdoc/>
    public async Task<PreflightFinding> CheckMaster(UserPair users, CloneState state, CancellationToken cancel)
    {
        var isSuperuser = false;
        string? late = null;
        await Guarded(async () =>
        {
            isSuperuser = await logIn.Scalar("SELECT usesuper FROM pg_user WHERE usename = current_user", cancel) is true;
            await using var command = logIn.Command(
                "SELECT usename FROM pg_user WHERE (usename = $1 OR usename = $2) AND CAST(valuntil AS timestamp) <= CAST(current_timestamp AS timestamp) ORDER BY usename", users.Original, users.Clone);
            late = await command.ExecuteScalarAsync(cancel) as string;
        });
        return late is not null ? Privileges(PreflightState.Failed, $"The user {late} is past its VALID UNTIL: run ALTER USER … VALID UNTIL for it.")
            : isSuperuser ? Privileges(PreflightState.Passed, $"{Place} is a superuser.")
            : Privileges(PreflightState.Warning,
                $"{Place} is no superuser. That is enough only where a role gives it CREATE USER and ALTER USER, and where it may grant what {users.Original} has: if in doubt, name a master secret of a superuser.");
    }

    private static PreflightFinding Privileges(PreflightState state, string message) => new(PreflightCheck.Privileges, state, message);

    /// <summary>
    /// Redshift's own form of a password, which keeps it out of the server's log: md5 and the hash of password and user name. The name is the one
    /// that the secret has, with which clients make the same hash.
    /// </summary>
#pragma warning disable CA5351 // The server's format, not ours.
    private static string Hash(string user, SecretText password) => $"md5{Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(password.Reveal() + user)))}";
#pragma warning restore CA5351

    /// <summary>A text in quotes; null where it has a backslash, which stands for itself or not, as the server is set.</summary>
    private static string? Literal(string text) => text.Contains('\\', StringComparison.Ordinal) ? null : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static IEnumerable<PostgreSqlClone.Setting> Settings(User user) => user.Settings.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(static s => s.Split('=', 2)).Where(static s => s.Length == 2).Select(static s => new PostgreSqlClone.Setting(Database: null, s[0], s[1]));

    private static void CompareAttributes(UserPair users, User original, User clone, List<string> sentences)
    {
        if (original.MayCreateDatabases != clone.MayCreateDatabases)
            sentences.Add($"{(original.MayCreateDatabases ? users.Original : users.Clone)} has the attribute CREATEDB, the other one has not: ALTER USER … CREATEDB or NOCREATEDB makes them alike.");
        if (original.ValidUntil != clone.ValidUntil)
            sentences.Add($"{users.Clone} is valid until {clone.ValidUntil ?? "infinity"}, {users.Original} until {original.ValidUntil ?? "infinity"}: ALTER USER … VALID UNTIL makes them alike.");
    }

    private static void Differences(
        string what, UserPair users, IReadOnlyList<string> original, IReadOnlyList<string> clone, string remedy, List<string> sentences, Func<string, string>? shown = null)
    {
        Add(users.Clone, [.. original.Except(clone, StringComparer.Ordinal)]);
        Add(users.Original, [.. clone.Except(original, StringComparer.Ordinal)]);

        void Add(string user, List<string> lacking)
        {
            if (lacking.Count > 0)
                sentences.Add($"{user} lacks the {what}{(lacking.Count == 1 ? "" : "s")} {string.Join(", ", lacking.Select(shown ?? (static l => l)))} of the other one: {remedy} makes them alike.");
        }
    }

    private static void CompareRights(UserPair users, List<Right> rights, List<string> sentences)
    {
        foreach (var (user, lacking) in new[] { (users.Clone, rights.Where(r => r.IsOfOriginal).ToList()), (users.Original, rights.Where(r => !r.IsOfOriginal).ToList()) })
        {
            if (lacking.Count == 0)
                continue;
            var examples = string.Join(", ", lacking.Take(Examples).Select(static r => $"{r.Privilege} ON {r.Kind} {r.Thing}"));
            var more = lacking.Count > Examples ? string.Create(CultureInfo.InvariantCulture, $" and {lacking.Count - Examples} more") : "";
            sentences.Add($"{user} lacks {examples}{more}, which the other one has: GRANT … TO {user} gives it.");
        }
    }

    private async Task CompareOwnership(UserPair users, List<string> sentences, CancellationToken cancel)
    {
        foreach (var (user, other) in new[] { (users.Original, users.Clone), (users.Clone, users.Original) })
        {
            await using var command = logIn.Command(
                "SELECT COUNT(*) FROM pg_class c JOIN pg_user u ON u.usesysid = c.relowner WHERE u.usename = $1 AND c.relkind IN ('r', 'v')", user);
            if (await command.ExecuteScalarAsync(cancel) is long and > 0)
                sentences.Add($"{user} owns tables or views of this database, which {other} can use but not change: ALTER TABLE … OWNER TO gives them to a user who is not rotated.");
        }
    }

    private Task Guarded(Func<Task> act) => target.Guarded(credential, act);

    private async Task<(User? Original, User? Clone)> Attributes(UserPair users, CancellationToken cancel)
    {
        User? original = null, clone = null;
        await Guarded(async () =>
        {
            await using var command = logIn.Command("""
                SELECT usename = $1, usesuper, usecreatedb, CAST(CAST(valuntil AS timestamp) AS varchar), COALESCE(array_to_string(useconfig, chr(10)), '')
                FROM pg_user WHERE usename = $1 OR usename = $2
                """, users.Original, users.Clone);
            await using var reader = await command.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
            {
                var until = await reader.IsDBNullAsync(3, cancel) ? null : reader.GetString(3);
                var user = new User(reader.GetBoolean(1), reader.GetBoolean(2), until is null or "infinity" ? null : until, reader.GetString(4));
                if (reader.GetBoolean(0))
                    original = user;
                else
                    clone = user;
            }
        });
        return (original, clone);
    }

    private Task<List<string>> Groups(string user, CancellationToken cancel) => Texts(
        "SELECT g.groname FROM pg_group g, pg_user u WHERE u.usename = $1 AND u.usesysid = ANY (g.grolist) ORDER BY g.groname", user, cancel);

    private async Task<List<string>> Roles(string user, CancellationToken cancel) =>
        await KnowsRoles(cancel) ? await Texts("SELECT role_name FROM svv_user_grants WHERE user_name = $1 ORDER BY role_name", user, cancel) : [];

    private async Task<bool> KnowsRoles(CancellationToken cancel) =>
        await logIn.Scalar("SELECT COUNT(*) FROM pg_class WHERE relname = 'svv_user_grants'", cancel) is long and > 0;

    /// <summary>The rights that one of the two has and the other has not, by whichever way.</summary>
    private async Task<List<Right>> Rights(UserPair users, CancellationToken cancel)
    {
        // DROP is Redshift's own, and as old as its roles.
        var privileges = new List<string> { "SELECT", "INSERT", "UPDATE", "DELETE", "REFERENCES" };
        if (await KnowsRoles(cancel))
            privileges.Add("DROP");
        var ofTables = string.Join(" UNION ALL ", privileges.Select(static p => $"SELECT CAST('{p}' AS varchar) AS privilege"));
        await using var command = logIn.Command($"""
            SELECT privilege, kind, thing, original FROM (
                SELECT p.privilege AS privilege, CAST('DATABASE' AS varchar) AS kind, quote_ident(CAST(d.datname AS varchar)) AS thing,
                    has_database_privilege(o.usename, d.oid, p.privilege) AS original, has_database_privilege(c.usename, d.oid, p.privilege) AS clone
                FROM pg_database d, pg_user o, pg_user c, (SELECT CAST('CREATE' AS varchar) AS privilege UNION ALL SELECT CAST('TEMPORARY' AS varchar) AS privilege) p
                WHERE o.usename = $1 AND c.usename = $2 AND d.datallowconn
                UNION ALL
                SELECT p.privilege, CAST('SCHEMA' AS varchar), quote_ident(CAST(n.nspname AS varchar)),
                    has_schema_privilege(o.usename, n.oid, p.privilege), has_schema_privilege(c.usename, n.oid, p.privilege)
                FROM pg_namespace n, pg_user o, pg_user c, (SELECT CAST('CREATE' AS varchar) AS privilege UNION ALL SELECT CAST('USAGE' AS varchar) AS privilege) p
                WHERE o.usename = $1 AND c.usename = $2 AND SUBSTRING(n.nspname, 1, 3) <> 'pg_'
                UNION ALL
                SELECT p.privilege, CAST('TABLE' AS varchar), quote_ident(CAST(n.nspname AS varchar)) || '.' || quote_ident(CAST(t.relname AS varchar)),
                    has_table_privilege(o.usename, t.oid, p.privilege), has_table_privilege(c.usename, t.oid, p.privilege)
                FROM pg_class t, pg_namespace n, pg_user o, pg_user c, ({ofTables}) p
                WHERE n.oid = t.relnamespace AND t.relkind IN ('r', 'v') AND o.usename = $1 AND c.usename = $2 AND SUBSTRING(n.nspname, 1, 3) <> 'pg_'
                UNION ALL
                SELECT CAST('EXECUTE' AS varchar), CAST('{Functions}' AS varchar),
                    quote_ident(CAST(n.nspname AS varchar)) || '.' || quote_ident(CAST(f.proname AS varchar)) || '(' || oidvectortypes(f.proargtypes) || ')',
                    has_function_privilege(o.usename, f.oid, 'EXECUTE'), has_function_privilege(c.usename, f.oid, 'EXECUTE')
                FROM pg_proc f, pg_namespace n, pg_user o, pg_user c
                WHERE n.oid = f.pronamespace AND o.usename = $1 AND c.usename = $2 AND SUBSTRING(n.nspname, 1, 3) <> 'pg_') AS r
            WHERE original <> clone ORDER BY kind, thing, privilege
            """, users.Original, users.Clone);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rights = new List<Right>();
        while (await reader.ReadAsync(cancel))
            rights.Add(new Right(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetBoolean(3)));
        return rights;
    }

    private async Task<List<string>> Texts(string sql, string user, CancellationToken cancel)
    {
        await using var command = logIn.Command(sql, user);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        var texts = new List<string>();
        while (await reader.ReadAsync(cancel))
            texts.Add(reader.GetString(0));
        return texts;
    }

    private sealed record User(bool IsSuperuser, bool MayCreateDatabases, string? ValidUntil, string Settings);

    private sealed record Right(string Privilege, string Kind, string Thing, bool IsOfOriginal);
}
