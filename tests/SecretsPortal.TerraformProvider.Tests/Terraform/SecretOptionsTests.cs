using SecretsPortal.TerraformProvider.Client;

namespace SecretsPortal.TerraformProvider.Tests.Terraform;

/// <summary>Names that are taken, replicas, default tags, schedules, functions, and faults of the connection: the real Terraform and provider, and a portal with several regions.</summary>
public sealed class SecretOptionsTests(PortalFixture fixture)
{
    [Theory]
    [InlineData("restore", "kept")]
    [InlineData("replace", null)]
    public async Task A_name_in_its_recovery_window_is_handled_as_declared(string conflict, string? value)
    {
        var name = $"conflict/{conflict}";
        using var terraform = new TerraformWorkspace(fixture.Portal);
        string Secret(string how) => $$"""
            resource "secretsportal_secret" "a" {
              name             = "{{name}}"
              description      = "second"
              on_name_conflict = "{{how}}"
              tags             = { made = "second" }
            }
            """;
        await fixture.Client.CreateSecretAsync(
            new CreateSecretRequest { Name = name, ClientRequestToken = fixture.Client.NewToken(), Description = "first", Tags = [new SecretTag { Key = "old", Value = "" }] }, default);
        await fixture.Put(name, "kept");
        await fixture.Client.DeleteSecretAsync(new DeleteSecretRequest { SecretId = name, RecoveryWindowInDays = 7 }, default);
        await terraform.Configure(Secret("fail"));
        Assert.Contains("on_name_conflict", await terraform.FailedApply(), StringComparison.Ordinal);
        await terraform.Configure(Secret(conflict));
        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
        var secret = await fixture.Client.DescribeSecretAsync(name, default);
        Assert.Equal("second", secret.Description);
        Assert.Equal(["made"], secret.Tags!.Select(t => t.Key));
        Assert.Equal(value, secret.VersionIdsToStages is { Count: > 0 } ? await fixture.CurrentValue(name) : null);
    }

    [Fact]
    public async Task A_word_for_the_default_key_stays_as_it_was_declared()
    {
        const string path = "/keys/alias%2Faws%2Fsecretsmanager";
        var home = (await fixture.Client.AdminAsync(HttpMethod.Get, path, null, default))!.Value.GetProperty("keyId").GetString();
        var away = (await fixture.Client.AdminAsync(HttpMethod.Get, path, null, default, "eu-west-1"))!.Value.GetProperty("arn").GetString();
        using var terraform = new TerraformWorkspace(fixture.Portal);
        await terraform.Configure($$"""
            resource "secretsportal_secret" "a" {
              name                    = "key/default"
              kms_key_id              = "{{home}}"
              recovery_window_in_days = 0
              replicas                = { eu-west-1 = { kms_key_id = "{{away}}" } }
            }
            """);
        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
        Assert.Null((await fixture.Client.DescribeSecretAsync("key/default", default)).KmsKeyId);
        await terraform.Destroy();
    }

    [Fact]
    public async Task Replicas_are_made_and_removed_and_default_tags_given()
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        await terraform.Configure(Replicated("replicas = { eu-west-1 = {} }", "a"));
        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
        var secret = await fixture.Client.DescribeSecretAsync("replica/one", default);
        Assert.Equal(["eu-west-1"], secret.ReplicationStatus!.Select(r => r.Region));
        Assert.Equal(["managed-by=a", "own=x"], secret.Tags!.Select(t => $"{t.Key}={t.Value}").Order(StringComparer.Ordinal));
        // Left out they stay.
        await terraform.Configure(Replicated("", "b"));
        await terraform.Apply();
        Assert.NotEmpty((await fixture.Client.DescribeSecretAsync("replica/one", default)).ReplicationStatus!);
        await terraform.Configure(Replicated("replicas = {}", "b"));
        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
        secret = await fixture.Client.DescribeSecretAsync("replica/one", default);
        Assert.True(secret.ReplicationStatus is null or { Count: 0 });
        Assert.Equal(["managed-by=b", "own=x"], secret.Tags!.Select(t => $"{t.Key}={t.Value}").Order(StringComparer.Ordinal));
        await terraform.Configure(Replicated("replicas = { eu-west-1 = {} }", "b"));
        await terraform.Apply();
        await terraform.Destroy();
        Assert.Null(await fixture.Client.FindSecretAsync("replica/one", default));
    }

    [Fact]
    public async Task A_plan_shows_windows_functions_compute_and_lists_are_filtered()
    {
        foreach (var name in new[] { "list/a", "list/b", "other/c" })
            await fixture.Client.CreateSecretAsync(new CreateSecretRequest { Name = name, ClientRequestToken = fixture.Client.NewToken() }, default);
        await fixture.Put("list/a", "v");
        using var terraform = new TerraformWorkspace(fixture.Portal);
        await terraform.Configure("""
            data "secretsportal_secrets" "list" {
              filter {
                name   = "name"
                values = ["list/"]
              }
            }
            data "secretsportal_rotation_schedule" "a" {
              schedule_expression = "cron(0 3 ? * SUN *)"
              duration            = "2h"
              after               = "2030-01-01T00:00:00Z"
              window_count        = 1
            }
            resource "secretsportal_secret_rotation" "a" {
              secret_id          = "list/a"
              strategy           = "generate"
              rotate_immediately = false
              rotation_rules     = { schedule_expression = "cron(0 3 ? * SUN *)", duration = "2h" }
              timeouts {
                create = "1m"
              }
            }
            output "names" { value = join(",", data.secretsportal_secrets.list.names) }
            output "window" { value = data.secretsportal_rotation_schedule.a.windows[0].start }
            output "arn" { value = provider::secretsportal::arn_parse(data.secretsportal_secrets.list.arns[0]).name }
            output "words" { value = provider::secretsportal::schedule_describe("rate(30 days)") }
            """);
        var plan = await terraform.Plan();
        // Planned values would have to be the same again at apply: the windows are told beside the plan.
        Assert.Matches("next_windows += \\(known after apply\\)", plan);
        Assert.Matches("\\d{4}-\\d\\d-\\d\\dT03:00Z/\\d{4}-\\d\\d-\\d\\dT05:00Z", plan);
        Assert.Equal(5, plan.Split("T03:00Z/").Length - 1);
        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
        Assert.Equal("list/a,list/b", await terraform.Output("names"));
        Assert.Equal("2030-01-06T03:00:00Z", await terraform.Output("window"));
        Assert.Equal("list/a", await terraform.Output("arn"));
        Assert.Equal("every 30 days", await terraform.Output("words"));

        await terraform.Configure("""
            output "arn" { value = provider::secretsportal::arn_parse("no arn").name }
            output "words" { value = provider::secretsportal::schedule_describe("rate(1 hour)") }
            """);
        var faults = await terraform.Run("plan");
        Assert.Contains("It is not a secret's ARN", faults.Error, StringComparison.Ordinal);
        Assert.Contains("between rate(4 hours)", faults.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_region_and_a_faulty_block_are_explained()
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        await terraform.Configure("""resource "secretsportal_secret" "a" { name = "region/one" }""");
        terraform.Set("SECRETSPORTAL_REGION", "mars-north-1");
        var error = await terraform.FailedApply();
        Assert.Contains("region", error, StringComparison.Ordinal);
        Assert.Contains("secret_key and region", error, StringComparison.Ordinal);
        terraform.Set("SECRETSPORTAL_REGION", null);
        terraform.Set("SECRETSPORTAL_REQUEST_TIMEOUT", "soon");
        Assert.Contains("90s, 5m, 1h", await terraform.FailedApply(), StringComparison.Ordinal);
        terraform.Set("SECRETSPORTAL_REQUEST_TIMEOUT", null);
        terraform.Set("SECRETSPORTAL_MAX_RETRIES", "many");
        Assert.Contains("max_retries", await terraform.FailedApply(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("secret")]
    [InlineData("database-credentials")]
    public async Task The_tests_of_the_module_pass(string module)
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        await terraform.CopyModules();
        var result = await terraform.TestModule(Path.Combine(terraform.Folder, "modules", module));
        Assert.Contains("0 failed", result, StringComparison.Ordinal);
    }

    private static string Replicated(string replicas, string managedBy) => $$"""
        provider "secretsportal" {
          default_tags {
            tags = { managed-by = "{{managedBy}}" }
          }
        }
        resource "secretsportal_secret" "a" {
          name                    = "replica/one"
          recovery_window_in_days = 0
          tags                    = { own = "x" }
          {{replicas}}
        }
        """;
}
