using System.Text.Json;
using Microsoft.Playwright;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Tests.Shared;
using SecretsPortal.Web.Tests;
using SecretsPortal.Web.Tests.Admin;

namespace SecretsPortal.EndToEnd.Tests.EveryPage;

/// <summary>
/// A portal with something of everything in it, and <see cref="Markup"/> in every text that a person or a program can fill: what the pages show is
/// real and hostile at once.
/// </summary>
public sealed class FilledPortal : IAsyncLifetime
{
    /// <summary>A text that would run in each of the ways in which a page could give it a life; nothing of it may become an element.</summary>
    public const string Markup = """<img src=x onerror="window.ranHere='img'"><svg onload="window.ranHere='svg'"></svg><script>window.ranHere='script'</script>'"--><a href="javascript:window.ranHere='a'">x</a>{{1+1}}${1+1}""";

    /// <summary>As <see cref="Markup"/>, without blanks and short, for where neither goes.</summary>
    public const string Short = """<img/src=x/onerror=window.ranHere='short'>""";

    /// <summary>A secret that a function rotates, and fails.</summary>
    public const string Secret = "prod/orders/api";

    /// <summary>A secret of one text.</summary>
    public const string PlainSecret = "prod/orders/text";

    /// <summary>Each of user, group, client, policy and function has this name.</summary>
    public const string Name = "orders";

    private const string Policy = """{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:*:*:secret:<img src=x onerror=window.ranHere=1>*","Condition":{"StringEquals":{"aws:ResourceTag/<svg onload=window.ranHere=1>":"<img src=x onerror=window.ranHere=1>"}}}]}""";
    private const string ResourcePolicy = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:user/orders"},"Action":"secretsmanager:GetSecretValue","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/<svg onload=window.ranHere=1>":"<img src=x onerror=window.ranHere=1>"}}}]}""";

    private readonly TemporaryDirectory _functions = new();
    private PortalProcess? _process;
    private Browser? _browser;
    private IPage[] _visitors = [];
    private IReadOnlyList<Finding>[] _whileEmpty = [];
    private Task<IReadOnlyList<Finding>>? _walks;

    /// <summary>True where everything is looked at on every screen.</summary>
    internal static readonly bool IsFull = Environment.GetEnvironmentVariable("SECRETSPORTAL_AXE") == "full";

    /// <summary>The screens on which every page is looked at: light and wide, dark and a phone's, and the other two where <c>SECRETSPORTAL_AXE</c> says <c>full</c>.</summary>
    internal static readonly (ColorScheme Scheme, int Width)[] Screens = IsFull
        ? [(ColorScheme.Light, 1440), (ColorScheme.Dark, 390), (ColorScheme.Dark, 1440), (ColorScheme.Light, 390)]
        : [(ColorScheme.Light, 1440), (ColorScheme.Dark, 390)];

    /// <summary>What differs from something else by words alone is looked at on one screen, this one or the other, unless everything is looked at.</summary>
    internal static bool IsLookedAtOn(string screen, string what) =>
        IsFull || what.Sum(static c => c) % Screens.Length == Array.FindIndex(Screens, one => screen == $"{one.Scheme} {one.Width}");

    /// <summary>The walks through every page; gone once, whoever asks.</summary>
    internal Task<IReadOnlyList<Finding>> Walks => _walks ??= WalkAll();

    private async Task<IReadOnlyList<Finding>> WalkAll()
    {
        var walks = Screens.Select(async (screen, i) => (IReadOnlyList<Finding>)
        [
            .. _whileEmpty[i], .. await Walk.Through(this, _visitors[i], screen.Scheme, screen.Width), .. await Walk.AsNewcomer(this, screen.Scheme, screen.Width),
        ]);
        return [.. (await Task.WhenAll(walks)).SelectMany(one => one)];
    }

    internal PortalProcess Process => _process!;

    internal Browser Browser => _browser!;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(ExternalCommand.Chromium is null, "Chromium is not installed; check.sh installs it.");
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Functions run as processes on Linux alone.");
        WriteFunction();
        _process = await PortalProcess.Start($"--Portal:Functions:Directory={_functions.Path}", "--Portal:Regions=us-east-1,eu-central-1");
        _browser = await Browser.Start();
        _visitors = await Task.WhenAll(Screens.Select(screen => this.NewVisitor(screen.Scheme, screen.Width)));
        _whileEmpty = await Task.WhenAll(Screens.Select((screen, i) => Walk.ThroughEmpty(_visitors[i], screen.Scheme, screen.Width)));
        await Fill();
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        if (_process is not null)
            await _process.DisposeAsync();
        _functions.Dispose();
    }

    /// <summary>Adds a user who may do nothing.</summary>
    /// <returns>The name, and the password that has to be changed at the first sign-in.</returns>
    internal async Task<(string Name, string Password)> AddNewcomer(string name)
    {
        using var admin = Admin();
        var added = await admin.Ok("POST", "/api/v1/users", new { name });
        return (name, added["password"]!);
    }

    /// <summary>A client of the administration API.</summary>
    internal AdminClient Admin() => new(Process.Address, Credentials);

    /// <summary>A client of the AWS API.</summary>
    internal SigningClient Aws() => new(Process.Address, Credentials, "us-east-1");

    internal static string Token() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();

    private static SigningCredentials Credentials => new(PortalProcess.AccessKeyId, new SecretText(PortalProcess.SecretAccessKey));

    // A function that says the markup in all that it says, and fails with it.
    private void WriteFunction()
    {
        Directory.CreateDirectory(_functions["says"]);
        File.WriteAllText(Path.Combine(_functions["says"], "lambda_function.py"), $"""
            TEXT = {JsonSerializer.Serialize(Markup)}

            def lambda_handler(event, context):
                print(TEXT)
                raise ValueError(TEXT)
            """);
        if (OperatingSystem.IsLinux())
        {
            foreach (var folder in new[] { _functions.Path, _functions["says"] })
                File.SetUnixFileMode(folder, (UnixFileMode)Convert.ToInt32("755", 8));
            File.SetUnixFileMode(Path.Combine(_functions["says"], "lambda_function.py"), (UnixFileMode)Convert.ToInt32("644", 8));
        }
    }

    private async Task Fill()
    {
        using var aws = Aws();
        using var admin = Admin();
        await FillAccess(admin);
        await FillKeys(admin);
        await admin.Ok("POST", "/api/v1/functions", new
        {
            name = Name, kind = "Process", description = Markup, allowedSecrets = new[] { "prod/*" },
            process = new { runtime = "Python3", folder = "says", handler = "lambda_function.lambda_handler", variables = new { TEXT = Markup } },
        });
        await admin.Ok("POST", "/api/v1/notifications", new { name = Name, isDisabled = true, webhook = new { url = "https://hooks.example.com/portal?text=%3Cscript%3E" } });
        await FillSecrets(aws);
    }

    private static async Task FillAccess(AdminClient admin)
    {
        await admin.Ok("POST", "/api/v1/users", new { name = Name, displayName = Markup[..64], description = Markup, email = "orders@example.com", tags = new { team = "orders" } });
        await admin.Ok("POST", "/api/v1/groups", new { name = Name, description = Markup });
        await admin.Ok("POST", "/api/v1/clients", new { name = Name, description = Markup, tags = new { team = "orders" } });
        await admin.Ok("POST", $"/api/v1/clients/{Name}/access-keys", new { description = Markup });
        await admin.Ok("POST", "/api/v1/policies", new { name = Name, description = Markup, document = Policy });
        await admin.Ok("PUT", $"/api/v1/groups/{Name}/users/{Name}");
        await admin.Ok("PUT", $"/api/v1/groups/{Name}/clients/{Name}");
        await admin.Ok("PUT", $"/api/v1/groups/{Name}/policies/{Name}");
        await admin.Ok("PUT", $"/api/v1/users/{Name}/policies/{Name}");
    }

    private static Task<AdminAnswer> FillKeys(AdminClient admin) => admin.Ok("POST", "/api/v1/keys", new { provider = "local", alias = $"alias/{Name}", description = Markup });

    private static async Task FillSecrets(SigningClient aws)
    {
        var fields = new Dictionary<string, string> { [Markup] = Markup, ["username"] = Markup, ["password"] = "a password" };
        object[] tags = [new { Key = Short, Value = Markup }, new { Key = "team", Value = "orders" }];
        await aws.Ok("CreateSecret", new { Name = Secret, Description = Markup, ClientRequestToken = Token(), SecretString = JsonSerializer.Serialize(fields), Tags = tags });
        await aws.Ok("CreateSecret", new { Name = PlainSecret, Description = Short, ClientRequestToken = $"{Short}0123456789"[..48], SecretString = Markup, AddReplicaRegions = new[] { new { Region = "eu-central-1" } } });
        await aws.Ok("PutSecretValue", new { SecretId = PlainSecret, ClientRequestToken = Token(), SecretString = Markup + "2", VersionStages = new[] { Short } });
        await aws.Ok("PutResourcePolicy", new { SecretId = Secret, ResourcePolicy });
        await aws.Ok("CreateSecret", new { Name = "prod/orders/gone", Description = Markup, ClientRequestToken = Token(), SecretString = Markup });
        await aws.Ok("DeleteSecret", new { SecretId = "prod/orders/gone" });
        await aws.Ok("RotateSecret", new
        {
            SecretId = Secret, RotationLambdaARN = $"arn:aws:lambda:us-east-1:000000000000:function:{Name}", ClientRequestToken = Token(), RotationRules = new { AutomaticallyAfterDays = 30 },
        });
        // Refused, and recorded with what was asked for.
        await aws.Call("GetSecretValue", new { SecretId = Short });
        await aws.Call("DescribeSecret", new { SecretId = Markup });
    }
}

/// <summary>The tests that go through every page share one portal; they run one after another.</summary>
[CollectionDefinition(nameof(FilledPortal))]
public sealed class FilledPortalTests : ICollectionFixture<FilledPortal>;
