using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Start;
using SecretsPortal.Storage;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Services.Tests.Start;

public sealed class PortalStartTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_first_start_generates_what_configuration_does_not_name()
    {
        await using var portal = TestPortal.Unstarted(new PortalOptions { DataDirectory = _directory["data"] });

        var first = await portal.Get<PortalStart>().Run(default);

        Assert.Equal("admin", first.AdminUser);
        Assert.Equal(24, first.GeneratedAdminPassword!.Value.Reveal().Length);
        Assert.Matches("^AKIA[A-Z2-7]{16}$", first.AccessKeyId!);
        Assert.Equal(40, first.GeneratedSecretAccessKey!.Value.Reveal().Length);
        Assert.Empty(await portal.Get<PortalHealth>().Check(default));
    }

    [Fact]
    public async Task A_second_start_creates_nothing_and_opens_what_the_first_sealed()
    {
        await using (var portal = TestPortal.Unstarted(Options))
        {
            var first = await portal.Get<PortalStart>().Run(default);
            Assert.Equal("admin", first.AdminUser);
            Assert.Null(first.GeneratedAdminPassword);
            Assert.Null(first.GeneratedSecretAccessKey);
            Assert.True(await portal.Get<PortalKeyRing>().Add("cookies/1", [1, 2, 3], default));
            Assert.False(await portal.Get<PortalKeyRing>().Add("cookies/1", [4], default));
        }

        await using var again = TestPortal.Unstarted(Options);
        Assert.Equal(new FirstStart(), await again.Get<PortalStart>().Run(default));
        var (name, value) = Assert.Single(await again.Get<PortalKeyRing>().Read("cookies/", default));
        Assert.Equal("cookies/1", name);
        Assert.Equal([1, 2, 3], value);
    }

    [Fact]
    public async Task A_missing_key_file_beside_a_full_database_stops_the_start()
    {
        await StartAndStop();
        File.Delete(_directory["local-kms.key"]);

        var fault = await StartFails();

        Assert.StartsWith("Portal:Kms:KeyFile: ", fault, StringComparison.Ordinal);
        Assert.Contains("does not exist", fault, StringComparison.Ordinal);
        Assert.False(File.Exists(_directory["local-kms.key"]));
    }

    [Fact]
    public async Task The_key_file_of_another_portal_stops_the_start()
    {
        await StartAndStop();
        using var other = new TemporaryDirectory();
        await using (var portal = TestPortal.Unstarted(TestPortal.OptionsIn(other.Path)))
            await portal.Get<PortalStart>().Run(default);
        File.Copy(other["local-kms.key"], _directory["local-kms.key"], overwrite: true);

        Assert.Contains("another key than the one this database was sealed with", await StartFails(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_directory_that_is_a_file_stops_the_start()
    {
        await File.WriteAllTextAsync(_directory["file"], "");
        await using var portal = TestPortal.Unstarted(Options with { DataDirectory = _directory["file"] });

        var fault = await Assert.ThrowsAsync<PortalStartException>(() => portal.Get<PortalStart>().Run(default));

        Assert.StartsWith("Portal:DataDirectory: ", Assert.Single(fault.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_database_stops_the_start()
    {
        await File.WriteAllTextAsync(_directory["portal.db"], new string('x', 4096));
        Assert.StartsWith("Portal:DataDirectory: ", await StartFails(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_faults_of_the_bootstrap_settings_are_named_at_once()
    {
        await using var portal = TestPortal.Unstarted(Options with
        {
            BootstrapAdminUser = "ad min",
            BootstrapAdminPassword = new SecretText(""),
            BootstrapAccessKeyId = "short",
            BootstrapSecretAccessKey = null,
        });

        var fault = await Assert.ThrowsAsync<PortalStartException>(() => portal.Get<PortalStart>().Run(default));

        Assert.Equal(4, fault.Faults.Count);
        Assert.All(fault.Faults, f => Assert.StartsWith("Portal:Bootstrap:", f, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_start_that_failed_half_way_goes_on_where_it_stopped()
    {
        await using (var portal = TestPortal.Unstarted(Options with { BootstrapAdminUser = "" }))
            await Assert.ThrowsAsync<PortalStartException>(() => portal.Get<PortalStart>().Run(default));

        await using var again = TestPortal.Unstarted(Options);
        Assert.Equal("admin", (await again.Get<PortalStart>().Run(default)).AdminUser);
    }

    [Fact]
    public async Task Each_region_has_a_default_key_and_the_bootstrap_is_recorded_without_values()
    {
        await using var portal = TestPortal.Unstarted(Options);
        await portal.Get<PortalStart>().Run(default);

        foreach (var region in Options.Regions)
            Assert.True(Assert.Single(await portal.Get<KeyStore>().FindKeys(region, default)).IsDefault);
        var log = await portal.Log();
        // In the log, changes of one moment follow each other in the order in which they are carried over.
        Assert.Equal([.. ManagedPolicyDocuments.All.Select(_ => PortalActions.CreatePolicy), "secretsportal:Bootstrap"], log.Select(r => r.Action).OrderBy(a => a == "secretsportal:Bootstrap"));
        var record = Assert.Single(log, r => r.Action == "secretsportal:Bootstrap");
        Assert.Equal(("secretsportal:Bootstrap", AuditOutcome.Succeeded, "internal"), (record.Action, record.Outcome, record.SourceAddress));
        Assert.DoesNotContain(TestPortal.SecretAccessKey, record.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_names_the_database_that_has_gone()
    {
        await using var portal = TestPortal.Unstarted(Options with { DataDirectory = _directory["nowhere"] });

        Assert.Equal("database", Assert.Single(await portal.Get<PortalHealth>().Check(default)).Key);
    }

    private PortalOptions Options => TestPortal.OptionsIn(_directory.Path);

    private async Task StartAndStop()
    {
        await using var portal = TestPortal.Unstarted(Options);
        await portal.Get<PortalStart>().Run(default);
    }

    private async Task<string> StartFails()
    {
        await using var portal = TestPortal.Unstarted(Options);
        return Assert.Single((await Assert.ThrowsAsync<PortalStartException>(() => portal.Get<PortalStart>().Run(default))).Faults);
    }
}
