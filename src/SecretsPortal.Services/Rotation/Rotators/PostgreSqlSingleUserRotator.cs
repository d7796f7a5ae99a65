using System.Net.Sockets;
using System.Text;
using Npgsql;
using SecretsPortal.Core.Crypto;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>Gives a PostgreSQL login role a new password, with the role's own rights.</summary>
internal sealed class PostgreSqlSingleUserRotator(FillRandom random) : IRotator
{
    private const int DefaultPort = 5432;
    private const string DefaultDatabase = "postgres";
    private const int ConnectSeconds = 10;
    private const int CommandSeconds = 20;
    private const int SaltSize = 16;

    // MD5 for servers that keep no SCRAM verifiers: that was the default before PostgreSQL 14.
    private const string HashedAuthentication = "ScramSHA256,MD5";

    // As the service's own function: characters that connection strings, URLs and shells trip over.
    private static readonly RandomPasswordOptions s_password = new() { Length = 32, ExcludeCharacters = "/@\"'\\:" };

    /// <inheritdoc/>
    public IReadOnlyList<string> FunctionNames => ["SecretsManagerRDSPostgreSQLRotationSingleUser"];

    /// <inheritdoc/>
    public bool Serves(SecretValue current) => SecretContent.Of(current).Engine is "postgres" or "aurora-postgresql";

    /// <inheritdoc/>
    public SecretValue Create(RotationValues values)
    {
        Parse(values.Current);
        return DatabaseCredential.WithPassword(values.Current, RandomPassword.Generate(s_password, random));
    }

    /// <inheritdoc/>
    public async Task<string> Set(RotationValues values, CancellationToken cancel)
    {
        var pending = Parse(values.NewValue);
        var current = Parse(values.Current);
        if (!IsSameRole(pending, current))
            throw new RotationException(
                "The new version names another host, port or user than AWSCURRENT. Rotation changes the password alone: put the new place by hand, then rotate.", isFinal: true);
        await using (var connection = await LogIn(pending, cancel))
            if (connection is not null)
                return $"{Place(pending)} has the new password already.";
        foreach (var known in Candidates(values, current))
        {
            await using var connection = await LogIn(known, cancel);
            if (connection is null)
                continue;
            await SetPassword(connection, pending, cancel);
            return $"{Place(pending)} got the new password.";
        }

        throw new RotationException(
            $"{Place(current)} accepts none of the passwords in AWSPENDING, AWSCURRENT and AWSPREVIOUS. Put the password that works into the secret, or reset the role's password, then rotate again.");
    }

    /// <inheritdoc/>
    public async Task<string> Test(SecretValue value, CancellationToken cancel)
    {
        var credential = Parse(value);
        await using var connection = await LogIn(credential, cancel)
            ?? throw new RotationException($"{Place(credential)} refuses the password. Put the password that works into the secret, or reset the role's password, then rotate again.");
        await using var command = new NpgsqlCommand("SELECT 1", connection);
        await Guarded(credential, async () => await command.ExecuteScalarAsync(cancel));
        return $"{Place(credential)} accepts the password.";
    }

    /// <inheritdoc/>
    public async Task<bool> IsAccepted(SecretValue value, CancellationToken cancel)
    {
        await using var connection = await LogIn(Parse(value), cancel);
        return connection is not null;
    }

    /// <inheritdoc/>
    public async Task<PreflightReport> Check(RotationValues values, CancellationToken cancel)
    {
        try
        {
            return new PreflightReport([new PreflightFinding(PreflightCheck.LogIn, PreflightState.Passed, await Test(values.Current, cancel))]);
        }
        catch (RotationException fault)
        {
            return new PreflightReport([new PreflightFinding(PreflightCheck.LogIn, PreflightState.Failed, fault.Message)]);
        }
    }

    private static IEnumerable<DatabaseCredential> Candidates(RotationValues values, DatabaseCredential current)
    {
        yield return current;
        foreach (var other in values.Others)
            if (TryParse(other) is { } credential && IsSameRole(credential, current))
                yield return credential;
    }

    private static DatabaseCredential? TryParse(SecretValue value)
    {
        try
        {
            return Parse(value);
        }
        catch (RotationException)
        {
            // An older version may have held something else.
            return null;
        }
    }

    private static DatabaseCredential Parse(SecretValue value) => DatabaseCredential.Parse(value, DefaultPort, DefaultDatabase);

    private static bool IsSameRole(DatabaseCredential a, DatabaseCredential b) =>
        string.Equals(a.Host, b.Host, StringComparison.OrdinalIgnoreCase) && a.Port == b.Port && a.Username == b.Username;

    /// <summary>A connection; null where the server refuses the password; any other fault as a <see cref="RotationException"/>.</summary>
    private static async Task<NpgsqlConnection?> LogIn(DatabaseCredential credential, CancellationToken cancel)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = credential.Host,
            Port = credential.Port,
            Username = credential.Username,
            Password = credential.Password.Reveal(),
            Database = credential.Database,
            // Never Prefer: that would fall back to plain text without a word.
            SslMode = credential.UsesTls ? SslMode.Require : SslMode.Disable,
            // Whoever stands in for the server gets no password in the clear: the driver would hand it to all who ask.
            RequireAuth = HashedAuthentication,
            GssEncryptionMode = GssEncryptionMode.Disable,
            Pooling = false,
            Timeout = ConnectSeconds,
            CommandTimeout = CommandSeconds,
            ApplicationName = "Secrets Portal rotation",
        }.ConnectionString);
        // The driver does not listen to cancellation while it waits for the server's answer to the password.
        var opening = Guarded(credential, () => connection.OpenAsync(cancel));
        try
        {
            await opening.WaitAsync(cancel);
            return connection;
        }
        catch (PasswordRefusedException)
        {
            await connection.DisposeAsync();
            return null;
        }
        catch
        {
            _ = DisposeAfter(opening, connection);
            throw;
        }
    }

    private static async Task DisposeAfter(Task opening, NpgsqlConnection connection)
    {
        await opening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await connection.DisposeAsync();
    }

    private async Task SetPassword(NpgsqlConnection connection, DatabaseCredential pending, CancellationToken cancel)
    {
        await Guarded(pending, async () =>
        {
            await using var ask = new NpgsqlCommand("SHOW password_encryption", connection);
            var takesVerifier = await ask.ExecuteScalarAsync(cancel) is "scram-sha-256";
            // ALTER USER takes no parameters, so both parts are quoted here.
#pragma warning disable CA2100
            await using var command = new NpgsqlCommand(
                $"ALTER USER {Identifier(pending.Username)} WITH PASSWORD {Literal(takesVerifier ? Verifier(pending.Password) : pending.Password.Reveal())}", connection);
#pragma warning restore CA2100
            await command.ExecuteNonQueryAsync(cancel);
        });
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

    private static string Identifier(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    // E'' means the same whatever standard_conforming_strings says.
    private static string Literal(string text) =>
        $"E'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Place(DatabaseCredential credential) => $"PostgreSQL at {credential.Host}:{credential.Port} (role {credential.Username})";

    /// <summary>Turns the driver's faults into words; they never quote the statement, which holds the password.</summary>
    private static async Task Guarded(DatabaseCredential credential, Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (PostgresException fault)
        {
            throw fault.SqlState switch
            {
                PostgresErrorCodes.InvalidPassword => new PasswordRefusedException(),
                // Says nothing about the password: the server never looked at it.
                PostgresErrorCodes.InvalidAuthorizationSpecification => new RotationException(
                    $"{Place(credential)} does not let the role in. Check that the role may log in, and that pg_hba.conf lets it in from this portal."),
                PostgresErrorCodes.InvalidCatalogName => new RotationException($"{Place(credential)} has no database {credential.Database}. Correct \"dbname\" in the secret's value."),
                PostgresErrorCodes.InsufficientPrivilege => new RotationException($"{Place(credential)} does not let the role change its own password. Grant it that right."),
                PostgresErrorCodes.TooManyConnections => new RotationException($"{Place(credential)} has no connection free. Raise its limit or wait."),
                _ => new RotationException($"{Place(credential)} answered with the error {fault.SqlState}. The server's log has more."),
            };
        }
        catch (NpgsqlException fault) when (IsAboutAuthentication(fault))
        {
            throw new RotationException($"{Place(credential)} asks for no password, or wants it in the clear. Give the role scram-sha-256 in pg_hba.conf.");
        }
        catch (NpgsqlException fault) when (fault.InnerException is SocketException or TimeoutException or null && !IsAboutTls(fault))
        {
            throw new RotationException($"{Place(credential)} can't be reached or does not answer in {ConnectSeconds} seconds. Check \"host\" and \"port\" in the secret's value, and the network.");
        }
        catch (NpgsqlException)
        {
            throw new RotationException(credential.UsesTls
                ? $"{Place(credential)} can't be spoken to over TLS. Switch TLS on there, or put \"ssl\": false into the secret's value to allow plain text."
                : $"{Place(credential)} broke the connection. If it wants TLS, take \"ssl\": false out of the secret's value.");
        }
        catch (SocketException)
        {
            throw new RotationException($"{Place(credential)} can't be reached. Check \"host\" and \"port\" in the secret's value, and the network.");
        }
        catch (TimeoutException)
        {
            throw new RotationException($"{Place(credential)} does not answer in {ConnectSeconds} seconds. Check \"host\" and \"port\" in the secret's value, and the network.");
        }
    }

    private static bool IsAboutAuthentication(NpgsqlException fault) => fault.Message.Contains("authentication method", StringComparison.OrdinalIgnoreCase);

    private static bool IsAboutTls(NpgsqlException fault) => fault.Message.Contains("SSL", StringComparison.OrdinalIgnoreCase);

    private sealed class PasswordRefusedException : Exception;
}
