using SecretsPortal.Tests.Shared;

namespace SecretsPortal.EndToEnd.Tests.Drills;

/// <summary>A real database server whose users are rotated.</summary>
internal abstract class DrillTarget : IAsyncDisposable
{
    public const string FirstPassword = "First-password-1";

    public static async Task<DrillTarget> Start(string engine)
    {
        if (engine == "postgres")
        {
            Assert.SkipWhen(PostgresServer.ProgramFolder is null, "No PostgreSQL server is installed.");
            return new Postgres(await PostgresServer.Start());
        }

        Assert.SkipWhen(MariaDbServer.Program is null, "No MariaDB server is installed.");
        return new MariaDb(await MariaDbServer.Start());
    }

    /// <summary>The value of the secret of the user that may change all others.</summary>
    public abstract object Master { get; }

    public abstract Task CreateUser(string name);

    /// <summary>The value of a user's secret.</summary>
    public abstract object Value(string name, string? master);

    public abstract Task<bool> CanLogIn(string user, string password);

    public abstract ValueTask DisposeAsync();

    private sealed class Postgres(PostgresServer server) : DrillTarget
    {
        public override object Master => new { engine = "postgres", host = server.Host, port = server.Port, username = "postgres", password = PostgresServer.SuperuserPassword, ssl = false };

        public override Task CreateUser(string name) => server.Execute($"CREATE ROLE {name} LOGIN PASSWORD '{FirstPassword}'");

        public override object Value(string name, string? master) => master is null
            ? new { engine = "postgres", host = server.Host, port = server.Port, username = name, password = FirstPassword, ssl = false }
            : new { engine = "postgres", host = server.Host, port = server.Port, username = name, password = FirstPassword, ssl = false, masterarn = master };

        public override Task<bool> CanLogIn(string user, string password) => server.CanLogIn(user, password);

        public override ValueTask DisposeAsync() => server.DisposeAsync();
    }

    private sealed class MariaDb(MariaDbServer server) : DrillTarget
    {
        public override object Master => new { engine = "mariadb", host = server.Host, port = server.Port, username = "root", password = MariaDbServer.SuperuserPassword, ssl = false };

        public override Task CreateUser(string name) => server.Execute($"CREATE USER {name}@'%' IDENTIFIED BY '{FirstPassword}'");

        public override object Value(string name, string? master) => master is null
            ? new { engine = "mariadb", host = server.Host, port = server.Port, username = name, password = FirstPassword, ssl = false }
            : new { engine = "mariadb", host = server.Host, port = server.Port, username = name, password = FirstPassword, ssl = false, masterarn = master };

        public override Task<bool> CanLogIn(string user, string password) => server.CanLogIn(user, password);

        public override ValueTask DisposeAsync() => server.DisposeAsync();
    }
}
