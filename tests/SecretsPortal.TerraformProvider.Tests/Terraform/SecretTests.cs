using SecretsPortal.Tests.Shared;
using SecretsPortal.TerraformProvider.Client;

namespace SecretsPortal.TerraformProvider.Tests.Terraform;

/// <summary><c>secretsportal_secret</c> and its data source: the real Terraform, provider and portal.</summary>
public sealed class SecretTests(PortalFixture fixture)
{
    [Fact]
    public async Task What_means_nothing_is_no_change_and_a_destroyed_secret_waits()
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        await terraform.Configure("""
            resource "secretsportal_secret" "a" {
              name        = "nothing/one"
              description = "something"
              tags        = { gone = "soon" }
            }
            """);
        await terraform.Apply();
        await terraform.Configure("""
            resource "secretsportal_secret" "a" {
              name        = "nothing/one"
              description = ""
              tags        = {}
            }
            """);
        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
        var emptied = await fixture.Client.DescribeSecretAsync("nothing/one", default);
        Assert.Null(emptied.Description);
        Assert.True(emptied.Tags is null or { Count: 0 });
        await terraform.Destroy();
        Assert.NotNull((await fixture.Client.DescribeSecretAsync("nothing/one", default)).DeletedDate);
    }

    [Fact]
    public async Task A_secret_deleted_elsewhere_is_made_anew_and_a_taken_name_is_explained()
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        await terraform.Configure("""resource "secretsportal_secret" "a" { name = "gone/one" }""");
        await terraform.Apply();
        await Delete("gone/one", window: null);
        Assert.Contains("1 to add", await terraform.Apply(), StringComparison.Ordinal);

        await Delete("gone/one", window: 7);
        var error = await terraform.FailedApply();
        Assert.Contains("waits for its deletion", error, StringComparison.Ordinal);
        Assert.Contains("restore-secret", error, StringComparison.Ordinal);
        Assert.Contains("on main.tf line", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_that_exists_already_is_explained_and_imported()
    {
        await fixture.Client.CreateSecretAsync(
            new CreateSecretRequest { Name = "import/one", ClientRequestToken = fixture.Client.NewToken(), Description = "made by hand" }, default);
        await fixture.Put("import/one", "somebody's");
        using var terraform = new TerraformWorkspace(fixture.Portal);
        const string resource = """
            resource "secretsportal_secret" "a" {
              name        = "import/one"
              description = "made by hand"
            }

            """;
        await terraform.Configure(resource);
        Assert.Contains("import block", await terraform.FailedApply(), StringComparison.Ordinal);

        await terraform.Configure(resource + """
            import {
              to = secretsportal_secret.a
              id = "import/one"
            }
            """);
        Assert.Contains("1 to import, 0 to add, 0 to change, 0 to destroy", await terraform.Apply(), StringComparison.Ordinal);

        (await terraform.Run("state", "rm", "secretsportal_secret.a")).Succeeded("terraform state rm");
        await terraform.Configure(resource);
        var arn = (await fixture.Client.DescribeSecretAsync("import/one", default)).Arn;
        (await terraform.Run("import", "secretsportal_secret.a", arn)).Succeeded("terraform import");
        Assert.False(await terraform.PlansChanges());
        var missing = await terraform.Run("import", "secretsportal_secret.b", "import/missing");
        Assert.NotEqual(0, missing.ExitCode);
    }

    [Fact]
    public async Task The_data_source_gives_metadata_by_name_and_by_arn()
    {
        var made = await fixture.Client.CreateSecretAsync(
            new CreateSecretRequest
            {
                Name = "data/one", ClientRequestToken = fixture.Client.NewToken(), Description = "d", Tags = [new SecretTag { Key = "k", Value = "v" }],
            },
            default);
        var version = (await fixture.Put("data/one", "hunter2")).VersionId;
        using var terraform = new TerraformWorkspace(fixture.Portal);
        await terraform.Configure($$"""
            data "secretsportal_secret" "name" { name = "data/one" }
            data "secretsportal_secret" "arn" { arn = "{{made.Arn}}" }
            output "arn" { value = data.secretsportal_secret.name.arn }
            output "name" { value = data.secretsportal_secret.arn.name }
            output "rest" { value = "${data.secretsportal_secret.arn.current_version_id} ${data.secretsportal_secret.arn.tags["k"]} ${data.secretsportal_secret.arn.rotation_enabled}" }
            """);
        await terraform.Apply();
        Assert.Equal(made.Arn, await terraform.Output("arn"));
        Assert.Equal("data/one", await terraform.Output("name"));
        Assert.Equal($"{version} v false", await terraform.Output("rest"));

        await terraform.Configure("""data "secretsportal_secret" "name" { name = "data/missing" }""");
        var missing = await terraform.Run("plan");
        Assert.Contains("There is no secret data/missing", missing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_key_is_explained()
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        terraform.Set("SECRETSPORTAL_SECRET_ACCESS_KEY", "CANARY-wrong");
        await terraform.Configure("""resource "secretsportal_secret" "a" { name = "wrong/key" }""");
        var error = await terraform.FailedApply();
        Assert.Contains("InvalidSignatureException", error, StringComparison.Ordinal);
        Assert.Contains("secret_key", error, StringComparison.Ordinal);
        Assert.DoesNotContain("CANARY", error, StringComparison.Ordinal);

        terraform.Set("SECRETSPORTAL_ACCESS_KEY_ID", "AKIANOBODY");
        Assert.Contains("UnrecognizedClientException", await terraform.FailedApply(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_servers_address_is_told_from_the_portals()
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        await terraform.Configure("""data "secretsportal_client" "a" { name = "nobody" }""");
        using var other = new System.Net.HttpListener();
        var address = $"http://127.0.0.1:{FreePort.Next()}/";
        other.Prefixes.Add(address);
        other.Start();
        var answered = AnswerWithAPage(other);
        terraform.Set("SECRETSPORTAL_ENDPOINT", address);
        var result = await terraform.Run("plan");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("something else than the portal's API answered", result.Error, StringComparison.Ordinal);
        await answered;
    }

    private static async Task AnswerWithAPage(System.Net.HttpListener server)
    {
        var context = await server.GetContextAsync();
        context.Response.ContentType = "text/html";
        await context.Response.OutputStream.WriteAsync("<html>Welcome</html>"u8.ToArray());
        context.Response.Close();
    }

    [Fact]
    public async Task A_clock_that_is_wrong_is_named()
    {
        using var door = new SkewedDoor(fixture.Portal.Address, TimeSpan.FromMinutes(17));
        using var terraform = new TerraformWorkspace(fixture.Portal);
        terraform.Set("SECRETSPORTAL_ENDPOINT", door.Address.ToString());
        await terraform.Configure("""resource "secretsportal_secret" "a" { name = "wrong/clock" }""");
        Assert.Matches("clock is 1[67] minutes ahead of the portal's: set it right", await terraform.FailedApply());
    }

    [Fact]
    public async Task A_provider_block_that_is_known_at_apply_works_there()
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        terraform.Set("SECRETSPORTAL_ENDPOINT", null);
        await terraform.Configure($$"""
            resource "terraform_data" "portal" { input = "{{fixture.Portal.Address}}" }
            provider "secretsportal" { endpoint = terraform_data.portal.output }
            resource "secretsportal_secret" "a" { name = "later/one" }
            """);
        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
    }

    private Task<SecretChangeResponse> Delete(string name, int? window) => fixture.Client.DeleteSecretAsync(
        new DeleteSecretRequest { SecretId = name, RecoveryWindowInDays = window, ForceDeleteWithoutRecovery = window is null ? true : null }, default);
}
