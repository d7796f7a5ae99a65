using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using SecretsPortal.Tests.Shared;
using SecretsPortal.TerraformProvider.Client;

namespace SecretsPortal.TerraformProvider.Tests.Terraform;

/// <summary>What ends in the middle: the state tells the truth, and the next apply does the rest.</summary>
public sealed class InterruptionTests(PortalFixture fixture)
{
    private const int Secrets = 12;

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
        using (var apply = terraform.Start("apply", "-auto-approve", "-parallelism=2"))
        {
            await UntilThereAre("kill", 2);
            foreach (var provider in ProvidersOf(apply.Id))
                await ExternalCommand.Run("kill", ["-KILL", $"{provider}"]);
            await apply.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.NotEqual(0, apply.ExitCode);
        }

        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
        Assert.Equal(Secrets, (await Names("kill")).Count);
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

    private static string Many(string prefix) => $$"""
        resource "secretsportal_secret" "a" {
          count                   = {{Secrets}}
          name                    = "{{prefix}}/${count.index}"
          recovery_window_in_days = 0
        }
        resource "secretsportal_secret_version" "a" {
          count                    = {{Secrets}}
          secret_id                = secretsportal_secret.a[count.index].arn
          secret_string_wo         = "value ${count.index}"
          secret_string_wo_version = 1
        }
        """;

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

    private static IEnumerable<int> ProvidersOf(int terraform) => Directory.EnumerateDirectories("/proc")
        .Select(d => int.TryParse(Path.GetFileName(d), CultureInfo.InvariantCulture, out var id) ? id : 0)
        .Where(id => id > 0 && ParentOf(id) == terraform);

    private static int ParentOf(int id)
    {
        try
        {
            // The name stands in parentheses and may hold anything; what follows is the state and the parent.
            return int.Parse(File.ReadAllText($"/proc/{id}/stat").Split(") ")[^1].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or IndexOutOfRangeException)
        {
            return 0;
        }
    }
}
