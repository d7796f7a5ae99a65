using System.Buffers.Text;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Services;
using SecretsPortal.Services.Demo;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Web.Tests.Configuration;

/// <summary>The start as a process sees it: exit codes and what stands on the console.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task A_bad_configuration_lists_every_fault_and_exits_with_78()
    {
        using var directory = new TemporaryDirectory();
        var result = await Run($"--Portal:DataDirectory={directory["data"]}", "--Portal:AccountId=1", "--Portal:Region=?", "--Portal:Regin=x");
        Assert.Equal(78, result.ExitCode);
        Assert.Equal(
            """
            Secrets Portal cannot start:
            Portal:Regin is not a setting. Did you mean Portal:Region?
            Portal:Region must be a region's name: words of lower-case letters and a number with hyphens between them, such as us-east-1.
            Portal:AccountId must be 12 digits.
            """,
            result.Error.Trim());
        Assert.Equal("", result.Output);
    }

    [Fact]
    public async Task A_demonstration_beside_a_full_database_exits_with_78_and_touches_nothing()
    {
        using var directory = new TemporaryDirectory();
        var store = Path.Combine(Directory.CreateDirectory(directory["data"]).FullName, "portal.db");
        await File.WriteAllTextAsync(store, "somebody's");

        var result = await Run("--demo", $"--Portal:DataDirectory={directory["data"]}");

        Assert.Equal(78, result.ExitCode);
        Assert.Contains($"--demo: the store in {directory["data"]} is not empty", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.Equal("somebody's", await File.ReadAllTextAsync(store));
        Assert.Equal(["data"], Directory.GetFileSystemEntries(directory.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_demonstration_that_is_filled_already_starts_as_it_is()
    {
        using var directory = new TemporaryDirectory();
        string[] args = ["--contentRoot", AppContext.BaseDirectory, "--urls=http://127.0.0.1:0", $"--Portal:DataDirectory={directory["data"]}"];
        await using (var first = PortalHost.Build(args))
            await PortalHost.Start(first, TextWriter.Null, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(directory["data"], "demonstration.txt"), "");

        await using var again = PortalHost.Build([.. args, "--demo"]);
        using var output = new StringWriter();
        await PortalHost.Start(again, output, TestContext.Current.CancellationToken);

        Assert.Contains("is filled with a demonstration already", output.ToString(), StringComparison.Ordinal);
        Assert.True(again.Services.GetRequiredService<PortalOptions>().IsDemo);
        Assert.InRange((TimeProvider.System.GetUtcNow() - again.Services.GetRequiredService<TimeProvider>().GetUtcNow()).Duration(), TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_start_without_demo_has_nothing_of_one()
    {
        using var directory = new TemporaryDirectory();
        await using var app = PortalHost.Build(["--contentRoot", AppContext.BaseDirectory, $"--Portal:DataDirectory={directory["data"]}"]);

        Assert.False(app.Services.GetRequiredService<PortalOptions>().IsDemo);
        Assert.Same(TimeProvider.System, app.Services.GetRequiredService<TimeProvider>());
        Assert.Null(app.Services.GetService<DemoFill>());
    }

    [Fact]
    public async Task A_lost_key_file_beside_a_full_database_stops_the_start_with_78()
    {
        await using var first = await PortalProcess.Start();
        var keys = Directory.GetFiles(first.DataDirectory, "*.key");
        Assert.NotEmpty(keys);
        foreach (var key in keys)
            File.Delete(key);
        var result = await Run($"--Portal:DataDirectory={first.DataDirectory}");
        Assert.Equal(78, result.ExitCode);
        Assert.Contains("Portal:Kms:KeyFile", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(first.DataDirectory, "*.key"));
    }

    [Fact]
    public async Task A_taken_port_is_told_in_plain_words()
    {
        await using var first = await TestPortal.Start();
        using var directory = new TemporaryDirectory();
        var result = await Run("--urls", first.Address.GetLeftPart(UriPartial.Authority), $"--Portal:DataDirectory={directory["data"]}");
        Assert.Equal(78, result.ExitCode);
        Assert.Contains(
            $"urls: {first.Address.GetLeftPart(UriPartial.Authority)} is in use by another program; stop it, or choose another address with --urls http://localhost:PORT.",
            result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Output + result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_is_none_is_told_in_plain_words()
    {
        using var directory = new TemporaryDirectory();
        var result = await Run("--urls", "nonsense", $"--Portal:DataDirectory={directory["data"]}");
        Assert.Equal(78, result.ExitCode);
        Assert.Contains("urls: nonsense is not an address; write it like http://localhost:8210.", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_level_that_is_none_stops_the_start_with_78()
    {
        using var directory = new TemporaryDirectory();
        var result = await Run("--urls", "foo", "--Logging:LogLevel:Default=Bogus", $"--Portal:DataDirectory={directory["data"]}");
        Assert.Equal(78, result.ExitCode);
        Assert.Equal(
            """
            Secrets Portal cannot start:
            urls: foo is not an address; write it like http://localhost:8210.
            Logging:LogLevel:Default must be one of Trace, Debug, Information, Warning, Error, Critical, None.
            """,
            result.Error.Trim());
    }

    [Theory]
    [InlineData("SqlServer", "Passwordd=hunter2-of-the-test", "SQL Server")]
    [InlineData("SqlServer", "Server=x;Connect Timeout=hunter2-of-the-test", "SQL Server")]
    [InlineData("SqlServer", "Server=x;User Id=a;Authentication=Active Directory Integrated;Password=hunter2-of-the-test", "SQL Server")]
    [InlineData("Sqlite", "Foo=bar", "SQLite")]
    [InlineData("Sqlite", "Data Source=:memory:", "SQLite")]
    [InlineData("Sqlite", "Data Source=x;Mode=hunter2-of-the-test", "SQLite")]
    public async Task A_connection_string_that_cannot_be_read_is_told_without_quoting_it(string provider, string value, string database)
    {
        using var directory = new TemporaryDirectory();
        var result = await Run(
            $"--Portal:DataDirectory={directory["data"]}", $"--Portal:Database:Provider={provider}", $"--Portal:Database:ConnectionString={value}");
        Assert.Equal(78, result.ExitCode);
        var line = Assert.Single(result.Error.Trim().Split('\n').Skip(1));
        Assert.StartsWith($"Portal:Database:ConnectionString cannot be read as a connection string of {database}. ", line, StringComparison.Ordinal);
        foreach (var part in new[] { "Passwordd", "hunter2", "Foo", "bar", ":memory:", "   at " })
            Assert.DoesNotContain(part, result.Output + result.Error, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_generated_credentials_are_shown_once_and_work()
    {
        using var directory = new TemporaryDirectory();
        string secret;
        await using (var first = await TestPortal.StartWithoutBootstrap($"--Portal:DataDirectory={directory["data"]}"))
        {
            var shown = first.StartOutput.Split('\n').Select(line => line.Trim()).ToList();
            string Shown(string label) => shown.Single(line => line.StartsWith(label, StringComparison.Ordinal))[label.Length..].Trim();
            Assert.Equal("admin", Shown("User "));
            Assert.True(Shown("Password ").Length >= 16);
            secret = Shown("Secret access key ");
            using var client = new SigningClient(
                first.Address, new Core.SigV4.SigningCredentials(Shown("Access key id "), new Core.Secrets.SecretText(secret)), TestPortal.Region);
            await client.Ok("ListSecrets", new { });
            Assert.Contains($"--endpoint-url {first.Address.GetLeftPart(UriPartial.Authority)}", first.StartOutput, StringComparison.Ordinal);
        }

        await using var second = await TestPortal.StartWithoutBootstrap($"--Portal:DataDirectory={directory["data"]}");
        Assert.DoesNotContain("Password", second.StartOutput, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, second.StartOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_says_live_and_ready_to_anyone()
    {
        await using var portal = await TestPortal.Start();
        using var http = new HttpClient { BaseAddress = portal.Address };
        Assert.Equal("{\"status\":\"live\"}", await http.GetStringAsync("/health/live", TestContext.Current.CancellationToken));
        Assert.Equal("{\"status\":\"ready\"}", await http.GetStringAsync("/health/ready", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_portal_whose_database_is_broken_is_not_ready_and_says_so()
    {
        await using var portal = await TestPortal.Start();
        foreach (var path in Directory.GetFiles(portal.DataDirectory, "portal.db*"))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            file.Write(Enumerable.Repeat((byte)0xFF, (int)file.Length).ToArray());
        }

        using var http = new HttpClient { BaseAddress = portal.Address };
        using var answer = await http.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith("{\"status\":\"unavailable\",\"away\":{\"database\":", body, StringComparison.Ordinal);
        Assert.DoesNotContain(portal.DataDirectory, body, StringComparison.Ordinal);
        Assert.Equal("{\"status\":\"live\"}", await http.GetStringAsync("/health/live", TestContext.Current.CancellationToken));

        var refused = await portal.Aws.Call("ListSecrets", new { });
        Assert.True((int)refused.Status >= 500);
        Assert.Contains(refused.ErrorType, new[] { "InternalServiceError", "ServiceUnavailableException" });
        Assert.DoesNotContain(portal.DataDirectory, refused.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("SQLite", refused.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Every_region_that_is_configured_is_served_on_its_own()
    {
        await using var portal = await TestPortal.Start("--Portal:Regions=us-east-1,eu-west-1", "--Portal:AccountId=123456789012");
        using var europe = new SigningClient(portal.Address, TestPortal.Credentials, "eu-west-1");
        var created = await europe.Ok("CreateSecret", new { Name = "here", ClientRequestToken = new string('t', 32), SecretString = "x" });
        Assert.StartsWith("arn:aws:secretsmanager:eu-west-1:123456789012:secret:here-", created["ARN"], StringComparison.Ordinal);
        await portal.Aws.Refused("DescribeSecret", new { SecretId = "here" }, "ResourceNotFoundException");
    }

    [Fact]
    public async Task The_log_holds_no_secret_at_any_level()
    {
        await using var portal = await PortalProcess.Start("--Logging:LogLevel:Default=Trace", "--Logging:LogLevel:Microsoft=Trace", "--Logging:LogLevel:Hangfire=Trace");
        using var aws = new SigningClient(portal.Address, TestPortal.Credentials, TestPortal.Region);
        var value = "needle-" + new string('n', 32);
        var database = System.Text.Json.JsonSerializer.Serialize(
            new { engine = "postgres", host = "127.0.0.1", port = 1, username = "u", password = value, dbname = "d" });
        await aws.Ok("CreateSecret", new { Name = "a", ClientRequestToken = new string('1', 32), SecretString = database });
        await aws.Ok("GetSecretValue", new { SecretId = "a" });
        await aws.Ok("RotateSecret", new { SecretId = "a", ClientRequestToken = new string('2', 32) });
        await aws.Send("secretsmanager.PutSecretValue", $"{{\"SecretId\":\"a\",\"SecretString\":\"{value}\",\"SecretString\":1,{value}");
        await aws.Refused(
            "PutSecretValue", new { SecretId = "a", ClientRequestToken = new string('1', 32), SecretString = value }, "ResourceExistsException");
        await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        Assert.Contains("POST", portal.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("needle", portal.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(PortalProcess.SecretAccessKey, portal.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(PortalProcess.AdminPassword, portal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_with_a_form_is_not_kept_and_logs_no_warning()
    {
        await using var portal = await PortalProcess.Start();
        using var http = new HttpClient { BaseAddress = portal.Address };
        using var page = await http.GetAsync("/sign-in", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Contains("__RequestVerificationToken", await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal("no-store", page.Headers.CacheControl!.ToString());
        // A browser that knew another portal at this address, such as a demonstration that was removed, has that one's cookie still.
        using var returning = new HttpRequestMessage(HttpMethod.Get, "/sign-in");
        returning.Headers.Add("Cookie", $"secretsportal.antiforgery={Base64Url.EncodeToString([0x09, 0xF0, 0xC9, 0xF0, .. new byte[80]])}");
        using var again = await http.SendAsync(returning, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        // The process ends first, so that all it logged has been read.
        await portal.DisposeAsync();
        Assert.DoesNotContain("warn:", portal.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("fail:", portal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_program_checks_the_health_of_a_running_portal()
    {
        string program = Path.Combine(AppContext.BaseDirectory, "SecretsPortal.Web.dll"), address;
        await using (var portal = await TestPortal.Start())
        {
            address = portal.Address.ToString();
            var ready = await ExternalCommand.Run("dotnet", [program, "--check-health", address]);
            Assert.Equal((0, ""), (ready.ExitCode, ready.Error));
        }

        var gone = await ExternalCommand.Run("dotnet", [program, "--check-health", address]);
        Assert.Equal(1, gone.ExitCode);
        Assert.StartsWith($"{address} does not answer: ", gone.Error, StringComparison.Ordinal);
        Assert.Equal(78, (await ExternalCommand.Run("dotnet", [program, "--check-health"])).ExitCode);
    }

    [Fact]
    public async Task Who_asks_for_help_gets_it_and_no_portal_with_a_store()
    {
        using var data = new TemporaryDirectory();

        var help = await Run("--help", $"--Portal:DataDirectory={data.Path}");

        Assert.Equal((0, ""), (help.ExitCode, help.Error));
        Assert.All(new[] { "--demo", "backup FILE", "audit verify", "--check-health" }, word => Assert.Contains(word, help.Output, StringComparison.Ordinal));
        Assert.Empty(Directory.EnumerateFileSystemEntries(data.Path));
    }

    private static Task<CommandResult> Run(params string[] settings) => ExternalCommand.Run(
        "dotnet", [Path.Combine(AppContext.BaseDirectory, "SecretsPortal.Web.dll"), "--contentRoot", AppContext.BaseDirectory,
            .. settings.Contains("--urls") ? (string[])[] : ["--urls", "http://127.0.0.1:0"], .. settings]);
}
