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
        // ALTER ROLE … SET may have made the session another role's, or one that only reads.
        await logIn.Execute("SET ROLE NONE", cancel);
        await logIn.Execute("SET default_transaction_read_only = off", cancel);
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
    public Task CreateClone(UserPair users, SecretText password, CancellationToken cancel) => Guarded(async () =>
        await logIn.Execute($"CREATE ROLE {NpgsqlLogIn.Identifier(users.Clone)} LOGIN IN ROLE {NpgsqlLogIn.Identifier(users.Original)} PASSWORD {await PasswordLiteral(password, cancel)}", cancel));

    /// <inheritdoc/>
    public Task SetPassword(string user, SecretText password, CancellationToken cancel) => Guarded(() => AlterPassword(user, password, cancel));

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> CompareUsers(UserPair users, CancellationToken cancel) => Task.FromResult<IReadOnlyList<string>>([]);

    /// <inheritdoc/>
    public Task<PreflightFinding> CheckMaster(UserPair users, CloneState state, CancellationToken cancel) =>
        Task.FromResult(Privileges(PreflightState.Passed, $"{Place} may."));

    private string Place => credential.Place(engine);

    private static PreflightFinding Privileges(PreflightState state, string message) => new(PreflightCheck.Privileges, state, message);

    private Task Guarded(Func<Task> act) => target.Guarded(credential, act);

    private async Task AlterPassword(string user, SecretText password, CancellationToken cancel) =>
        await logIn.Execute($"ALTER USER {NpgsqlLogIn.Identifier(user)} WITH PASSWORD {await PasswordLiteral(password, cancel)}", cancel);

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

    // E'' means the same whatever standard_conforming_strings says.
    private static string Literal(string text) =>
        $"E'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'";
}
