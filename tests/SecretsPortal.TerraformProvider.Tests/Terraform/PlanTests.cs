using System.Text.Json;

namespace SecretsPortal.TerraformProvider.Tests.Terraform;

/// <summary>The real Terraform on the real provider, as far as no portal is needed.</summary>
public sealed class PlanTests
{
    private const string Endpoint = "provider \"secretsportal\" { endpoint = \"http://127.0.0.1:9\" }\n";

    [Theory]
    [InlineData("resource \"secretsportal_secret\" \"a\" {\n name = \"a b\"\n}", "name = \"a b\"")]
    [InlineData("resource \"secretsportal_secret\" \"a\" {\n name = \"a\"\n recovery_window_in_days = 5\n}", "recovery_window_in_days = 5")]
    [InlineData("resource \"secretsportal_secret\" \"a\" {\n name = \"a\"\n tags = { \"aws:x\" = \"1\" }\n}", "\"aws:x\" = \"1\"")]
    [InlineData("resource \"secretsportal_secret_version\" \"a\" {\n secret_id = \"a\"\n secret_string_wo = \"v\"\n}", "secret_string_wo = \"v\"")]
    [InlineData("resource \"secretsportal_secret_version\" \"a\" {\n secret_id = \"a\"\n secret_string = \"v\"\n secret_string_wo = \"v\"\n secret_string_wo_version = 1\n}",
        "secret_string = \"v\"")]
    [InlineData("resource \"secretsportal_secret_version\" \"a\" {\n secret_id = \"a\"\n secret_string_wo_version = 1\n}", "secret_string_wo_version = 1")]
    [InlineData("resource \"secretsportal_secret_version\" \"a\" {\n secret_id = \"no id\"\n secret_string = \"v\"\n}", "secret_id = \"no id\"")]
    [InlineData("resource \"secretsportal_secret_rotation\" \"a\" {\n secret_id = \"a\"\n rotation_rules = {\n  schedule_expression = \"rate(1 hour)\"\n }\n}",
        "rotation_rules = {")]
    [InlineData("resource \"secretsportal_secret_rotation\" \"a\" {\n secret_id = \"a\"\n rotation_rules = {\n  automatically_after_days = 0\n }\n}",
        "rotation_rules = {")]
    [InlineData("data \"secretsportal_secret\" \"a\" {\n name = \"a\"\n arn = \"b\"\n}", "arn = \"b\"")]
    [InlineData("provider \"secretsportal\" {\n endpoint = \"localhost\"\n}\nresource \"secretsportal_secret\" \"a\" {\n name = \"a\"\n}", "endpoint = \"localhost\"")]
    public async Task A_fault_is_shown_at_its_line(string configuration, string line)
    {
        using var terraform = new TerraformWorkspace();
        await terraform.Configure(configuration);
        var result = await terraform.Run("validate", "-json");
        using var report = JsonDocument.Parse(result.Output);
        Assert.False(report.RootElement.GetProperty("valid").GetBoolean());
        var snippets = report.RootElement.GetProperty("diagnostics").EnumerateArray().Select(d => d.GetProperty("snippet").GetProperty("code").GetString());
        Assert.Contains(snippets, code => code!.Contains(line, StringComparison.Ordinal));
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

    [Fact]
    public async Task The_example_of_a_rotated_login_plans()
    {
        using var terraform = new TerraformWorkspace();
        terraform.Set("SECRETSPORTAL_ENDPOINT", "http://127.0.0.1:9");
        terraform.Set("TF_VAR_username", "app");
        terraform.Set("TF_VAR_password", "hunter2");
        await terraform.UseExample("postgres-rotation");
        var plan = await terraform.Plan();
        Assert.Contains("3 to add", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", plan, StringComparison.Ordinal);
    }
}
