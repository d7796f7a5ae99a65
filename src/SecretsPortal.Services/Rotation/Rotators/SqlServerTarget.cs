using System.Globalization;
using Microsoft.Data.SqlClient;
using SecretsPortal.Core.Rotation;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>Connections to SQL Server, and their faults in words. No message quotes a statement or what the server said, which may quote one.</summary>
internal sealed class SqlServerTarget(IDatabaseEngine engine)
{
    private const int ConnectSeconds = 10;
    private const int CommandSeconds = 20;

    /// <summary>A log-in; null where the server refuses the password; any other fault as a <see cref="RotationException"/>.</summary>
    public async Task<SqlConnection?> LogIn(DatabaseCredential credential, CancellationToken cancel)
    {
        var connection = DatabaseCredential.Taken(credential, one => new SqlConnection(ConnectionString(one)));
        var opening = Guarded(credential, async () =>
        {
            await connection.OpenAsync(cancel);
            return true;
        });
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

    /// <summary>Runs an act on a connection of this credential, with its faults turned into words.</summary>
    public async Task<T> Guarded<T>(DatabaseCredential credential, Func<Task<T>> act)
    {
        try
        {
            return await act();
        }
        catch (SqlException fault)
        {
            throw InWords(fault, credential);
        }
    }

    /// <summary>How a server is reached.</summary>
    public static string ConnectionString(DatabaseCredential credential) => new SqlConnectionStringBuilder
    {
        // TCP, and the port that the secret names: no browser service, no pipes.
        DataSource = string.Create(CultureInfo.InvariantCulture, $"tcp:{HostOf(credential)},{credential.Port}"),
        UserID = credential.Username,
        Password = credential.Password.Reveal(),
        InitialCatalog = credential.Database,
        // Mandatory ends where the server does not encrypt. Optional protects the log-in where the server can, and nothing else.
        Encrypt = credential.Tls == TlsMode.Plain ? SqlConnectionEncryptOption.Optional : SqlConnectionEncryptOption.Mandatory,
        TrustServerCertificate = credential.Tls != TlsMode.Verified,
        Pooling = false,
        Enlist = false,
        PersistSecurityInfo = false,
        ConnectRetryCount = 0,
        ConnectTimeout = ConnectSeconds,
        CommandTimeout = CommandSeconds,
        ApplicationName = "Secrets Portal rotation",
    }.ConnectionString;

    /// <summary>A host, and nothing that the driver would take for an instance or another protocol.</summary>
    private static string HostOf(DatabaseCredential credential)
    {
        if (credential.Host.AsSpan().ContainsAny(['\\', ';', '"', '\'']))
            throw Json("\"host\" must be a host name or address. An instance is named by its \"port\".");
        return credential.Roots.Count == 0
            ? credential.Host
            : throw Json("\"sslrootcert\" has no use for SQL Server: its driver verifies by the authorities that this machine trusts. Add the authority to those, and take the member out.");
    }

    private static async Task DisposeAfter(Task opening, SqlConnection connection)
    {
        await opening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await connection.DisposeAsync();
    }

    private Exception InWords(SqlException fault, DatabaseCredential credential) => InWords(fault.Number, fault.Message, credential);

    /// <summary>A fault by its number; the message only tells those apart that have none.</summary>
    internal Exception InWords(int number, string message, DatabaseCredential credential)
    {
        var place = credential.Place(engine);
        // The numbers and what each says: learn.microsoft.com/sql/relational-databases/errors-events, "Database engine events and errors" 0 to 999,
        // 4000 to 4999 (4613), 15000 to 15999, 18000 to 18999 and 31000 to 41399 (33062 to 33064); 40615 and 40914 are of Azure SQL alone and stand in
        // "Troubleshoot connectivity issues and other errors" there (read in November 2026). What passes by itself: SqlConfigurableRetryFactory.BaselineTransientErrors.
        return number switch
        {
            18456 => new PasswordRefusedException(),
            18470 => new RotationException($"{place} has disabled the login. Enable it (ALTER LOGIN … ENABLE), then rotate again.", isFinal: true),
            15113 or 18486 => new RotationException($"{place} has locked the login after too many wrong passwords. Unlock it (ALTER LOGIN … WITH PASSWORD = … UNLOCK), put that password into the secret, then rotate again."),
            18487 or 18488 => new RotationException($"The password of this user is expired or must be changed at {place}. Have an administrator set one (ALTER LOGIN … WITH PASSWORD = …), put it into the secret, then rotate again.", isFinal: true),
            18452 => new RotationException($"{place} takes Windows log-ins only. Switch the server to SQL Server and Windows authentication (mixed mode), restart it, then rotate again.", isFinal: true),
            // Also what a database answers that is being moved or restarted, so it is tried again.
            4060 => new RotationException($"{place} has no database {credential.Database}, or the user may not enter it, or it is just being started. Correct \"dbname\" in the secret's value, or create the user there."),
            916 => new RotationException($"{place} does not let the user into the database {credential.Database}. Correct \"dbname\" in the secret's value, or create the user there.", isFinal: true),
            40615 or 40914 => new RotationException($"{place} lets nobody in from this machine. Add the portal's address to the server's firewall, then rotate again.", isFinal: true),
            229 or 262 or 300 or 4613 or 15151 or 15247 or 18471 => Privileges($"{place} does not let the user do that: it lacks a permission. docs/rotation.md has the permissions that a rotation takes."),
            15023 or 15063 => new RotationException(
                $"At {place} the clone can't be made: a database has a user of its name, or its login has a user of another name there. Drop that user (DROP USER …), then rotate again.", isFinal: true)
            {
                Concerns = PreflightCheck.Clone,
            },
            15114 or 18462 => new RotationException(
                $"{place} does not take a new password yet: its policy wants the present one to be kept for longer. Lower the minimum password age there, or rotate more rarely; then rotate again.", isFinal: true),
            15120 or 18468 => new RotationException($"{place} could not judge the new password, for a fault of its own. The rotation tries again; the server's log has more."),
            (>= 15115 and <= 15119) or 15156 or (>= 18463 and <= 18467) or (>= 33062 and <= 33064) => new RotationException(
                $"{place} does not take the new password: its policy for passwords says no. Set passwordLength and the excluded characters of the secret's rotation so that they fit the policy (length, complexity, no part of the user's name), then rotate again.", isFinal: true),
            15025 => new RotationException($"{place} has a login of that name already. Rotate again."),
            3906 or 3908 or 976 or 978 or 979 or 982 or 4221 => ReadOnly(place),
            17809 or 10928 or 10929 or 10936 or (>= 18458 and <= 18460) => new RotationException($"{place} has no connection free. Raise its limit or wait."),
            1204 or 1205 or 1222 => new RotationException($"Another session holds a lock at {place}; the rotation tries again."),
            // A replica between two roles, a database that is moved, a service that is busy: each says of itself that one shall try again later.
            17142 or 18401 or 18461 or 952 or 955 or 956 or 983 or 988 or 40143 or 40197 or 40501 or 40540 or 40613 or 42108 or 42109 or (>= 49918 and <= 49920) =>
                Unreachable($"{place} is starting, stopping, paused, busy or changing over. Wait until it is up."),
            -2 or 258 or 53 or 10060 or 10061 or 11001 or 10051 or 10065 or 1225 => NotReached(place),
            _ => WithoutNumber(message, place, number),
        };
    }

    /// <summary>Passes, perhaps: while two servers change places, each says so for a while.</summary>
    internal static RotationException ReadOnly(string place) => new($"{place} is a read-only replica now. If it stays one, put the host of the primary into \"host\".") { Concerns = PreflightCheck.Privileges };

    private RotationException WithoutNumber(string message, string place, int number)
    {
        if (Says("certificate") || Says("SSL") || Says("encryption") || Says("TLS"))
            return new RotationException(
                $"{place} can't be spoken to over TLS, or shows a certificate that this machine does not trust. Give the server a certificate of a trusted authority for this host, or put \"ssl\": \"require\" (not verified) or false into the secret's value.")
            {
                Concerns = PreflightCheck.Tls,
            };
        if (Says("pre-login handshake"))
            return Unreachable($"{place} answers, but not as {engine.Name} does, or breaks off. Check \"engine\", \"host\" and \"port\" in the secret's value.");
        return Says("network") || Says("provider") || number is 0 or -1 or 20 or 40 or 64 or 121 or 233 or 10053 or 10054
            ? NotReached(place)
            : new RotationException(string.Create(CultureInfo.InvariantCulture, $"{place} answered with the error {number}. The server's log has more."));

        bool Says(string word) => message.Contains(word, StringComparison.OrdinalIgnoreCase);
    }

    private RotationException NotReached(string place) =>
        Unreachable($"{place} can't be reached or does not answer in {ConnectSeconds} seconds as {engine.Name} does. Check \"engine\", \"host\" and \"port\" in the secret's value, and the network.");

    private static RotationException Json(string what) => new(
        $"The secret's value can't be used to log in to the database. {what} Put a corrected value and rotate again.", isFinal: true)
    {
        Concerns = PreflightCheck.Json,
    };

    private static RotationException Privileges(string message) => new(message, isFinal: true) { Concerns = PreflightCheck.Privileges };

    private static RotationException Unreachable(string message) => new(message) { Concerns = PreflightCheck.Reachable };

    private sealed class PasswordRefusedException : Exception;
}
