using System.Text.Json;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Web.Tests.Api;

/// <summary>The life of a secret, as Debian's AWS CLI lives it against the portal.</summary>
public sealed class AwsCliTests(SharedPortal shared) : ApiTest(shared)
{
    [Fact]
    public async Task The_AWS_CLI_carries_a_secret_through_its_life()
    {
        Assert.SkipUnless(ExternalCommand.AwsCli is not null, "The AWS CLI is not installed (apt-get install awscli).");
        var name = NewName("cli");

        var created = await Cli("create-secret", "--name", name, "--secret-string", "first", "--description", "made by the CLI", "--tags", "Key=team,Value=a b");
        var arn = created.GetProperty("ARN").GetString()!;
        Assert.Equal("first", (await Cli("get-secret-value", "--secret-id", name)).GetProperty("SecretString").GetString());

        var second = (await Cli("put-secret-value", "--secret-id", arn, "--secret-string", "{\"a\":\"b\"}")).GetProperty("VersionId").GetString()!;
        var current = await Cli("get-secret-value", "--secret-id", name, "--version-stage", "AWSCURRENT");
        Assert.Equal("{\"a\":\"b\"}", current.GetProperty("SecretString").GetString());
        Assert.Equal(second, current.GetProperty("VersionId").GetString());
        Assert.Equal("first", (await Cli("get-secret-value", "--secret-id", name, "--version-stage", "AWSPREVIOUS")).GetProperty("SecretString").GetString());

        await Cli("update-secret", "--secret-id", name, "--description", "changed");
        await Cli("tag-resource", "--secret-id", name, "--tags", "Key=env,Value=prod");
        await Cli("untag-resource", "--secret-id", name, "--tag-keys", "team");
        var described = await Cli("describe-secret", "--secret-id", name);
        Assert.Equal("changed", described.GetProperty("Description").GetString());
        Assert.Equal("env", described.GetProperty("Tags").EnumerateArray().Single().GetProperty("Key").GetString());
        Assert.Equal(2, described.GetProperty("VersionIdsToStages").EnumerateObject().Count());
        Assert.StartsWith($"{TimeProvider.System.GetUtcNow():yyyy}", described.GetProperty("CreatedDate").GetString(), StringComparison.Ordinal);

        await Cli("update-secret-version-stage", "--secret-id", name, "--version-stage", "BLUE", "--move-to-version-id", second);
        var versions = await Cli("list-secret-version-ids", "--secret-id", name, "--include-deprecated");
        Assert.Equal(2, versions.GetProperty("Versions").GetArrayLength());
        var listed = await Cli("list-secrets", "--filters", $"Key=name,Values={name}");
        Assert.Equal(arn, listed.GetProperty("SecretList").EnumerateArray().Single().GetProperty("ARN").GetString());
        Assert.Equal(20, (await Cli("get-random-password", "--password-length", "20")).GetProperty("RandomPassword").GetString()!.Length);

        await Cli("delete-secret", "--secret-id", name, "--recovery-window-in-days", "7");
        Assert.Contains("marked for deletion", await CliError("get-secret-value", "--secret-id", name), StringComparison.Ordinal);
        await Cli("restore-secret", "--secret-id", name);
        await Cli("delete-secret", "--secret-id", name, "--force-delete-without-recovery");
        Assert.Contains("(ResourceNotFoundException)", await CliError("describe-secret", "--secret-id", name), StringComparison.Ordinal);
    }

    private async Task<JsonElement> Cli(params string[] arguments)
    {
        var result = await Run(arguments);
        var output = result.Succeeded($"aws secretsmanager {arguments[0]}");
        return JsonDocument.Parse(output.Length == 0 ? "{}" : output).RootElement;
    }

    private async Task<string> CliError(params string[] arguments)
    {
        var result = await Run(arguments);
        Assert.NotEqual(0, result.ExitCode);
        return result.Error;
    }

    private Task<CommandResult> Run(string[] arguments) => ExternalCommand.Run(
        ExternalCommand.AwsCli!, ["--endpoint-url", Portal.Address.ToString(), "--output", "json", "secretsmanager", .. arguments],
        new Dictionary<string, string?>
        {
            ["AWS_ACCESS_KEY_ID"] = TestPortal.AccessKeyId,
            ["AWS_SECRET_ACCESS_KEY"] = TestPortal.SecretAccessKey,
            ["AWS_SESSION_TOKEN"] = null,
            ["AWS_DEFAULT_REGION"] = TestPortal.Region,
            ["AWS_CONFIG_FILE"] = "/dev/null",
            ["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null",
            ["AWS_EC2_METADATA_DISABLED"] = "true",
            ["AWS_PAGER"] = "",
        });
}
