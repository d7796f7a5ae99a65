using System.Text.Json;

namespace SecretsPortal.TerraformProvider.Tests.Terraform;

/// <summary>Encryption keys, rotation functions and resource policies: the real Terraform, provider and portal.</summary>
public sealed class KeyAndFunctionTests(PortalFixture fixture) : IClassFixture<PortalFixture>
{
    [Fact]
    public async Task A_key_is_made_renamed_disabled_imported_and_scheduled_for_deletion()
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        await terraform.Configure(Key("alias/life", enabled: true));
        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
        var id = (await terraform.Attributes("secretsportal_encryption_key.a")).GetProperty("key_id").GetString()!;
        await terraform.Configure(Key("alias/life-2", enabled: false));
        Assert.Contains("0 to add, 1 to change, 0 to destroy", await terraform.Plan(), StringComparison.Ordinal);
        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
        Assert.Equal("Disabled", (await Admin($"/keys/{id}")).GetProperty("state").GetString());

        await fixture.Client.AdminAsync(HttpMethod.Post, $"/keys/{id}/enable", null, default);
        Assert.True(await terraform.PlansChanges());
        await terraform.Apply();
        Assert.Equal("Disabled", (await Admin($"/keys/{id}")).GetProperty("state").GetString());

        (await terraform.Run("state", "rm", "secretsportal_encryption_key.a")).Succeeded("terraform state rm");
        (await terraform.Run("import", "secretsportal_encryption_key.a", "alias/life-2")).Succeeded("terraform import");
        Assert.False(await terraform.PlansChanges());
        await terraform.Configure(Key("alias/life-2", enabled: false) + """
            data "secretsportal_encryption_key" "a" { key_id = "alias/life-2" }
            output "state" { value = data.secretsportal_encryption_key.a.state }
            """);
        await terraform.Apply();
        Assert.Equal("Disabled", await terraform.Output("state"));
        (await terraform.Run("destroy", "-auto-approve")).Succeeded("terraform destroy");
        Assert.Equal("PendingDeletion", (await Admin($"/keys/{id}")).GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_function_is_made_changed_replaced_imported_and_deleted()
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        terraform.Set("TF_VAR_half", "CANARY-secret-half-of-an-endpoint-1234567890");
        await terraform.Configure(Function("first", Endpoint));
        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
        Assert.DoesNotContain("CANARY", await File.ReadAllTextAsync(Path.Combine(terraform.Folder, "terraform.tfstate"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await terraform.Configure(Function("second", Endpoint));
        Assert.Contains("0 to add, 1 to change, 0 to destroy", await terraform.Plan(), StringComparison.Ordinal);
        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
        Assert.Equal("second", (await Admin("/functions/life-function")).GetProperty("description").GetString());

        await terraform.Configure(Function("second", Webhook));
        Assert.Contains("must be replaced", await terraform.Plan(), StringComparison.Ordinal);
        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
        Assert.StartsWith("whsec_", await fixture.CurrentValue("life/signing-key"), StringComparison.Ordinal);

        await fixture.Client.AdminAsync(HttpMethod.Delete, "/functions/life-function", null, default);
        Assert.Contains("1 to add", await terraform.Plan(), StringComparison.Ordinal);
        await terraform.Apply();
        (await terraform.Run("state", "rm", "secretsportal_rotation_function.a")).Succeeded("terraform state rm");
        (await terraform.Run("import", "secretsportal_rotation_function.a", "life-function")).Succeeded("terraform import");
        (await terraform.Run("destroy", "-auto-approve")).Succeeded("terraform destroy");
        Assert.Null(await fixture.Client.FindAdminAsync("/functions/life-function", default));
    }

    [Fact]
    public async Task A_resource_policy_is_put_changed_and_taken_away()
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        await terraform.Configure(Policy("secretsmanager:GetSecretValue"));
        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
        await terraform.Configure(Policy("secretsmanager:DescribeSecret"));
        Assert.Contains("0 to add, 1 to change, 0 to destroy", await terraform.Plan(), StringComparison.Ordinal);
        await terraform.Apply();
        var put = (await fixture.Client.GetResourcePolicyAsync("policy/one", default)).ResourcePolicy;
        Assert.Contains("DescribeSecret", put, StringComparison.Ordinal);
        await fixture.Client.DeleteResourcePolicyAsync("policy/one", default);
        Assert.Contains("1 to add", await terraform.Plan(), StringComparison.Ordinal);
        await terraform.Apply();
        (await terraform.Run("state", "rm", "secretsportal_secret_policy.a")).Succeeded("terraform state rm");
        (await terraform.Run("import", "secretsportal_secret_policy.a", "policy/one")).Succeeded("terraform import");
        Assert.False(await terraform.PlansChanges());
        (await terraform.Run("destroy", "-auto-approve")).Succeeded("terraform destroy");
    }

    private async Task<JsonElement> Admin(string path) => (await fixture.Client.AdminAsync(HttpMethod.Get, path, null, default))!.Value;

    private const string Endpoint = """
        endpoint = {
          url                          = "https://127.0.0.1:9"
          region                       = "us-east-1"
          access_key_id                = "AKIAIOSFODNN7EXAMPLE"
          secret_access_key_wo         = var.half
          secret_access_key_wo_version = 1
        }
        """;

    private const string Webhook = """
        webhook            = { url = "https://127.0.0.1:9/hook" }
        signing_key_secret = secretsportal_secret.key.arn
        """;

    private static string Key(string alias, bool enabled) => $$"""
        resource "secretsportal_encryption_key" "a" {
          key_provider = "local"
          alias        = "{{alias}}"
          enabled      = {{(enabled ? "true" : "false")}}
        }

        """;

    private static string Function(string description, string kind) => $$"""
        variable "half" {
          type      = string
          ephemeral = true
          default   = null
        }
        resource "secretsportal_secret" "key" {
          name                    = "life/signing-key"
          recovery_window_in_days = 0
        }
        resource "secretsportal_rotation_function" "a" {
          name            = "life-function"
          description     = "{{description}}"
          allowed_secrets = ["life/*"]
          {{kind}}
        }
        """;

    private static string Policy(string action) => $$"""
        resource "secretsportal_client" "a" { name = "policy-client" }
        resource "secretsportal_secret" "a" {
          name                    = "policy/one"
          recovery_window_in_days = 0
        }
        resource "secretsportal_secret_policy" "a" {
          secret_id = "policy/one"
          policy = jsonencode({
            Version   = "2012-10-17"
            Statement = [{ Effect = "Allow", Principal = { AWS = secretsportal_client.a.arn }, Action = "{{action}}", Resource = "*" }]
          })
          depends_on = [secretsportal_secret.a]
        }
        """;
}
