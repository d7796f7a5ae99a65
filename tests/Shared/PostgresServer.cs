using System.Diagnostics;
using Npgsql;

namespace SecretsPortal.Tests.Shared;

/// <summary>
/// A real PostgreSQL server in a folder of its own, on a free port of the loopback, with passwords required (scram-sha-256). Its superuser is
/// <c>postgres</c> with the password <see cref="SuperuserPassword"/>. The server refuses to run as root: there, it runs as the user
/// <c>postgres</c>.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    public const string SuperuserPassword = "superuser-of-a-test";

    private readonly TemporaryDirectory _directory;
    private readonly Process _server;

    private PostgresServer(TemporaryDirectory directory, Process server, int port)
    {
        _directory = directory;
        _server = server;
        Port = port;
    }

    public string Host => "127.0.0.1";

    public int Port { get; }

    /// <summary>The newest server's folder of programs; null where none is installed.</summary>
    public static string? ProgramFolder => !Directory.Exists("/usr/lib/postgresql")
        ? null
        : Directory.GetDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Select(d => Path.Combine(d, "bin"))
            .LastOrDefault(d => File.Exists(Path.Combine(d, "initdb")));

    public static async Task<PostgresServer> Start()
    {
        var programs = ProgramFolder ?? throw new InvalidOperationException("No PostgreSQL server is installed; check.sh installs it.");
        var directory = new TemporaryDirectory();
        var data = directory["data"];
        var passwordFile = directory["password"];
        await File.WriteAllTextAsync(passwordFile, SuperuserPassword);
        var isRoot = Environment.UserName == "root";
        if (isRoot)
            (await ExternalCommand.Run("chown", ["-R", "postgres", directory.Path])).Succeeded("chown");
        (await RunAsServer([Path.Combine(programs, "initdb"), "-D", data, "-U", "postgres", "-A", "scram-sha-256", "--pwfile", passwordFile,
            "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"])).Succeeded("initdb");
        var port = FreePort.Next();
        var command = AsServer(["sh", "-c", "exec \"$0\" \"$@\" >server.log 2>&1", Path.Combine(programs, "postgres"),
            "-D", data, "-p", $"{port}", "-k", directory.Path, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]);
        var server = Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { WorkingDirectory = directory.Path })!;
        var started = new PostgresServer(directory, server, port);
        await started.WaitUntilItAnswers();
        return started;
    }

    public string ConnectionString(string user, string password, string database = "postgres") => new NpgsqlConnectionStringBuilder
    {
        Host = Host,
        Port = Port,
        Username = user,
        Password = password,
        Database = database,
        Pooling = false,
        SslMode = SslMode.Disable,
        Timeout = 5,
    }.ConnectionString;

    /// <summary>Runs statements as the superuser.</summary>
    public async Task Execute(string sql, string database = "postgres")
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres", SuperuserPassword, database));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>True where the server accepts the password; false where it refuses it; anything else throws.</summary>
    public async Task<bool> CanLogIn(string user, string password, string database = "postgres")
    {
        await using var connection = new NpgsqlConnection(ConnectionString(user, password, database));
        try
        {
            await connection.OpenAsync();
            return true;
        }
        catch (PostgresException refused) when (refused.SqlState is "28P01" or "28000")
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_server.HasExited)
        {
            // SIGINT is the server's "fast shutdown"; setpriv and sh have replaced themselves by the server, so the id is the server's own.
            await ExternalCommand.Run("kill", ["-INT", $"{_server.Id}"]);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            try
            {
                await _server.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                _server.Kill(entireProcessTree: true);
            }
        }

        _server.Dispose();
        _directory.Dispose();
    }

    private static string[] AsServer(string[] command) => Environment.UserName == "root"
        ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", .. command]
        : command;

    private static Task<CommandResult> RunAsServer(string[] command)
    {
        var asServer = AsServer(command);
        return ExternalCommand.Run(asServer[0], asServer.Skip(1));
    }

    private async Task WaitUntilItAnswers()
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                if (await CanLogIn("postgres", SuperuserPassword))
                    return;
            }
            catch (NpgsqlException) when (attempt < 600 && !_server.HasExited)
            {
                await Task.Delay(100);
            }
        }
    }
}
