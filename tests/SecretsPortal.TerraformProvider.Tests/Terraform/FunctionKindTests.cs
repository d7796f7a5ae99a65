namespace SecretsPortal.TerraformProvider.Tests.Terraform;

/// <summary>Kinds of rotation functions: the real Terraform, provider and portal. The rest is in <see cref="LifeTests"/>.</summary>
public sealed class FunctionKindTests(PortalFixture fixture)
{
    [Fact]
    public async Task A_function_of_another_kind_is_another_function()
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        terraform.Set("TF_VAR_half", "CANARY-secret-half-of-an-endpoint-1234567890");
        await terraform.Configure(Function("first", Endpoint));
        await terraform.Apply();
        Assert.DoesNotContain("CANARY", await File.ReadAllTextAsync(Path.Combine(terraform.Folder, "terraform.tfstate"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await terraform.Configure(Function("second", Endpoint));
        Assert.Contains("0 to add, 1 to change, 0 to destroy", await terraform.Apply(), StringComparison.Ordinal);
        Assert.False(await terraform.PlansChanges());
        await terraform.Configure(Function("second", Webhook));
        Assert.Contains("must be replaced", await terraform.Apply(), StringComparison.Ordinal);
        Assert.StartsWith("whsec_", await fixture.CurrentValue("kind/signing-key"), StringComparison.Ordinal);
        await terraform.Destroy();
    }

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

    private static string Function(string description, string kind) => $$"""
        variable "half" {
          type      = string
          ephemeral = true
          default   = null
        }
        resource "secretsportal_secret" "key" {
          name                    = "kind/signing-key"
          recovery_window_in_days = 0
        }
        resource "secretsportal_rotation_function" "a" {
          name            = "kind-function"
          description     = "{{description}}"
          allowed_secrets = ["kind/*"]
          {{kind}}
        }
        """;
}
