using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;
using SecretsPortal.Core.Rotation;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>
/// Connections to servers that speak PostgreSQL's protocol, and their faults in words. No message quotes a statement or what the server said,
/// which may quote one.
/// </summary>
internal sealed class NpgsqlTarget(IDatabaseEngine engine)
{
    private const int ConnectSeconds = 10;
    private const int CommandSeconds = 20;

    // MD5 for servers that keep no SCRAM verifiers: that was the default before PostgreSQL 14, and is Redshift's.
    private const string HashedAuthentication = "ScramSHA256,MD5";

    /// <summary>A log-in; null where the server refuses the password; any other fault as a <see cref="RotationException"/>.</summary>
    public async Task<NpgsqlLogIn?> LogIn(DatabaseCredential credential, CancellationToken cancel)
    {
        var certificate = new ServerCertificateCheck(credential);
        var source = DatabaseCredential.Taken(credential, one => Source(one, certificate));
        var connection = source.CreateConnection();
        var opened = new NpgsqlLogIn(source, connection);
        // The driver does not listen to cancellation while it waits for the server's answer to the password.
        var opening = Guarded(credential, () => Open(connection, opened, cancel), certificate);
        try
        {
            await opening.WaitAsync(cancel);
            return credential.Tls != TlsMode.Verified || certificate.Accepted ? opened : throw Tls($"{credential.Place(engine)} showed no certificate. Switch TLS on there.");
        }
        catch (PasswordRefusedException)
        {
            await opened.DisposeAsync();
            return null;
        }
        catch
        {
            _ = DisposeAfter(opening, opened);
            throw;
        }
    }

    /// <summary>Runs an act on a connection of this credential, with its faults turned into words.</summary>
    public Task Guarded(DatabaseCredential credential, Func<Task> act) => Guarded(credential, act, certificate: null);

    /// <summary>
    /// Names are looked up among the server's own only, before anything is asked: a database's owner may have had them looked up elsewhere (ALTER
    /// DATABASE … SET search_path), and operators and functions found there would run with the rights of the master.
    /// </summary>
    private static async Task Open(NpgsqlConnection connection, NpgsqlLogIn opened, CancellationToken cancel)
    {
        await connection.OpenAsync(cancel);
        await opened.Execute("SET search_path TO pg_catalog", cancel);
    }

    /// <summary>A source of its own for each log-in: the driver keeps the others, with their passwords, for as long as the process runs.</summary>
    private static NpgsqlDataSource Source(DatabaseCredential credential, ServerCertificateCheck certificate)
    {
        var builder = new NpgsqlSlimDataSourceBuilder(new NpgsqlConnectionStringBuilder
        {
            Host = credential.Host,
            Port = credential.Port,
            Username = credential.Username,
            Password = credential.Password.Reveal(),
            Database = credential.Database,
            SslMode = credential.Tls switch
            {
                // Never Prefer: that would fall back to plain text without a word. Who verifies in a callback may not ask the driver to do it, too.
                TlsMode.Verified or TlsMode.Unverified => SslMode.Require,
                _ => SslMode.Disable,
            },
            // Whoever stands in for the server gets no password in the clear: the driver would hand it to all who ask.
            RequireAuth = HashedAuthentication,
            GssEncryptionMode = GssEncryptionMode.Disable,
            Pooling = false,
            Timeout = ConnectSeconds,
            CommandTimeout = CommandSeconds,
            ApplicationName = "Secrets Portal rotation",
        }.ConnectionString);
        builder.EnableTransportSecurity();
        // The built-in types do; Redshift's catalog knows the others only in part.
        builder.ConfigureTypeLoading(static types => types.EnableTypeLoading(false));
        if (credential.Tls == TlsMode.Verified)
            builder.UseSslClientAuthenticationOptionsCallback(options => options.RemoteCertificateValidationCallback = certificate.Accept);
        return builder.Build();
    }

    private static async Task DisposeAfter(Task opening, NpgsqlLogIn opened)
    {
        await opening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await opened.DisposeAsync();
    }

    private async Task Guarded(DatabaseCredential credential, Func<Task> act, ServerCertificateCheck? certificate)
    {
        var place = credential.Place(engine);
        try
        {
            await act();
        }
        catch (PostgresException fault)
        {
            throw Answered(fault, credential, place, isLogIn: certificate is not null);
        }
        catch (NpgsqlException) when (certificate?.Refusal is not null)
        {
            throw Tls($"{place} shows a certificate that is not trusted: {certificate.Refusal}.");
        }
        catch (NpgsqlException fault) when (Says(fault, "authentication method"))
        {
            throw new RotationException($"{place} asks for no password, or wants it in the clear. Give the user scram-sha-256 in pg_hba.conf.", isFinal: true);
        }
        catch (NotSupportedException) when (certificate is not null)
        {
            throw new RotationException($"{place} asks for a kind of log-in that is not spoken here. Give the user a password that the server keeps as scram-sha-256 or md5.", isFinal: true);
        }
        // Of the answer to the request for TLS, and of the first message without it.
        catch (NpgsqlException fault) when (Says(fault, "unknown response") || Says(fault, "unexpected backend message") || Says(fault, "unknown message code"))
        {
            throw NotOurs(credential);
        }
        catch (NpgsqlException fault) when (fault.InnerException is AuthenticationException || Says(fault, "SSL"))
        {
            throw Tls(credential.Tls == TlsMode.Plain
                ? $"{place} broke the connection. If it wants TLS, take \"ssl\": false out of the secret's value."
                : $"{place} can't be spoken to over TLS. Switch TLS on there, or put \"ssl\": false into the secret's value to allow plain text.");
        }
        catch (NpgsqlException fault) when (fault.InnerException is SocketException or TimeoutException or null)
        {
            throw Unreachable($"{place} can't be reached or does not answer in {ConnectSeconds} seconds. Check \"host\" and \"port\" in the secret's value, and the network.");
        }
        catch (NpgsqlException)
        {
            throw Unreachable($"{place} broke the connection. Check that \"host\" and \"port\" in the secret's value are of {engine.Name}, and the server's log.");
        }
        catch (Exception fault) when (certificate is not null && fault is FormatException or (ArgumentException and not ArgumentOutOfRangeException))
        {
            throw DatabaseCredential.NotTaken();
        }
        // The driver takes other servers' words for its own fault.
        catch (Exception fault) when (certificate is not null && (fault is InvalidOperationException or OverflowException or ArgumentOutOfRangeException or IOException))
        {
            throw NotOurs(credential);
        }
        catch (SocketException)
        {
            throw Unreachable($"{place} can't be reached. Check \"host\" and \"port\" in the secret's value, and the network.");
        }
        catch (TimeoutException)
        {
            throw Unreachable($"{place} does not answer in {ConnectSeconds} seconds. Check \"host\" and \"port\" in the secret's value, and the network.");
        }
    }

    /// <summary>
    /// A server's fault by its SQLSTATE (postgresql.org/docs/current/errcodes-appendix.html). What is not here passes by itself: a lock that another
    /// session holds (55P03, 40P01), a server that ends the session because it stops or starts (57P01 to 57P03), one without room (class 53).
    /// </summary>
    internal Exception Answered(PostgresException fault, DatabaseCredential credential, string place, bool isLogIn) => fault.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword => new PasswordRefusedException(),
        // Redshift, as PostgreSQL before 9.0, has no number of its own for a password that it refuses (github.com/aws/amazon-redshift-python-driver,
        // issue 237: auth_failed, 28000). Its messages are never translated.
        PostgresErrorCodes.InvalidAuthorizationSpecification when engine is RedshiftEngine && Says(fault, "password authentication failed") => new PasswordRefusedException(),
        // Says nothing about the password: the server never looked at it, or looked at more.
        PostgresErrorCodes.InvalidAuthorizationSpecification => new RotationException(
            $"{place} does not let the user in. Check that the user exists and may log in (ALTER ROLE … LOGIN), and that pg_hba.conf lets it in from this portal{(credential.Tls == TlsMode.Plain ? ", which may ask for TLS: then take \"ssl\": false out of the secret's value" : "")}.", isFinal: true),
        PostgresErrorCodes.InvalidCatalogName => new RotationException($"{place} has no database {credential.Database}. Correct \"dbname\" in the secret's value.", isFinal: true),
        PostgresErrorCodes.InsufficientPrivilege when isLogIn => new RotationException($"{place} does not let the user into the database {credential.Database}. Run GRANT CONNECT ON DATABASE … TO … for it, or correct \"dbname\".", isFinal: true),
        PostgresErrorCodes.InsufficientPrivilege => new RotationException($"{place} does not let the user do that: it lacks a right. docs/rotation.md has the rights that a rotation takes.", isFinal: true)
        {
            Concerns = PreflightCheck.Privileges,
        },
        PostgresErrorCodes.InvalidParameterValue when !isLogIn => new RotationException(
            $"{place} does not take the new password, by rules of its own (passwordcheck, say). Shape the password with the rotation's settings (passwordLength, excludePunctuation, …: docs/rotation.md), or put one that keeps to the rules.",
            isFinal: true)
        {
            Concerns = PreflightCheck.Privileges,
        },
        PostgresErrorCodes.TooManyConnections => new RotationException($"{place} has no connection free. Raise its limit or wait."),
        PostgresErrorCodes.ReadOnlySqlTransaction => ReadOnly(place),
        PostgresErrorCodes.CannotConnectNow => new RotationException($"{place} is starting or stopping. Wait until it is up.") { Concerns = PreflightCheck.Reachable },
        _ => new RotationException($"{place} answered with the error {fault.SqlState}. The server's log has more."),
    };

    /// <summary>Passes, perhaps: while two servers change places, each says so for a while.</summary>
    internal static RotationException ReadOnly(string place) => new($"{place} is a read-only replica now. If it stays one, put the host of the primary into \"host\".") { Concerns = PreflightCheck.Privileges };

    private static bool Says(NpgsqlException fault, string words) => fault.Message.Contains(words, StringComparison.OrdinalIgnoreCase);

    private RotationException NotOurs(DatabaseCredential credential) =>
        Unreachable($"{credential.Host}:{credential.Port} answers, but not as {engine.Name} does. Check \"engine\", \"host\" and \"port\" in the secret's value.");

    private static RotationException Unreachable(string message) => new(message) { Concerns = PreflightCheck.Reachable };

    private static RotationException Tls(string message) => new(message) { Concerns = PreflightCheck.Tls };

    private sealed class PasswordRefusedException : Exception;
}

/// <summary>One log-in and the driver's source that it came from.</summary>
internal sealed class NpgsqlLogIn(NpgsqlDataSource source, NpgsqlConnection connection) : IAsyncDisposable
{
    /// <summary>A statement; what goes into its text is quoted by <see cref="Identifier"/> and the dialect's literals where it takes no parameters ($1, $2 …).</summary>
    public NpgsqlCommand Command(string sql, params ReadOnlySpan<string> parameters)
    {
#pragma warning disable CA2100 // Statements about roles take no parameters.
        var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        foreach (var parameter in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        return command;
    }

    /// <summary>Runs a statement.</summary>
    public async Task Execute(string sql, CancellationToken cancel)
    {
        await using var command = Command(sql);
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>The first column of the first row.</summary>
    public async Task<object?> Scalar(string sql, CancellationToken cancel)
    {
        await using var command = Command(sql);
        return await command.ExecuteScalarAsync(cancel);
    }

    /// <summary>A name in quotes.</summary>
    public static string Identifier(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await connection.DisposeAsync();
        await source.DisposeAsync();
    }
}
