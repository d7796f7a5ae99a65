using SecretsPortal.Tests.Shared;

namespace SecretsPortal.TerraformProvider.Tests.Terraform;

/// <summary><c>secretsportal_secret_rotation</c>: the real Terraform, provider and portal. That it rotates is shown end to end elsewhere.</summary>
public sealed class SecretRotationTests(PortalFixture fixture)
{
    [Fact]
    public async Task A_schedule_stands_as_it_was_declared()
    {
        string[] names = ["rotation/cron", "rotation/days", "rotation/hours", "rotation/rate"];
        using var terraform = new TerraformWorkspace(fixture.Portal);
        await terraform.Configure($$"""
            locals {
              schedules = {
                "{{names[0]}}" = { schedule_expression = "cron(0 3 ? * SUN *)", duration = "2h" }
                "{{names[1]}}" = { automatically_after_days = 30 }
                "{{names[2]}}" = { schedule_expression = "rate(4 hours)" }
                "{{names[3]}}" = { schedule_expression = "rate(10 days)" }
              }
            }
            module "secret" {
              for_each = local.schedules
              source   = "{{RepositoryRoot.File("terraform/modules/secret")}}"
              name     = each.key
              value    = jsonencode({ engine = "postgres", host = "127.0.0.1", port = 9, username = "app", password = "hunter2" })
              value_version = 1
              rotation = merge(each.value, { rotate_immediately = false })
            }
            """);
        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
        foreach (var name in names)
        {
            var secret = await fixture.Client.DescribeSecretAsync(name, default);
            Assert.True(secret.RotationEnabled);
            Assert.NotNull(secret.NextRotationDate);
            // Nothing was rotated: rotate_immediately is false.
            Assert.Contains("hunter2", await fixture.CurrentValue(name), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_rotation_under_way_is_waited_for_and_the_schedule_ends_with_its_resource()
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        const string name = "rotation/life";
        await terraform.Configure(Rotated(name, "automatically_after_days = 30"));
        await terraform.Apply();
        await terraform.Configure(Rotated(name, "automatically_after_days = 60"));
        var apply = terraform.Apply();
        await EndRotation(name, delay: TimeSpan.FromSeconds(4));
        await apply;
        Assert.Equal(60, (await fixture.Client.DescribeSecretAsync(name, default)).RotationRules!.AutomaticallyAfterDays);
        Assert.False(await terraform.PlansChanges());
        await terraform.Configure(Secret(name));
        await terraform.Apply();
        Assert.NotEqual(true, (await fixture.Client.DescribeSecretAsync(name, default)).RotationEnabled);
    }

    /// <summary>
    /// No database listens at the value's port, so the test that each new schedule begins with does not come to an end. A value put by hand
    /// abandons it.
    /// </summary>
    private async Task EndRotation(string name, TimeSpan delay = default)
    {
        await Task.Delay(delay);
        await fixture.Put(name, (await fixture.CurrentValue(name))!);
    }

    private static string Secret(string name) => $$"""
        resource "secretsportal_secret" "a" {
          name                    = "{{name}}"
          recovery_window_in_days = 0
        }
        resource "secretsportal_secret_version" "a" {
          secret_id     = secretsportal_secret.a.id
          secret_string = jsonencode({
            engine   = "postgres"
            host     = "127.0.0.1"
            port     = 9
            dbname   = "none"
            username = "app"
            password = "hunter2"
          })
        }

        """;

    private static string Rotated(string name, string rules) => Secret(name) + $$"""
        resource "secretsportal_secret_rotation" "a" {
          secret_id          = secretsportal_secret_version.a.secret_id
          rotate_immediately = false
          rotation_rules = {
            {{rules}}
          }
        }
        """;
}
