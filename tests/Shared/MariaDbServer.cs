using System.Diagnostics;
using MySqlConnector;

namespace SecretsPortal.Tests.Shared;

/// <summary>
/// A real MariaDB server in a folder of its own, on a free port of the loopback, that speaks TLS with a certificate of an authority of its own.
/// Its superuser is <c>root</c> with the password <see cref="SuperuserPassword"/>. All statements are in <see cref="GeneralLog"/>. The server
/// refuses to run as root: there, it runs as the user <c>mysql</c>.
/// </summary>
public sealed class MariaDbServer : IAsyncDisposable
{
    public const string SuperuserPassword = "Superuser-of-a-test-1";

    private readonly TemporaryDirectory _directory;
    private readonly Process _server;

    private MariaDbServer(TemporaryDirectory directory, Process server, int port, ServerCertificate certificate)
    {
        _directory = directory;
        _server = server;
        Port = port;
        Certificate = certificate;
    }

    public string Host => "127.0.0.1";

    public int Port { get; }

    /// <summary>What the server shows to those who speak TLS.</summary>
    public ServerCertificate Certificate { get; }

    /// <summary>Every statement that the server was sent, as text.</summary>
    public string GeneralLog
    {
        get
        {
            using var file = new FileStream(_directory["general.log"], FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(file);
            return reader.ReadToEnd();
        }
    }

    /// <summary>The server's program; null where none is installed.</summary>
    public static string? Program => ExternalCommand.Find("mariadbd", "/usr/sbin/mariadbd");

    /// <summary>Starts a server. <paramref name="options"/> are more arguments of it; <paramref name="certificate"/> is one for the loopback by default.</summary>
    public static async Task<MariaDbServer> Start(ServerCertificate? certificate = null, params string[] options)
    {
        var program = Program ?? throw new InvalidOperationException("No MariaDB server is installed; check.sh installs it.");
        var install = ExternalCommand.Find("mariadb-install-db", "/usr/bin/mariadb-install-db") ?? throw new InvalidOperationException("mariadb-install-db is not installed.");
        certificate ??= ServerCertificate.Create();
        var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory["server.crt"], certificate.CertificatePem);
        await File.WriteAllTextAsync(directory["server.key"], certificate.KeyPem);
        (await ExternalCommand.Run("chmod", ["600", directory["server.key"]])).Succeeded("chmod");
        // The server looks no names up, so that localhost would not mean those who come over the network.
        await File.WriteAllTextAsync(directory["init.sql"],
            $"CREATE OR REPLACE USER root@'127.0.0.1' IDENTIFIED BY '{SuperuserPassword}';\nGRANT ALL PRIVILEGES ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;\n");
        if (Environment.UserName == "root")
            (await ExternalCommand.Run("chown", ["-R", "mysql", directory.Path])).Succeeded("chown");
        var asServer = AsServer([install, "--no-defaults", $"--datadir={directory["data"]}", "--auth-root-authentication-method=normal", "--skip-test-db"]);
        (await ExternalCommand.Run(asServer[0], asServer.Skip(1), directory: directory.Path)).Succeeded("mariadb-install-db");
        var port = FreePort.Next();
        var command = AsServer(["sh", "-c", "exec \"$0\" \"$@\" >server.log 2>&1", program, "--no-defaults", $"--datadir={directory["data"]}", $"--port={port}",
            "--bind-address=127.0.0.1", $"--socket={directory["socket"]}", $"--pid-file={directory["pid"]}", $"--init-file={directory["init.sql"]}",
            $"--ssl-cert={directory["server.crt"]}", $"--ssl-key={directory["server.key"]}", "--general-log", $"--general-log-file={directory["general.log"]}",
            "--skip-name-resolve", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=16M", .. options]);
        var server = Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { WorkingDirectory = directory.Path })!;
        var started = new MariaDbServer(directory, server, port, certificate);
        await started.WaitUntilItAnswers();
        return started;
    }

    public string ConnectionString(string user, string password, string database = "", MySqlSslMode tls = MySqlSslMode.None) => new MySqlConnectionStringBuilder
    {
        Server = Host,
        Port = (uint)Port,
        UserID = user,
        Password = password,
        Database = database,
        Pooling = false,
        SslMode = tls,
        AllowUserVariables = true,
        ConnectionTimeout = 30,
    }.ConnectionString;

    /// <summary>Runs statements as the superuser; gives the first column of the first rows, one a line.</summary>
    public Task<string> Execute(string sql, string database = "") => ExecuteAs("root", SuperuserPassword, sql, database);

    /// <summary>Runs statements as somebody; gives the first column of the first rows, one a line.</summary>
    public async Task<string> ExecuteAs(string user, string password, string sql, string database = "")
    {
        await using var connection = new MySqlConnection(ConnectionString(user, password, database));
        await connection.OpenAsync();
        await using var command = new MySqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync())
            lines.Add(reader.GetValue(0).ToString()!);
        // A fault of a later statement shows only when its result is asked for.
        while (await reader.NextResultAsync())
        {
        }

        return string.Join('\n', lines);
    }

    /// <summary>True where the server accepts the password; false where it refuses it; anything else throws.</summary>
    public async Task<bool> CanLogIn(string user, string password, MySqlSslMode tls = MySqlSslMode.None)
    {
        await using var connection = new MySqlConnection(ConnectionString(user, password, tls: tls));
        try
        {
            await connection.OpenAsync();
            return true;
        }
        catch (MySqlException refused) when (refused.ErrorCode == MySqlErrorCode.AccessDenied)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_server.HasExited)
        {
            // SIGTERM is the server's orderly end; setpriv and sh have replaced themselves by the server, so the id is the server's own.
            await ExternalCommand.Run("kill", [$"{_server.Id}"]);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
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
        ? ["setpriv", "--reuid=mysql", "--regid=mysql", "--clear-groups", .. command]
        : command;

    private async Task WaitUntilItAnswers()
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                if (await CanLogIn("root", SuperuserPassword))
                    return;
            }
            catch (MySqlException) when (attempt < 300 && !_server.HasExited)
            {
            }

            // The port may be open before the statements that make the superuser were carried out.
            if (_server.HasExited || attempt >= 300)
                throw new InvalidOperationException("MariaDB did not start: " + await File.ReadAllTextAsync(_directory["server.log"]));
            await Task.Delay(200);
        }
    }
}
