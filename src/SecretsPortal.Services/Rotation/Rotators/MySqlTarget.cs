using System.Security.Authentication;
using MySqlConnector;
using SecretsPortal.Core.Rotation;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>
/// Connections to servers that speak MySQL's protocol, and their faults in words. No message quotes a statement or what the server said, which may
/// quote one.
/// </summary>
internal sealed class MySqlTarget(IDatabaseEngine engine)
{
    private const int ConnectSeconds = 10;
    private const int CommandSeconds = 20;

    private const int PasswordJudged = 1819;
    private const int OptionPrevents = 1290;
    private const int MustChangePassword = 1820;

    /// <summary>A log-in; null where the server refuses the password; any other fault as a <see cref="RotationException"/>.</summary>
    public async Task<MySqlConnection?> LogIn(DatabaseCredential credential, CancellationToken cancel)
    {
        var certificate = new ServerCertificateCheck(credential);
        var connection = DatabaseCredential.Taken(credential, one => new MySqlConnection(ConnectionString(one)));
        if (credential.Tls != TlsMode.Plain)
            connection.RemoteCertificateValidationCallback = certificate.Accept;
        var opening = Guarded(credential, async () =>
        {
            await connection.OpenAsync(cancel);
            await Prepare(connection, cancel);
            return true;
        }, certificate, isLogIn: true);
        try
        {
            // The driver may wait for an answer of the server without listening to cancellation.
            await opening.WaitAsync(cancel);
            return credential.Tls != TlsMode.Verified || certificate.Accepted ? connection : throw Tls($"{credential.Place(engine)} showed no certificate. Switch TLS on there.");
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
    public Task<T> Guarded<T>(DatabaseCredential credential, Func<Task<T>> act) => Guarded(credential, act, certificate: null, isLogIn: false);

    // The numbers: dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html, and perror of MariaDB 10.11 for what is its own (from 1900 and
    // 4000 on, where MySQL has others).

    /// <summary>True of a fault that says that the user lacks a right.</summary>
    public static bool IsAboutPrivileges(MySqlException fault) => fault.Number
        is 1044 or 1045 or 1142 or 1143 or 1211 or 1227 or 1370 or 1396 or 1410 or 1698 or 3879;

    /// <summary>What a server's rules for passwords that say no mean, where the server gives the reason in its warnings only.</summary>
    public RotationException PasswordRefused(DatabaseCredential credential) => PasswordRefused(credential.Place(engine));

    /// <summary>True of the code that a password was judged by rules.</summary>
    public static bool IsAboutRules(string code) => code == PasswordJudged.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>True where an account could not be changed for a reason that stands in the warnings.</summary>
    public static bool HasReasonInWarnings(MySqlException fault) => fault.Number == 1396;

    /// <summary>True where the server judges passwords by rules, and therefore takes no hash (strict_password_validation).</summary>
    public static bool IsAboutHash(MySqlException fault) =>
        fault.Number == PasswordJudged || (fault.Number == OptionPrevents && Says(fault, "strict-password-validation"));

    /// <summary>True where the server lets the user do nothing but change the password.</summary>
    public static bool IsAboutExpiry(MySqlException fault) => fault.Number == MustChangePassword;

    private static string ConnectionString(DatabaseCredential credential) => new MySqlConnectionStringBuilder
    {
        Server = credential.Host,
        Port = (uint)credential.Port,
        UserID = credential.Username,
        Password = credential.Password.Reveal(),
        Database = credential.Database,
        // Never Preferred: that would fall back to plain text without a word. Not VerifyFull: the driver then asks no callback, which alone can judge
        // by the authorities of the secret's value and tell why it says no.
        SslMode = credential.Tls == TlsMode.Plain ? MySqlSslMode.None : MySqlSslMode.Required,
        // Without TLS, a key that anybody sends would be good to encrypt the password with. The server's wish to be sent elsewhere, or to read
        // this machine's files, is not followed.
        AllowPublicKeyRetrieval = false,
        ServerRedirectionMode = MySqlServerRedirectionMode.Disabled,
        AllowLoadLocalInfile = false,
        // The driver would else take the @ of an account for a parameter.
        AllowUserVariables = true,
        AutoEnlist = false,
        Pooling = false,
        ConnectionTimeout = ConnectSeconds,
        DefaultCommandTimeout = CommandSeconds,
        ApplicationName = "Secrets Portal rotation",
    }.ConnectionString;

    /// <summary>
    /// Quotes mean the same in every session, whatever the server's sql_mode says; and a GRANT never makes an account without a password, which
    /// MySQL 8 does not do anyway and has no word for.
    /// </summary>
    private static async Task Prepare(MySqlConnection connection, CancellationToken cancel)
    {
        var isMySql8 = !IsMariaDb(connection) && !connection.ServerVersion.StartsWith("5.", StringComparison.Ordinal);
        await using var command = new MySqlCommand(isMySql8 ? "SET SESSION sql_mode = ''" : "SET SESSION sql_mode = 'NO_AUTO_CREATE_USER'", connection);
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>True where the server is MariaDB, whatever the secret calls it.</summary>
    public static bool IsMariaDb(MySqlConnection connection) => connection.ServerVersion.Contains("MariaDB", StringComparison.OrdinalIgnoreCase);

    private static async Task DisposeAfter(Task opening, MySqlConnection connection)
    {
        await opening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await connection.DisposeAsync();
    }

    private async Task<T> Guarded<T>(DatabaseCredential credential, Func<Task<T>> act, ServerCertificateCheck? certificate, bool isLogIn)
    {
        var place = credential.Place(engine);
        try
        {
            return await act();
        }
        catch (MySqlException) when (certificate?.Refusal is not null)
        {
            throw Tls($"{place} shows a certificate that is not trusted: {certificate.Refusal}.");
        }
        catch (MySqlException fault) when (fault.ErrorCode == MySqlErrorCode.CommandTimeoutExpired)
        {
            throw Unreachable($"{place} did not answer in {CommandSeconds} seconds. Another session may hold a lock there; the rotation tries again.");
        }
        catch (MySqlException fault) when (fault.ErrorCode is MySqlErrorCode.UnableToConnectToHost or MySqlErrorCode.None && fault.SqlState is null or "")
        {
            throw NotConnected(fault, credential, place);
        }
        catch (MySqlException fault)
        {
            throw Answered(fault, credential, place, isLogIn);
        }
        catch (NotSupportedException)
        {
            throw Plugin(place);
        }
        // The driver stumbles in many ways over what it can't read.
        catch (Exception fault) when (isLogIn && fault is FormatException or InvalidOperationException or ArgumentException or IOException)
        {
            throw Unreachable($"{credential.Host}:{credential.Port} answers, but not as {engine.Name} does. Check \"engine\", \"host\" and \"port\" in the secret's value.");
        }
    }

    private RotationException NotConnected(MySqlException fault, DatabaseCredential credential, string place)
    {
        if (Says(fault, "ServerRSAPublicKeyFile") || Says(fault, "secure connection"))
            return Tls($"{place} wants the password of this user over TLS only. Switch TLS on there, and take \"ssl\": false out of the secret's value.");
        if (Says(fault, "Authentication method"))
            return Plugin(place);
        if (fault.InnerException is AuthenticationException || Says(fault, "SSL"))
            return Tls(credential.Tls == TlsMode.Plain
                ? $"{place} broke the connection. If it wants TLS, take \"ssl\": false out of the secret's value."
                : $"{place} can't be spoken to over TLS. Switch TLS on there, or put \"ssl\": false into the secret's value to allow plain text.");
        return Unreachable($"{place} can't be reached or does not answer in {ConnectSeconds} seconds as {engine.Name} does. Check \"engine\", \"host\" and \"port\" in the secret's value, and the network.");
    }

    private static Exception Answered(MySqlException fault, DatabaseCredential credential, string place, bool isLogIn) => fault.Number switch
    {
        1045 or 1698 when isLogIn => new PasswordRefusedException(),
        1044 when isLogIn => new RotationException($"{place} does not let the user into the database {credential.Database}. Grant it a right there, or correct \"dbname\" in the secret's value.", isFinal: true),
        1049 => new RotationException($"{place} has no database {credential.Database}. Correct \"dbname\" in the secret's value, or take it out.", isFinal: true),
        1129 => new RotationException($"{place} has blocked this machine after too many connections that broke off. Run FLUSH HOSTS there."),
        1130 => new RotationException($"{place} lets nobody in from this machine. Create the account for the portal's address too.", isFinal: true),
        3118 or 4151 => new RotationException($"{place} has locked the account. Unlock it (ALTER USER … ACCOUNT UNLOCK), then rotate again.", isFinal: true),
        3955 or 4150 => new RotationException($"{place} has blocked the user after too many wrong passwords. Wait until that ends, or have an administrator unlock the account, then rotate again."),
        MustChangePassword or 1862 => new RotationException(
            $"The password of this user is expired: {place} lets the user do nothing else until it is changed. Rotate the secret; where that does not help, have an administrator set a password (ALTER USER … IDENTIFIED BY …), put it into the secret and rotate again."),
        3892 => new RotationException($"{place} wants the present password with each change of it. Switch that off for this account (ALTER USER … PASSWORD REQUIRE CURRENT OPTIONAL), then rotate again.", isFinal: true),
        1205 or 1213 => new RotationException($"Another session holds a lock at {place}; the rotation tries again."),
        1040 or 1203 or 1226 => new RotationException($"{place} has no connection free for this user. Raise the limit of the server or of the account, or wait."),
        OptionPrevents or 1836 or 1792 => ReadOnly(place),
        PasswordJudged or 3638 => PasswordRefused(place),
        1133 or 1131 or 1699 => new RotationException($"{place} has no account with a password of its own for this user. Create one (CREATE USER … IDENTIFIED BY …), put it into the secret, then rotate again.", isFinal: true),
        1524 or 1251 or 2059 or 1275 => Plugin(place),
        1053 or 1927 or 2013 or 2006 => Unreachable($"{place} ended the connection; it may be stopping. Check the server."),
        _ when IsAboutPrivileges(fault) => Privileges($"{place} does not let the user do that: it lacks a right. docs/rotation.md has the rights that a rotation takes."),
        _ => new RotationException($"{place} answered with the error {fault.Number}. The server's log may have more."),
    };

    /// <summary>Passes, perhaps: while two servers change places, each says so for a while.</summary>
    internal static RotationException ReadOnly(string place) => new($"{place} is a read-only replica now. If it stays one, put the host of the primary into \"host\".") { Concerns = PreflightCheck.Privileges };

    private static RotationException PasswordRefused(string place) => new(
        $"{place} does not take the new password: its rules for passwords say no. Set passwordLength and the excluded characters of the secret's rotation so that they fit those rules (SHOW VARIABLES LIKE '%password%'), then rotate again.", isFinal: true);

    private static bool Says(Exception fault, string words) =>
        fault.Message.Contains(words, StringComparison.OrdinalIgnoreCase) || (fault.InnerException is { } inner && Says(inner, words));

    private static RotationException Plugin(string place) => new(
        $"{place} wants this user to log in in a way that the portal does not know, or would send the password in the clear. Give the account a plugin that it does (mysql_native_password or caching_sha2_password; not ed25519, PAM or sockets).", isFinal: true);

    private static RotationException Privileges(string message) => new(message, isFinal: true) { Concerns = PreflightCheck.Privileges };

    private static RotationException Unreachable(string message) => new(message) { Concerns = PreflightCheck.Reachable };

    private static RotationException Tls(string message) => new(message) { Concerns = PreflightCheck.Tls };

    private sealed class PasswordRefusedException : Exception;
}
