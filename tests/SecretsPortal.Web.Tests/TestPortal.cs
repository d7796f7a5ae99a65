using Hangfire.Logging;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Services;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Storage;
using SecretsPortal.Tests.Shared;
using SecretsPortal.Web.Portal.Session;
using SecretsPortal.Web.Tests.Admin;

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
    private readonly bool _ownsDirectory;
    private readonly WebApplication _app;

    private TestPortal(TemporaryDirectory directory, bool ownsDirectory, WebApplication app, string output)
    {
        _directory = directory;
        _ownsDirectory = ownsDirectory;
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

    /// <summary>Starts a portal with something added to it, such as an endpoint.</summary>
    public static Task<TestPortal> Start(Action<WebApplication> add) => StartIn(new TemporaryDirectory(), withBootstrap: true, [], add);

    /// <summary>Starts a portal that generates its first credentials.</summary>
    public static Task<TestPortal> StartWithoutBootstrap(params string[] settings) => StartIn(new TemporaryDirectory(), withBootstrap: false, settings);

    /// <summary>Starts another host on the database and the key of this one. Dispose it first.</summary>
    public Task<TestPortal> StartNode(params string[] settings) => StartIn(_directory, withBootstrap: false, settings, ownsDirectory: false);

    /// <summary>The first administrator, signed in with the password.</summary>
    public async Task<Caller> SignIn()
    {
        var result = await Services.GetRequiredService<SignInService>().SignIn(
            AdminUser, new SecretText(AdminPassword), new SignInOrigin("127.0.0.1", "test"), CancellationToken.None);
        return result.Session?.User ?? throw new InvalidOperationException("The administrator can't sign in.");
    }

    /// <summary>Stores a user of a new name without a password, who may do nothing yet.</summary>
    public async Task<Caller> AddUser(string of)
    {
        var now = TimeProvider.System.GetUtcNow();
        var id = Guid.CreateVersion7(now).ToString("N");
        var stored = new StoredCaller { Id = id, Kind = CallerKind.User, Name = $"{of}-{id[20..]}", CreatedAt = now };
        var log = Services.GetRequiredService<AuditLog>();
        var call = new CallContext(await SignIn(), Region, "127.0.0.1", "test");
        Assert.True(await Services.GetRequiredService<CallerStore>().Add(
            new CallerAddition { Callers = [stored] }, log.For(call, PortalActions.CreateUser, stored.Name, AuditOutcome.Succeeded), default));
        return (await Services.GetRequiredService<SessionService>().Open(id, new SignInOrigin("127.0.0.1", "test"), detail: null, default)).User;
    }

    /// <summary>Asks for a page with the cookie of a new session of <paramref name="user"/>, and perhaps another cookie; redirects are not followed.</summary>
    public async Task<HttpResponseMessage> GetAs(Caller user, string path, string? cookie = null)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Address, path));
        request.Headers.Add("Cookie", cookie is null ? await Cookie(user) : $"{await Cookie(user)}; {cookie}");
        return await http.SendAsync(request);
    }

    /// <summary>Speaks the administration API in a new session of <paramref name="user"/>.</summary>
    public async Task<AdminClient> Session(Caller user) => new(Address, cookie: await Cookie(user));

    /// <summary>The cookie of a new session.</summary>
    public async Task<string> Cookie(Caller user)
    {
        const string scheme = CookieAuthenticationDefaults.AuthenticationScheme;
        var opened = await Services.GetRequiredService<SessionService>().Open(user.Id, new SignInOrigin("127.0.0.1", "test"), detail: null, default);
        var session = SessionGate.PrincipalOf(opened, scheme);
        var options = Services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(scheme);
        var ticket = new AuthenticationTicket(session, new AuthenticationProperties { IssuedUtc = TimeProvider.System.GetUtcNow() }, scheme);
        return $"{options.Cookie.Name}={options.TicketDataFormat.Protect(ticket)}";
    }

    public async ValueTask DisposeAsync()
    {
        Aws.Dispose();
        await _app.StopAsync();
        // Hangfire keeps its logger in a static that points at the host that started last; left there, the other hosts of this
        // process would log into a disposed one.
        LogProvider.SetCurrentLogProvider(null);
        await _app.DisposeAsync();
        if (_ownsDirectory)
            _directory.Dispose();
    }

    private static async Task<TestPortal> StartIn(
        TemporaryDirectory directory, bool withBootstrap, string[] settings, Action<WebApplication>? add = null, bool ownsDirectory = true)
    {
        var app = PortalHost.Build(
        [
            "--urls", "http://127.0.0.1:0", "--contentRoot", AppContext.BaseDirectory, "--Logging:LogLevel:Default=Warning",
            $"--Portal:DataDirectory={directory["data"]}",
            .. withBootstrap ? BootstrapSettings : [],
            .. settings,
        ]);
        add?.Invoke(app);
        using var output = new StringWriter();
        await PortalHost.Start(app, output, CancellationToken.None);
        return new TestPortal(directory, ownsDirectory, app, output.ToString());
    }

    private static string[] BootstrapSettings =>
    [
        $"--Portal:Bootstrap:AdminUser={AdminUser}", $"--Portal:Bootstrap:AdminPassword={AdminPassword}",
        $"--Portal:Bootstrap:AccessKeyId={AccessKeyId}", $"--Portal:Bootstrap:SecretAccessKey={SecretAccessKey}",
    ];
}
