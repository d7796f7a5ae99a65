using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Microsoft.Playwright;
using SecretsPortal.TerraformProvider.Tests.Terraform;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.EndToEnd.Tests;

/// <summary>
/// What docs/walkthrough.md tells, with nothing replaced: a real PostgreSQL login, declared by the real Terraform, rotated by the scheduler
/// of a portal that runs as a process, read back by the real AWS CLI, and looked at in a real browser.
/// </summary>
public sealed partial class FirstHourTests(ITestOutputHelper output)
{
    private const string Secret = "walkthrough/orders";
    private const string FirstPassword = "first-password-set-by-hand";

    [Fact]
    public async Task A_declared_login_is_rotated_and_every_door_agrees()
    {
        Assert.SkipWhen(PostgresServer.ProgramFolder is null, "No PostgreSQL server is installed.");
        Assert.SkipWhen(ExternalCommand.AwsCli is null, "The AWS CLI is not installed.");
        Assert.SkipWhen(ExternalCommand.Chromium is null, "Chromium is not installed.");
        await using var database = await PostgresServer.Start();
        await database.Execute($"CREATE ROLE orders LOGIN PASSWORD '{FirstPassword}'");
        await using var portal = await PortalProcess.Start();
        using var terraform = new TerraformWorkspace(portal);

        await terraform.UseExample("postgres-rotation");
        SetVariables(terraform, database);
        await terraform.Apply();
        var rotated = await PasswordAfterRotation(portal, FirstPassword);

        Assert.True(await database.CanLogIn("orders", rotated), "The rotated password logs in.");
        Assert.False(await database.CanLogIn("orders", FirstPassword), "The first password is refused.");
        await AssertLabels(portal, versions: 2);

        await MakeScheduleDue(portal);
        var scheduled = await PasswordAfterRotation(portal, rotated);

        Assert.True(await database.CanLogIn("orders", scheduled), "The password of the scheduled rotation logs in.");
        Assert.False(await database.CanLogIn("orders", rotated), "The one before it is refused.");
        await AssertLabels(portal, versions: 3);
        await AssertPortalShowsIt(portal, scheduled);
        Assert.False(await terraform.PlansChanges(), "A rotated secret is no drift.");
        await AssertNowhere(terraform, portal, FirstPassword, rotated, scheduled);
    }

    private static void SetVariables(TerraformWorkspace terraform, PostgresServer database)
    {
        terraform.Set("TF_VAR_name", Secret);
        terraform.Set("TF_VAR_host", database.Host);
        terraform.Set("TF_VAR_port", $"{database.Port}");
        terraform.Set("TF_VAR_username", "orders");
        terraform.Set("TF_VAR_password", FirstPassword);
        // The test's server has no certificate.
        terraform.Set("TF_VAR_ssl", "false");
    }

    /// <summary>Asks until the current password is another one; the run ends when AWSPENDING is gone.</summary>
    private async Task<string> PasswordAfterRotation(PortalProcess portal, string before)
    {
        var deadline = TimeProvider.System.GetUtcNow().AddSeconds(180);
        while (TimeProvider.System.GetUtcNow() < deadline)
        {
            using var value = JsonDocument.Parse(await Aws(portal, "get-secret-value", "--query", "SecretString", "--output", "text"));
            var password = value.RootElement.GetProperty("password").GetString()!;
            if (password != before)
                return password;
            await Task.Delay(200);
        }

        throw new TimeoutException($"The password did not change. {await Aws(portal, "describe-secret")}\n{portal.Output}");
    }

    private async Task AssertLabels(PortalProcess portal, int versions)
    {
        var description = await Aws(portal, "describe-secret");
        output.WriteLine(description);
        using var secret = JsonDocument.Parse(description);
        var labels = secret.RootElement.GetProperty("VersionIdsToStages").EnumerateObject()
            .SelectMany(version => version.Value.EnumerateArray().Select(label => label.GetString()!)).Order(StringComparer.Ordinal);
        Assert.Equal(["AWSCURRENT", "AWSPREVIOUS"], labels);

        using var list = JsonDocument.Parse(await Aws(portal, "list-secret-version-ids", "--include-deprecated"));
        Assert.Equal(versions, list.RootElement.GetProperty("Versions").GetArrayLength());
    }

    /// <summary>
    /// The shortest schedule is four hours, so the test moves the next window into the past, as time would. Everything after that is the
    /// scheduler's own doing.
    /// </summary>
    private static async Task MakeScheduleDue(PortalProcess portal)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(portal.DataDirectory, "portal.db")};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "UPDATE rotation_schedule SET next_window_start_at = $past, due_at = $past";
        // Begun so long ago that the rotation's place in the window is past, too.
        command.Parameters.AddWithValue("$past", TimeProvider.System.GetUtcNow().AddHours(-1).ToUnixTimeMilliseconds() * 1000);
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
    }

    private async Task AssertPortalShowsIt(PortalProcess portal, string password)
    {
        await using var browser = await Browser.Start();
        var page = await browser.NewPage(portal.Address);
        await page.SignIn();
        await page.GotoAsync("/secrets");
        await page.GetByText(Secret).First.ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = Secret })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("AWSCURRENT").First).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("AWSPREVIOUS").First).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("AWSPENDING")).ToHaveCountAsync(0);
        Assert.DoesNotContain(password, await page.ContentAsync(), StringComparison.Ordinal);
        await page.GetByRole(AriaRole.Button, new() { NameRegex = RevealButton() }).First.ClickAsync();
        await Assertions.Expect(page.GetByText(password).First).ToBeVisibleAsync();
    }

    /// <summary>Neither Terraform's files nor the portal's database, log and output hold a password.</summary>
    private static async Task AssertNowhere(TerraformWorkspace terraform, PortalProcess portal, params string[] passwords)
    {
        (await terraform.Run("plan", "-out=saved.tfplan")).Succeeded("terraform plan");
        var plan = (await terraform.Run("show", "-json", "saved.tfplan")).Succeeded("terraform show");
        var files = new[] { terraform.Folder, portal.DataDirectory }.SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}providers{Path.DirectorySeparatorChar}", StringComparison.Ordinal)).ToList();
        Assert.Contains(files, file => file.EndsWith("terraform.tfstate", StringComparison.Ordinal));
        foreach (var password in passwords)
        {
            Assert.DoesNotContain(password, plan, StringComparison.Ordinal);
            Assert.DoesNotContain(password, portal.Output, StringComparison.Ordinal);
            foreach (var file in files)
                Assert.False((await ReadShared(file)).AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(password)) >= 0, $"{file} holds a password.");
        }
    }

    private static async Task<byte[]> ReadShared(string file)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var copy = new MemoryStream();
        await stream.CopyToAsync(copy);
        return copy.ToArray();
    }

    private static async Task<string> Aws(PortalProcess portal, string operation, params string[] arguments)
    {
        var result = await ExternalCommand.Run(ExternalCommand.AwsCli!,
            ["secretsmanager", operation, "--endpoint-url", portal.Address.ToString(), "--secret-id", Secret, .. arguments], portal.AwsEnvironment);
        return result.Succeeded($"aws secretsmanager {operation}");
    }

    [GeneratedRegex("reveal", RegexOptions.IgnoreCase)]
    private static partial Regex RevealButton();
}
