using System.Diagnostics;
using System.Text.Json;
using SecretsPortal.Tests.Shared;
using SecretsPortal.TerraformProvider.Client;

namespace SecretsPortal.TerraformProvider.Tests.Terraform;

/// <summary>What ends in the middle: the state tells the truth, and the next apply does the rest.</summary>
public sealed class InterruptionTests(PortalFixture fixture)
{
    private const int Secrets = 12;

    private const int HungOn = 4;

    [Fact]
    public async Task After_an_interrupt_the_next_apply_does_the_rest()
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        await terraform.Configure(Many("int"));
        using (var apply = terraform.Start("apply", "-auto-approve", "-parallelism=2"))
        {
            await UntilThereAre("int", 2);
            await ExternalCommand.Run("kill", ["-INT", $"{apply.Id}"]);
            await apply.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.NotEqual(0, apply.ExitCode);
        }

        // What was made is in the state, and nothing else is.
        Assert.Equal(await Names("int"), await Stated(terraform));
        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
        Assert.Equal(Secrets, (await Names("int")).Count);
    }

    [Fact]
    public async Task After_the_provider_was_killed_the_next_apply_converges()
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        await terraform.Configure(Many("kill"));
        await terraform.BreakApply("KILL", "secretsportal_secret.a[", ": Creation complete");

        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
        Assert.Equal(Secrets, (await Names("kill")).Count);

        // And once more, in the middle of what hangs on secrets.
        await terraform.Configure(Many("kill", """
              tags     = { team = "platform" }
              replicas = { eu-west-1 = {} }
            """) + "\n" + Hung);
        await terraform.BreakApply("KILL", ".a[", ": Creation complete");
        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
        for (var i = 0; i < Secrets; i++)
        {
            var secret = await Found(i);
            Assert.Equal(("platform", "eu-west-1", i < HungOn), (Assert.Single(secret.Tags!).Value, Assert.Single(secret.ReplicationStatus!).Region, secret.RotationEnabled == true));
            if (i < HungOn)
                Assert.Contains("platform", (await fixture.Client.GetResourcePolicyAsync(secret.Name, default)).ResourcePolicy, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_portal_that_starts_anew_meanwhile_is_waited_for()
    {
        await using var portal = await PortalProcess.Start();
        using var terraform = new TerraformWorkspace(portal);
        await terraform.Configure(Many("again"));
        using var apply = terraform.Start("apply", "-auto-approve", "-parallelism=2");
        await portal.Restart();
        await apply.WaitForExitAsync(TestContext.Current.CancellationToken);
        // Whether it was in time or not: what follows does the rest.
        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
    }

    private static readonly string Hung = $$"""
        resource "secretsportal_secret_rotation" "a" {
          count              = {{HungOn}}
          secret_id          = secretsportal_secret_version.a[count.index].secret_id
          strategy           = "generate"
          rotate_immediately = false
          rotation_rules     = { automatically_after_days = 30 }
        }
        resource "secretsportal_secret_policy" "a" {
          count     = {{HungOn}}
          secret_id = secretsportal_secret.a[count.index].arn
          policy = jsonencode({
            Version = "2012-10-17"
            Statement = [{
              Effect    = "Deny"
              Principal = "*"
              Action    = "secretsmanager:GetSecretValue"
              Resource  = "*"
              Condition = { StringEquals = { "aws:PrincipalTag/team" = "not-platform" } }
            }]
          })
        }
        """;

    private static string Many(string prefix, string more = "") => $$"""
        resource "secretsportal_secret" "a" {
          count                   = {{Secrets}}
          name                    = "{{prefix}}/${count.index}"
          recovery_window_in_days = 0
        {{more}}
        }
        resource "secretsportal_secret_version" "a" {
          count                    = {{Secrets}}
          secret_id                = secretsportal_secret.a[count.index].arn
          secret_string_wo         = "value ${count.index}"
          secret_string_wo_version = 1
        }
        """;

    private Task<DescribeSecretResponse> Found(int number) => fixture.Client.DescribeSecretAsync($"kill/{number}", TestContext.Current.CancellationToken);

    private async Task UntilThereAre(string prefix, int count)
    {
        var deadline = Stopwatch.StartNew();
        while ((await Names(prefix)).Count < count && deadline.Elapsed < TimeSpan.FromMinutes(1))
            await Task.Delay(20, TestContext.Current.CancellationToken);
    }

    private async Task<List<string>> Names(string prefix)
    {
        var page = await fixture.Client.ListSecretsAsync(
            new ListSecretsRequest { Filters = [new ListFilter { Key = "name", Values = [prefix + "/"] }] }, default);
        return [.. page.SecretList.Select(s => s.Name).Order(StringComparer.Ordinal)];
    }

    private static async Task<List<string>> Stated(TerraformWorkspace terraform)
    {
        using var state = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(terraform.Folder, "terraform.tfstate"), TestContext.Current.CancellationToken));
        return
        [
            .. state.RootElement.GetProperty("resources").EnumerateArray().Where(r => r.GetProperty("type").GetString() == "secretsportal_secret")
                .SelectMany(r => r.GetProperty("instances").EnumerateArray()).Select(i => i.GetProperty("attributes").GetProperty("name").GetString()!).Order(StringComparer.Ordinal),
        ];
    }
}
