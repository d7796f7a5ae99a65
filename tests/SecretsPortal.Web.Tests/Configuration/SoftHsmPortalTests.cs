using System.Net;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Web.Tests.Configuration;

/// <summary>A portal whose default key is in a token: its life, and what it does while the token is away.</summary>
public sealed class SoftHsmPortalTests : IAsyncLifetime
{
    private const string Label = "secrets-portal";
    private SoftHsm _hsm = null!;

    public async ValueTask InitializeAsync()
    {
        _hsm = await SoftHsm.Start();
        await _hsm.AddKey(Label, "01");
    }

    public ValueTask DisposeAsync() => _hsm?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task Secrets_outlive_a_restart_and_a_token_that_was_away()
    {
        await using var portal = await PortalProcess.StartWith(Environment, Settings);
        using var aws = new SigningClient(portal.Address, TestPortal.Credentials, TestPortal.Region);
        Assert.Contains($"keys:    PKCS#11, the key {Label} of the token {SoftHsm.TokenLabel}", portal.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(portal.DataDirectory, "local-kms.key")));
        foreach (var name in new[] { "a", "b", "c" })
            await aws.Ok("CreateSecret", new { Name = name, ClientRequestToken = new string('1', 32), SecretString = $"value of {name}" });
        Assert.Equal("value of a", (await aws.Ok("GetSecretValue", new { SecretId = "a" }))["SecretString"]);

        await portal.Restart(Settings);
        Assert.Equal("value of a", (await aws.Ok("GetSecretValue", new { SecretId = "a" }))["SecretString"]);

        _hsm.TakeAway();
        await RefusesWithoutKms(portal, aws, "b");
        _hsm.BringBack();
        await UntilReady(portal);
        Assert.Equal("value of b", (await aws.Ok("GetSecretValue", new { SecretId = "b" }))["SecretString"]);

        await _hsm.Hold();
        await RefusesWithoutKms(portal, aws, "c");
        _hsm.LetGo();
        await UntilReady(portal);
        Assert.Equal("value of c", (await aws.Ok("GetSecretValue", new { SecretId = "c" }))["SecretString"]);
        await aws.Ok("CreateSecret", new { Name = "d", ClientRequestToken = new string('1', 32), SecretString = "x" });
        await aws.Refused("DescribeSecret", new { SecretId = "refused" }, "ResourceNotFoundException");
    }

    [Fact]
    public async Task A_start_that_the_token_refuses_names_the_setting_and_keeps_nothing()
    {
        using var directory = new TemporaryDirectory();
        _hsm.WritePin("wrong");
        await StartRefused(directory, Label, "Portal:Kms:KeyReference: the key secrets-portal of pkcs11 can't be used as the default key. The PKCS#11 token refuses the PIN in the file of Portal:Kms:Pkcs11:PinFile.");
        _hsm.WritePin(SoftHsm.Pin);
        await StartRefused(directory, "nobody", "Portal:Kms:KeyReference: the key nobody of pkcs11 can't be used as the default key. The PKCS#11 token has no AES key with the label or id");
    }

    private Dictionary<string, string> Environment => new() { ["SOFTHSM2_CONF"] = _hsm.Configuration };

    private string[] Settings => SettingsFor(Label);

    private string[] SettingsFor(string key) =>
    [
        "--Portal:Kms:Provider=pkcs11", $"--Portal:Kms:KeyReference={key}", $"--Portal:Kms:Pkcs11:ModulePath={SoftHsm.Module}",
        $"--Portal:Kms:Pkcs11:TokenLabel={SoftHsm.TokenLabel}", $"--Portal:Kms:Pkcs11:PinFile={_hsm.PinFile}",
    ];

    private async Task StartRefused(TemporaryDirectory directory, string key, string fault)
    {
        var result = await ExternalCommand.Run(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "SecretsPortal.Web.dll"), "--contentRoot", AppContext.BaseDirectory, "--urls", "http://127.0.0.1:0",
                $"--Portal:DataDirectory={directory["data"]}", .. SettingsFor(key)],
            Environment.ToDictionary(pair => pair.Key, pair => (string?)pair.Value));
        Assert.Equal(78, result.ExitCode);
        Assert.StartsWith(fault, Assert.Single(result.Error.Trim().Split('\n').Skip(1)), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    /// <summary>Not ready, and neither a write nor a read of what no cache holds: each told within the timeout.</summary>
    private static async Task RefusesWithoutKms(PortalProcess portal, SigningClient aws, string unread)
    {
        using var http = new HttpClient { BaseAddress = portal.Address };
        using var answer = await http.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.StartsWith(
            "{\"status\":\"unavailable\",\"away\":{\"kms\":", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        foreach (var (operation, input) in new (string, object)[]
        {
            ("CreateSecret", new { Name = "refused", ClientRequestToken = new string('1', 32), SecretString = "x" }),
            ("GetSecretValue", new { SecretId = unread }),
        })
        {
            var started = TimeProvider.System.GetTimestamp();
            var refused = await aws.Call(operation, input);
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "ServiceUnavailableException"), (refused.Status, refused.ErrorType));
            Assert.Contains("KMS", refused.Text.Replace("PKCS#11", "KMS", StringComparison.Ordinal), StringComparison.Ordinal);
            Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(8));
        }
    }

    private static async Task UntilReady(PortalProcess portal)
    {
        using var http = new HttpClient { BaseAddress = portal.Address };
        for (var attempt = 0; attempt < 60; attempt++)
        {
            using var answer = await http.GetAsync("/health/ready", TestContext.Current.CancellationToken);
            if (answer.IsSuccessStatusCode)
                return;
            await Task.Delay(500, TestContext.Current.CancellationToken);
        }

        Assert.Fail($"The portal did not become ready again. It printed:\n{portal.Output}");
    }
}
