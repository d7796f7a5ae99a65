using Microsoft.AspNetCore.Builder;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Web.Tests;

/// <summary>
/// The real host in this process: Kestrel on a free port of the loopback, SQLite and the local key in a temporary folder, and a known
/// first administrator and access key. Stops and cleans up when disposed.
/// </summary>
public sealed class TestPortal : IAsyncDisposable
{
    public const string AdminUser = "admin";
    public const string AdminPassword = "correct horse battery staple";
    public const string AccessKeyId = "AKIATESTOFTHEPORTAL1";
    public const string SecretAccessKey = "secretHalfOfTheTestsAccessKey0123456789a";
    public const string Region = "us-east-1";

    private readonly TemporaryDirectory _directory;
    private readonly WebApplication _app;

    private TestPortal(TemporaryDirectory directory, WebApplication app, string output)
    {
        _directory = directory;
        _app = app;
        StartOutput = output;
        Address = new Uri(app.Urls.First());
        Aws = new SigningClient(Address, Credentials, Region);
    }

    /// <summary>The access key of the tests.</summary>
    public static SigningCredentials Credentials => new(AccessKeyId, new SecretText(SecretAccessKey));

    /// <summary>Where it listens, with a port of its own.</summary>
    public Uri Address { get; }

    /// <summary>The host's services, for what cannot be seen through a door.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Signs with the tests' access key.</summary>
    public SigningClient Aws { get; }

    /// <summary>The folder of the database and the key.</summary>
    public string DataDirectory => _directory["data"];

    /// <summary>What the start wrote to the console.</summary>
    public string StartOutput { get; }

    /// <summary>Starts a portal; settings as on the command line, such as <c>--Portal:Region=eu-central-1</c>.</summary>
    public static Task<TestPortal> Start(params string[] settings) => StartIn(new TemporaryDirectory(), withBootstrap: true, settings);

    /// <summary>Starts a portal that generates its first credentials.</summary>
    public static Task<TestPortal> StartWithoutBootstrap(params string[] settings) => StartIn(new TemporaryDirectory(), withBootstrap: false, settings);

    public async ValueTask DisposeAsync()
    {
        Aws.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _directory.Dispose();
    }

    private static async Task<TestPortal> StartIn(TemporaryDirectory directory, bool withBootstrap, string[] settings)
    {
        var app = PortalHost.Build(
        [
            "--urls", "http://127.0.0.1:0", "--contentRoot", AppContext.BaseDirectory, "--Logging:LogLevel:Default=Warning",
            $"--Portal:DataDirectory={directory["data"]}",
            .. withBootstrap ? BootstrapSettings : [],
            .. settings,
        ]);
        using var output = new StringWriter();
        await PortalHost.Start(app, output, CancellationToken.None);
        return new TestPortal(directory, app, output.ToString());
    }

    private static string[] BootstrapSettings =>
    [
        $"--Portal:Bootstrap:AdminUser={AdminUser}", $"--Portal:Bootstrap:AdminPassword={AdminPassword}",
        $"--Portal:Bootstrap:AccessKeyId={AccessKeyId}", $"--Portal:Bootstrap:SecretAccessKey={SecretAccessKey}",
    ];
}
