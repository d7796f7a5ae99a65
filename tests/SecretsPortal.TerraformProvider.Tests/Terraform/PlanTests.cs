using System.Text.Json;

namespace SecretsPortal.TerraformProvider.Tests.Terraform;

/// <summary>The real Terraform on the real provider, as far as no portal is needed.</summary>
public sealed class PlanTests
{
    private const string Endpoint = "provider \"secretsportal\" { endpoint = \"http://127.0.0.1:9\" }\n";

    /// <summary>Each faulty line ends with a remark, so that what Terraform shows says which fault it has found.</summary>
    [Fact]
    public async Task Each_fault_is_shown_at_its_line()
    {
        const string faults = """
            resource "secretsportal_secret" "a" {
              name                    = "a b"          # fault 1
              recovery_window_in_days = 5              # fault 2
              tags                    = { "aws:x" = 1} # fault 3
            }
            resource "secretsportal_secret_version" "a" {
              secret_id        = "no id" # fault 4
              secret_string_wo = "v"     # fault 5
            }
            resource "secretsportal_secret_version" "b" {
              secret_id                = "b"
              secret_string            = "v" # fault 6
              secret_string_wo         = "v"
              secret_string_wo_version = 1
            }
            resource "secretsportal_secret_version" "c" {
              secret_id                = "c"
              secret_string_wo         = "v"
              secret_string_wo_version = 0.5 # fault 7
            }
            resource "secretsportal_secret_version" "d" {
              secret_id      = "d"
              secret_string  = "v"
              version_stages = [] # fault 8
            }
            resource "secretsportal_secret_rotation" "a" {
              secret_id      = "a"
              rotate_immediately = true
              rotation_rules = { schedule_expression = "rate(1 hour)" } # fault 9
            }
            resource "secretsportal_secret_rotation" "b" {
              secret_id      = "b"
              rotate_immediately = true
              rotation_rules = { automatically_after_days = 0 } # fault 10
            }
            resource "secretsportal_secret_rotation" "c" {
              secret_id      = "c"
              rotate_immediately = true
              rotation_rules = {} # fault 11
            }
            data "secretsportal_secret" "a" {
              name = "a"
              arn  = "b" # fault 12
            }
            ephemeral "secretsportal_secret_value" "a" {
              secret_id  = "a"
              version_id = "short" # fault 13
            }
            """;
        // A faulty provider block keeps Terraform from looking any further.
        const string faultyProvider = """
            provider "secretsportal" {
              endpoint = "localhost" # fault 14
            }

            """;
        using var terraform = new TerraformWorkspace();
        await terraform.Configure(faults);
        Assert.Equal(Enumerable.Range(1, 13).Select(n => $"fault {n}").ToHashSet(), await Faults(terraform));
        await terraform.Configure(faultyProvider + faults);
        Assert.Equal(["fault 14"], await Faults(terraform));
    }

    private static async Task<HashSet<string>> Faults(TerraformWorkspace terraform)
    {
        using var report = JsonDocument.Parse((await terraform.Run("validate", "-json")).Output);
        return report.RootElement.GetProperty("diagnostics").EnumerateArray()
            .Select(d => d.GetProperty("snippet").GetProperty("code").GetString()!.Split("# ") is [_, var remark] ? remark : d.ToString())
            .ToHashSet();
    }

    [Fact]
    public async Task What_is_unknown_yet_is_planned_and_not_complained_about()
    {
        using var terraform = new TerraformWorkspace();
        await terraform.Configure(Endpoint + """
            resource "terraform_data" "later" { input = "x" }
            resource "secretsportal_secret" "a" {
              name        = "app/${terraform_data.later.output}"
              description = terraform_data.later.output
              tags        = { later = terraform_data.later.output }
            }
            resource "secretsportal_secret_version" "a" {
              secret_id                = secretsportal_secret.a.id
              secret_string_wo         = terraform_data.later.output
              secret_string_wo_version = 1
              version_stages           = [terraform_data.later.output]
            }
            resource "secretsportal_secret_rotation" "a" {
              secret_id      = secretsportal_secret_version.a.secret_id
              rotate_immediately = true
              rotation_rules = { schedule_expression = "rate(${terraform_data.later.output} days)" }
            }
            """);
        Assert.Contains("4 to add, 0 to change, 0 to destroy", await terraform.Plan(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_block_that_is_known_later_does_not_hinder_the_plan()
    {
        using var terraform = new TerraformWorkspace();
        await terraform.Configure("""
            resource "terraform_data" "portal" { input = "http://127.0.0.1:9" }
            provider "secretsportal" { endpoint = terraform_data.portal.output }
            resource "secretsportal_secret" "a" { name = "app" }
            """);
        Assert.Contains("2 to add", await terraform.Plan(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_access_key_is_said_with_the_remedy()
    {
        using var terraform = new TerraformWorkspace();
        terraform.Set("SECRETSPORTAL_SECRET_ACCESS_KEY", null);
        await terraform.Configure(Endpoint + "resource \"secretsportal_secret\" \"a\" { name = \"app\" }");
        var result = await terraform.Run("plan");
        Assert.Contains("SECRETSPORTAL_SECRET_ACCESS_KEY", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_portal_that_is_not_there_is_named()
    {
        using var terraform = new TerraformWorkspace();
        await terraform.Configure(Endpoint + "resource \"secretsportal_secret\" \"a\" { name = \"app\" }");
        var error = await terraform.FailedApply();
        Assert.Contains("http://127.0.0.1:9/ gave no answer: the connection was refused", error, StringComparison.Ordinal);
        Assert.Contains("SECRETSPORTAL_ENDPOINT", error, StringComparison.Ordinal);
    }
}
