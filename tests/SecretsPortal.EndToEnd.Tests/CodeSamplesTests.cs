using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.TerraformProvider.Tests.Terraform;
using SecretsPortal.Tests.Shared;
using SecretsPortal.Web.Portal.Model;

namespace SecretsPortal.EndToEnd.Tests;

/// <summary>The samples that the portal shows are run as they stand, with the real clients against a real portal.</summary>
public sealed class CodeSamplesTests
{
    private const string Credentials = """{"username":"app","password":"p-of-the-sample","engine":"postgres","host":"db.internal","port":5432}""";

    private static readonly CodeSubject s_database = new() { Name = "samples/orders!1", Region = "us-east-1", Kind = SecretKind.RdsDatabase };
    private static readonly CodeSubject s_text = new() { Name = "samples/text", Region = "us-east-1", Kind = SecretKind.Text };

    [Fact]
    public async Task The_samples_of_the_CLI_Python_and_JavaScript_read_the_secret()
    {
        Assert.SkipWhen(ExternalCommand.AwsCli is null, "The AWS CLI is not installed (apt-get install awscli).");
        await using var portal = await PortalProcess.Start();
        using var folder = new TemporaryDirectory();
        await Store(portal, s_database, Credentials);
        await Store(portal, s_text, "text of the sample");

        Assert.Equal(Credentials, await RunCli(portal, s_database));
        Assert.Equal("text of the sample", await RunCli(portal, s_text));
        Assert.Equal("p-of-the-sample", await RunPython(portal, folder, s_database, "password"));
        Assert.Equal("text of the sample", await RunPython(portal, folder, s_text, "secret"));
        Assert.Equal("p-of-the-sample", await RunJavaScript(portal, folder, s_database, "password"));
        Assert.Equal("text of the sample", await RunJavaScript(portal, folder, s_text, "secret"));
    }

    [Fact]
    public async Task Terraform_makes_the_secret_of_its_sample_and_takes_over_one_that_is_stored()
    {
        await using var portal = await PortalProcess.Start();
        using var terraform = new TerraformWorkspace(portal);
        var subject = s_database with
        {
            Name = "samples/1-terraform",
            Description = "With \"quotes\", a \\ and ${no} %{template}\nin two lines",
            Tags = [new SecretTag("team", "orders"), new SecretTag("${a}", "")],
            Schedule = RotationSchedule.Parse("rate(30 days)", null, "3h"),
        };
        terraform.Set("TF_VAR_secret_value", Credentials);

        await terraform.Configure(TextOf(subject, portal, "terraform"), withHeader: false);
        (await terraform.Run("validate")).Succeeded("terraform validate");
        Assert.Equal("", (await terraform.Run("fmt", "-check", "-diff")).Succeeded("terraform fmt"));
        await terraform.Apply();
        Assert.Equal(Credentials, await RunCli(portal, subject));
        Assert.False(await terraform.PlansChanges());

        // As the page of the secret shows it to somebody who has another folder.
        using var other = new TerraformWorkspace(portal);
        var arn = (await terraform.Attributes("secretsportal_secret.samples_1_terraform")).GetProperty("arn").GetString();
        await other.Configure(TextOf(subject with { Arn = arn }, portal, "terraform"), withHeader: false);
        (await other.Run("validate")).Succeeded("terraform validate");
        Assert.Contains("2 to import, 0 to add, 0 to change, 0 to destroy", await other.Plan(), StringComparison.Ordinal);
        Assert.DoesNotContain("p-of-the-sample", TextOf(subject, portal, "terraform"), StringComparison.Ordinal);
    }

    private static string TextOf(CodeSubject subject, PortalProcess portal, string id) => CodeSample.Of(subject, portal.Address).Single(one => one.Id == id).Text;

    private static async Task Store(PortalProcess portal, CodeSubject subject, string value)
    {
        string[] arguments = ["secretsmanager", "create-secret", "--endpoint-url", portal.Address.ToString(), "--name", subject.Name, "--secret-string", value];
        (await ExternalCommand.Run(ExternalCommand.AwsCli!, arguments, portal.AwsEnvironment)).Succeeded("aws");
    }

    private static async Task<string> RunCli(PortalProcess portal, CodeSubject subject)
    {
        // Debian's CLI before any other one that the PATH may hold.
        var environment = new Dictionary<string, string?>(portal.AwsEnvironment)
        {
            ["PATH"] = $"{Path.GetDirectoryName(ExternalCommand.AwsCli)}:{Environment.GetEnvironmentVariable("PATH")}",
        };
        return (await ExternalCommand.Run("bash", ["-euo", "pipefail", "-c", TextOf(subject, portal, "cli")], environment)).Succeeded("The sample of the CLI").TrimEnd('\n');
    }

    private static async Task<string> RunPython(PortalProcess portal, TemporaryDirectory folder, CodeSubject subject, string variable)
    {
        const string python = "/usr/bin/python3";
        Assert.SkipUnless(File.Exists(python) && (await ExternalCommand.Run(python, ["-c", "import boto3"])).ExitCode == 0, "boto3 is not installed (apt-get install python3-boto3).");
        var script = folder["sample.py"];
        await File.WriteAllTextAsync(script, TextOf(subject, portal, "python") + $"print({variable}, end='')\n");
        return (await ExternalCommand.Run(python, [script], portal.AwsEnvironment)).Succeeded("The sample in Python");
    }

    private static async Task<string> RunJavaScript(PortalProcess portal, TemporaryDirectory folder, CodeSubject subject, string variable)
    {
        var modules = RepositoryRoot.File("tests/clients/javascript/node_modules");
        Assert.SkipWhen(ExternalCommand.Find("node") is null, "Node.js is not installed (apt-get install nodejs npm).");
        Assert.SkipUnless(Directory.Exists(Path.Combine(modules, "@aws-sdk/client-secrets-manager")), "The SDK is not installed (npm ci in tests/clients/javascript; check.sh does it).");
        // Modules are looked for beside the script.
        if (!Directory.Exists(folder["node_modules"]))
            Directory.CreateSymbolicLink(folder["node_modules"], modules);
        var script = folder["sample.mjs"];
        await File.WriteAllTextAsync(script, TextOf(subject, portal, "javascript") + $"process.stdout.write({variable});\n");
        return (await ExternalCommand.Run("node", [script], portal.AwsEnvironment)).Succeeded("The sample in JavaScript");
    }
}
