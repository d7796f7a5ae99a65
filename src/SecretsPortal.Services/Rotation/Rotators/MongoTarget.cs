using MongoDB.Bson;
using MongoDB.Driver;
using SecretsPortal.Core.Rotation;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>Connections to MongoDB and DocumentDB, and their faults in words. No message quotes a command or what the server said.</summary>
internal sealed class MongoTarget(IDatabaseEngine engine)
{
    private const int Unauthorized = 13;
    private const int AuthenticationFailed = 18;
    private static readonly TimeSpan s_connect = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_command = TimeSpan.FromSeconds(20);

    /// <summary>A log-in; null where the server refuses the password; any other fault as a <see cref="RotationException"/>.</summary>
    public async Task<MongoClient?> LogIn(DatabaseCredential credential, CancellationToken cancel)
    {
        var certificate = new ServerCertificateCheck(credential);
        var client = DatabaseCredential.Taken(credential, one => new MongoClient(Settings(one, certificate)));
        try
        {
            // The driver logs in with the first command.
            await Guarded(credential, () => client.GetDatabase(credential.Database).RunCommandAsync<BsonDocument>(MongoCommands.Ping, cancellationToken: cancel), certificate);
            return credential.Tls != TlsMode.Verified || certificate.Accepted ? client : throw Tls($"{credential.Place(engine)} showed no certificate. Switch TLS on there.");
        }
        catch (PasswordRefusedException)
        {
            client.Dispose();
            return null;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>Runs an act on a connection of this credential, with its faults turned into words.</summary>
    public Task<T> Guarded<T>(DatabaseCredential credential, Func<Task<T>> act) => Guarded(credential, act, certificate: null);

    /// <summary>How a server is reached and logged in to.</summary>
    public static MongoClientSettings Settings(DatabaseCredential credential, ServerCertificateCheck certificate) => new()
    {
        Server = new MongoServerAddress(credential.Host, credential.Port),
        // Whom a server names as its replicas gets no log-in.
        DirectConnection = true,
        // The mechanism is negotiated among SCRAM-SHA-256 and SCRAM-SHA-1, neither of which gives the password away.
        Credential = MongoCredential.CreateCredential(credential.HomeDatabase, credential.Username, credential.Password.Reveal()),
        UseTls = credential.Tls != TlsMode.Plain,
        SslSettings = new SslSettings { CheckCertificateRevocation = false, ServerCertificateValidationCallback = certificate.Accept },
        // DocumentDB has none.
        RetryWrites = false,
        RetryReads = false,
        ServerSelectionTimeout = s_connect,
        ConnectTimeout = s_connect,
        SocketTimeout = s_command,
        MaxConnectionPoolSize = 1,
        ApplicationName = "Secrets Portal rotation",
    };

    private async Task<T> Guarded<T>(DatabaseCredential credential, Func<Task<T>> act, ServerCertificateCheck? certificate)
    {
        var place = credential.Place(engine);
        try
        {
            return await act();
        }
        catch (Exception fault) when (certificate?.Refusal is not null && fault is MongoException or TimeoutException)
        {
            throw Tls($"{place} shows a certificate that is not trusted: {certificate.Refusal}.");
        }
        // A name of a database that can't be one, say.
        catch (Exception fault) when (certificate is not null && fault is ArgumentException and not ArgumentOutOfRangeException)
        {
            throw DatabaseCredential.NotTaken("dbname");
        }
        catch (MongoAuthenticationException fault)
        {
            throw Refused(fault, place);
        }
        // Also the driver's own kinds of it, for a server that is no primary or not for the moment.
        catch (MongoCommandException fault)
        {
            throw Answered(fault.Code, place);
        }
        catch (Exception fault) when (fault is TimeoutException or MongoException && fault.Message.Contains("AuthenticationException", StringComparison.Ordinal))
        {
            throw Tls($"{place} can't be spoken to over TLS. Switch TLS on there, or put \"ssl\": false into the secret's value to allow plain text.");
        }
        catch (Exception fault) when (fault is TimeoutException or MongoException)
        {
            throw new RotationException(
                $"{place} can't be reached or does not answer in {s_connect.TotalSeconds:0} seconds as {engine.Name} does. Check \"engine\", \"host\", \"port\" and \"ssl\" in the secret's value, and the network.")
            {
                Concerns = PreflightCheck.Reachable,
            };
        }
    }

    /// <summary>
    /// A command's error by its code. All stand in src/mongo/base/error_codes.yml of MongoDB (10107 NotWritablePrimary, 11602
    /// InterruptedDueToReplStateChange, 13435 NotPrimaryNoSecondaryOk, 13436 NotPrimaryOrSecondary) but for 51003, a user who exists already: that one
    /// stands in src/mongo/db/commands/user_management_commands.cpp.
    /// </summary>
    internal static Exception Answered(int code, string place) => code switch
    {
        AuthenticationFailed => new PasswordRefusedException(),
        Unauthorized => Privileges($"{place} does not let the user do that: it lacks a role. docs/rotation.md has the roles that a rotation takes."),
        11 => new RotationException($"{place} has no such user. Put the database in which the user was created into \"dbname\".", isFinal: true) { Concerns = PreflightCheck.Clone },
        // For the moment of an election or a restart: the server says so of what it broke off.
        11600 or 11602 or 189 or 91 => new RotationException($"{place} is stopping or gives its place as primary to another. The rotation tries again; if the other one stays, put its host into \"host\".") { Concerns = PreflightCheck.Reachable },
        10107 or 13435 or 13436 => NoPrimary(place),
        51003 => new RotationException($"{place} has a user of that name already. Rotate again."),
        _ => new RotationException($"{place} answered with the error {code}. The server's log has more."),
    };

    /// <summary>Passes, perhaps: while two servers change places, each says so for a while.</summary>
    internal static RotationException NoPrimary(string place) => new($"{place} is no primary now, so users can't be changed there. If it stays so, put the host of the primary into \"host\".") { Concerns = PreflightCheck.Privileges };

    private static Exception Refused(MongoAuthenticationException fault, string place) => fault.InnerException is MongoCommandException { Code: not AuthenticationFailed } other && other.Code != 0
        ? new RotationException($"{place} wants this user to log in in a way that the portal does not know (error {other.Code}). Give the user SCRAM-SHA-256 or SCRAM-SHA-1.", isFinal: true)
        : new PasswordRefusedException();

    private static RotationException Privileges(string message) => new(message, isFinal: true) { Concerns = PreflightCheck.Privileges };

    private static RotationException Tls(string message) => new(message) { Concerns = PreflightCheck.Tls };

    private sealed class PasswordRefusedException : Exception;
}
