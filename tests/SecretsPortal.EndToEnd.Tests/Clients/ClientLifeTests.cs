using SecretsPortal.Tests.Shared;

namespace SecretsPortal.EndToEnd.Tests.Clients;

/// <summary>A portal that serves several regions, and a PostgreSQL server whose logins the lives rotate.</summary>
public sealed class ClientsFixture : IAsyncLifetime
{
    private const string FirstPassword = "first-password-set-by-hand";

    private PortalProcess? _portal;
    private PostgresServer? _database;

    public PortalProcess Portal => _portal!;

    public async ValueTask InitializeAsync()
    {
        if (PostgresServer.ProgramFolder is null)
            return;
        _database = await PostgresServer.Start();
        _portal = await PortalProcess.Start("--Portal:Regions=us-east-1,eu-central-1,ap-southeast-2");
    }

    public async ValueTask DisposeAsync()
    {
        if (_portal is not null)
            await _portal.DisposeAsync();
        if (_database is not null)
            await _database.DisposeAsync();
    }

    /// <summary>Makes the login that a client's life rotates; the environment of that client.</summary>
    public async Task<Dictionary<string, string?>> Prepare(string client)
    {
        await _database!.Execute($"CREATE ROLE {client} LOGIN PASSWORD '{FirstPassword}'");
        return new Dictionary<string, string?>(Portal.AwsEnvironment)
        {
            ["AWS_REGION"] = Portal.AwsEnvironment["AWS_DEFAULT_REGION"],
            ["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = Portal.Address.ToString(),
            ["AWS_DATA_PATH"] = RepositoryRoot.File("tests/clients/models"),
            ["LC_ALL"] = "C.UTF-8",
            ["PYTHONDONTWRITEBYTECODE"] = "1",
            ["LIFE_NAME"] = $"life/{client}",
            ["LIFE_REPLICA_REGION"] = "eu-central-1",
            ["LIFE_DATABASE"] = $$"""
                {"engine":"postgres","host":"{{_database.Host}}","port":{{_database.Port}},"username":"{{client}}","password":"{{FirstPassword}}","dbname":"postgres","ssl":false}
                """,
        };
    }

    /// <summary>False once the login's password was rotated.</summary>
    public Task<bool> HasFirstPassword(string client) => _database!.CanLogIn(client, FirstPassword);
}

/// <summary>
/// Real clients, unchanged, each through the whole life of a secret against a portal that runs as a process. What they saw is the table in
/// docs/clients.md.
/// </summary>
public sealed class ClientLifeTests(ClientsFixture fixture) : IClassFixture<ClientsFixture>
{
    [Fact]
    public async Task The_AWS_CLI_lives_the_whole_life_of_a_secret()
    {
        SkipUnless(ExternalCommand.AwsCli is not null, "The AWS CLI is not installed (apt-get install awscli).");
        var environment = await fixture.Prepare("cli");
        var cli = new AwsCli(fixture.Portal.Address, environment);

        await new AwsCliLife(cli, environment).Live();

        Assert.False(await fixture.HasFirstPassword("cli"), "The login's first password is refused.");
        ClientTable.Hold("AWS CLI", cli.Checks);
    }

    [Fact]
    public async Task Boto3_lives_the_whole_life_of_a_secret()
    {
        const string python = "/usr/bin/python3";
        var imports = File.Exists(python) && (await ExternalCommand.Run(python, ["-c", "import boto3"])).ExitCode == 0;
        SkipUnless(imports, "boto3 is not installed (apt-get install python3-boto3).");

        await Live("boto3", python, "python/life.py");
    }

    [Fact]
    public async Task The_SDK_for_JavaScript_lives_the_whole_life_of_a_secret()
    {
        var node = ExternalCommand.Find("node");
        SkipUnless(node is not null, "Node.js is not installed (apt-get install nodejs npm).");
        var version = (await ExternalCommand.Run(node!, ["--version"])).Succeeded("node --version").Trim();
        SkipUnless(int.Parse(version.TrimStart('v').Split('.')[0], System.Globalization.CultureInfo.InvariantCulture) >= 20, $"The SDK needs Node.js 20 or later, this is {version}.");
        var installed = Directory.Exists(RepositoryRoot.File("tests/clients/javascript/node_modules/@aws-sdk/client-secrets-manager"));
        SkipUnless(installed, "The SDK is not installed (npm ci in tests/clients/javascript; check.sh does it).");

        await Live("JavaScript", node!, "javascript/life.mjs");
    }

    private async Task Live(string client, string program, string script)
    {
        var role = client.ToLowerInvariant();
        var result = await ExternalCommand.Run(program, [RepositoryRoot.File($"tests/clients/{script}")], await fixture.Prepare(role));
        var report = result.Succeeded($"The life of {client}");

        Assert.False(await fixture.HasFirstPassword(role), "The login's first password is refused.");
        ClientTable.Hold(client, ClientTable.Parse(report));
    }

    private static void SkipUnless(bool there, string reason)
    {
        Assert.SkipWhen(PostgresServer.ProgramFolder is null, "No PostgreSQL server is installed.");
        Assert.SkipUnless(there, reason);
    }
}
