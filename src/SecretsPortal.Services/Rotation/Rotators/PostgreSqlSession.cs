using System.Text;
using SecretsPortal.Core.Crypto;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>A role's log-in to PostgreSQL.</summary>
internal sealed class PostgreSqlSession(
    NpgsqlTarget target, NpgsqlLogIn logIn, DatabaseCredential credential, IDatabaseEngine engine, FillRandom random) : IDatabaseSession
{
    private const int SaltSize = 16;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => logIn.DisposeAsync();

    /// <inheritdoc/>
    public Task Ping(CancellationToken cancel) => Guarded(() => logIn.Scalar("SELECT 1", cancel));

    /// <inheritdoc/>
    public Task SetOwnPassword(SecretText password, CancellationToken cancel) => Guarded(async () =>
    {
        // ALTER ROLE … SET role may have made the session another role's.
        await logIn.Execute("SET ROLE NONE", cancel);
        await AlterPassword(credential.Username, password, cancel);
    });

    /// <inheritdoc/>
    public async Task<PreflightFinding> CheckOwnPassword(CancellationToken cancel)
    {
        var isReplica = false;
        await Guarded(async () => isReplica = await logIn.Scalar("SELECT pg_is_in_recovery()", cancel) is true);
        return isReplica
            ? Privileges(PreflightState.Failed, $"{Place} is a read-only replica. Put the host of the primary into \"host\".")
            : Privileges(PreflightState.Passed, $"{Place} may change its own password, as every role may.");
    }

    /// <inheritdoc/>
    public async Task<CloneState> FindClone(UserPair users, CancellationToken cancel)
    {
        // Not pg_has_role: that counts every superuser as a member of everything.
        const string Sql = """
            WITH RECURSIVE held (role) AS (
                SELECT c.oid FROM pg_catalog.pg_roles c WHERE c.rolname = $2
                UNION
                SELECT m.roleid FROM pg_catalog.pg_auth_members m JOIN held ON m.member = held.role)
            SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $1),
                   EXISTS (SELECT FROM held),
                   EXISTS (SELECT FROM held JOIN pg_catalog.pg_roles o ON o.oid = held.role WHERE o.rolname = $1)
            """;
        var state = CloneState.Unrelated;
        await Guarded(async () =>
        {
            await using var command = logIn.Command(Sql, users.Original, users.Clone);
            await using var reader = await command.ExecuteReaderAsync(cancel);
            await reader.ReadAsync(cancel);
            state = (reader.GetBoolean(0), reader.GetBoolean(1), reader.GetBoolean(2)) switch
            {
                (false, _, _) => CloneState.NoOriginal,
                (true, false, _) => CloneState.NoClone,
                (true, true, true) => CloneState.Both,
                _ => CloneState.Unrelated,
            };
        });
        return state;
    }

    /// <inheritdoc/>
    public Task CreateClone(UserPair users, SecretText password, CancellationToken cancel) =>
        Guarded(async () =>
        {
            await AllowWriting(cancel);
            await PostgreSqlClone.Create(logIn, users, await PasswordLiteral(password, cancel), cancel);
        });

    /// <inheritdoc/>
    public Task SetPassword(string user, SecretText password, CancellationToken cancel) => Guarded(() => AlterPassword(user, password, cancel));

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> CompareUsers(UserPair users, CancellationToken cancel)
    {
        IReadOnlyList<string> differences = [];
        await Guarded(async () => differences = await PostgreSqlComparison.Compare(logIn, users, cancel));
        return differences;
    }

    /// <inheritdoc/>
    public async Task<PreflightFinding> CheckMaster(UserPair users, CloneState state, CancellationToken cancel)
    {
        string? fault = null;
        await Guarded(async () => fault = await MasterFault(users, cancel));
        return fault is null
            ? Privileges(PreflightState.Passed, $"{Place} may change the passwords of both users{(state == CloneState.NoClone ? ", and make the clone" : "")}.")
            : Privileges(PreflightState.Failed, fault);
    }

    /// <summary>The first right that is missing; null where none is.</summary>
    private async Task<string?> MasterFault(UserPair users, CancellationToken cancel)
    {
        // The server's own rules: until version 15 CREATEROLE is enough for every role that is not special, from 16 on it takes ADMIN OPTION on each.
        const string Sql = """
            SELECT pg_catalog.pg_is_in_recovery(), m.rolsuper, m.rolcreaterole,
                   pg_catalog.bool_or(r.rolsuper), pg_catalog.bool_or(r.rolreplication AND NOT (v.isnew AND m.rolreplication)),
                   pg_catalog.bool_or(r.rolbypassrls AND NOT (v.isnew AND m.rolbypassrls)), pg_catalog.bool_or(r.rolcreatedb AND v.isnew AND NOT m.rolcreatedb),
                   pg_catalog.min(r.rolname::text) FILTER (WHERE v.isnew AND NOT pg_catalog.pg_has_role(m.oid, r.oid, 'MEMBER WITH ADMIN OPTION')),
                   pg_catalog.min(r.rolname::text) FILTER (WHERE NOT r.rolcanlogin),
                   pg_catalog.min(r.rolname::text) FILTER (WHERE r.rolvaliduntil <= pg_catalog.now())
            FROM pg_catalog.pg_roles m, pg_catalog.pg_roles r,
                 (SELECT pg_catalog.current_setting('server_version_num')::int >= 160000 AS isnew) v
            WHERE m.rolname = CURRENT_USER AND r.rolname IN ($1, $2)
            GROUP BY m.rolsuper, m.rolcreaterole
            """;
        await using var command = logIn.Command(Sql, users.Original, users.Clone);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        if (!await reader.ReadAsync(cancel))
            return null;
        if (reader.GetBoolean(0))
            throw NpgsqlTarget.ReadOnly(Place);
        if (!await reader.IsDBNullAsync(8, cancel))
            return $"The role {reader.GetString(8)} may not log in: run ALTER ROLE … LOGIN for it.";
        if (!await reader.IsDBNullAsync(9, cancel))
            return $"The role {reader.GetString(9)} is past its VALID UNTIL: run ALTER ROLE … VALID UNTIL for it.";
        if (reader.GetBoolean(1))
            return null;
        if (!reader.GetBoolean(2))
            return $"{Place} has no right to create roles: run ALTER ROLE … CREATEROLE for it, or name another master secret.";
        string[] attributes = ["SUPERUSER", "REPLICATION", "BYPASSRLS", "CREATEDB"];
        for (var i = 0; i < attributes.Length; i++)
            if (reader.GetBoolean(3 + i))
                return $"{Place} may not manage a role with the attribute {attributes[i]}, as {users.Original} or {users.Clone} is: name a master secret of a superuser.";
        return await reader.IsDBNullAsync(7, cancel)
            ? null
            : $"{Place} lacks ADMIN OPTION on {reader.GetString(7)}: run GRANT … TO … WITH ADMIN OPTION, or name another master secret.";
    }

    private string Place => credential.Place(engine);

    private static PreflightFinding Privileges(PreflightState state, string message) => new(PreflightCheck.Privileges, state, message);

    private Task Guarded(Func<Task> act) => target.Guarded(credential, act);

    private async Task AlterPassword(string user, SecretText password, CancellationToken cancel)
    {
        await AllowWriting(cancel);
        await logIn.Execute($"ALTER USER {NpgsqlLogIn.Identifier(user)} WITH PASSWORD {await PasswordLiteral(password, cancel)}", cancel);
    }

    /// <summary>ALTER ROLE … SET default_transaction_read_only may have made the session one that only reads.</summary>
    private Task AllowWriting(CancellationToken cancel) => logIn.Execute("SET default_transaction_read_only = off", cancel);

    /// <summary>What the server is told: a verifier, so that its log does not get to know the password, where it keeps SCRAM verifiers.</summary>
    private async Task<string> PasswordLiteral(SecretText password, CancellationToken cancel)
    {
        var takesVerifier = await logIn.Scalar("SHOW password_encryption", cancel) is "scram-sha-256";
        return Literal(takesVerifier ? Verifier(password) : password.Reveal());
    }

    private string Verifier(SecretText password)
    {
        // A value that was put under AWSPENDING by hand may need SASLprep, which is the server's business then.
        if (!Ascii.IsValid(password.Reveal()))
            return password.Reveal();
        var salt = new byte[SaltSize];
        random(salt);
        return ScramVerifier.Of(password, salt);
    }

    /// <summary>A text in quotes: E'' means the same whatever standard_conforming_strings says.</summary>
    internal static string Literal(string text) =>
        $"E'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'";
}
