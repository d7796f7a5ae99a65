using Amazon.Runtime;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Start;
using SecretsPortal.Services.Tests.Kms.Servers;
using SecretsPortal.Storage;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Services.Tests.Start;

/// <summary>The start with a KMS that is not on this machine: AWS KMS as the tests' server speaks it.</summary>
public sealed class KmsStartTests : IAsyncLifetime
{
    private const string Alias = "alias/portal";
    private readonly TemporaryDirectory _directory = new();
    private readonly AwsKmsServer _server = new();
    private AwsKey _key = null!;

    public async ValueTask InitializeAsync()
    {
        await _server.Start();
        _key = _server.AddKey();
        _server.SetAlias(Alias, _key);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_new_database_has_the_configured_key_in_every_region_and_no_key_file()
    {
        await using (var portal = Portal(OnAws(Alias)))
        {
            await portal.Get<PortalStart>().Run(default);
            foreach (var region in Local.Regions)
            {
                var key = Assert.Single(await portal.Get<KeyStore>().FindKeys(region, default));
                Assert.Equal((true, "aws-kms", Alias), (key.IsDefault, key.Provider, key.ProviderReference));
            }

            Assert.Equal(("aws-kms", Alias), await portal.Get<DefaultKeys>().Of(TestPortal.Region, default));
            Assert.True(await portal.Get<PortalKeyRing>().Add("cookies/1", [1, 2, 3], default));
        }

        await using var again = Portal(OnAws(Alias));
        await again.Get<PortalStart>().Run(default);
        Assert.Equal([1, 2, 3], Assert.Single(await again.Get<PortalKeyRing>().Read("cookies/", default)).Value);
        Assert.False(File.Exists(_directory["local-kms.key"]));
    }

    [Fact]
    public async Task A_database_on_the_local_key_opens_when_another_provider_is_the_default()
    {
        await using (var portal = Portal(Local))
        {
            await portal.Get<PortalStart>().Run(default);
            Assert.True(await portal.Get<PortalKeyRing>().Add("cookies/1", [1, 2, 3], default));
        }

        await using var again = Portal(OnAws(Alias));
        await again.Get<PortalStart>().Run(default);
        Assert.Equal([1, 2, 3], Assert.Single(await again.Get<PortalKeyRing>().Read("cookies/", default)).Value);
        Assert.Equal("local", (await again.Get<DefaultKeys>().Of(TestPortal.Region, default)).Provider);
        Assert.Equal(0, _server.Requests);
    }

    [Fact]
    public async Task A_key_that_is_no_use_is_not_registered_and_the_next_start_may_name_another()
    {
        Assert.StartsWith(
            "Portal:Kms:KeyReference: the key alias/nobody of aws-kms can't be used as the default key. AWS KMS has no such key",
            await StartFails(OnAws("alias/nobody")), StringComparison.Ordinal);

        await using var again = Portal(OnAws(Alias));
        await again.Get<PortalStart>().Run(default);
        Assert.Equal(Alias, (await again.Get<DefaultKeys>().Of(TestPortal.Region, default)).Reference);
    }

    [Fact]
    public async Task A_start_without_the_KMS_or_the_right_key_is_refused_in_plain_words()
    {
        await using (var portal = Portal(OnAws(Alias)))
            await portal.Get<PortalStart>().Run(default);

        _server.Fail(503);
        Assert.StartsWith("Portal:Kms: what this database holds can't be opened. ", await StartFails(OnAws(Alias)), StringComparison.Ordinal);
        _server.Interference = null;
        Assert.Contains("The KMS provider aws-kms of the key", await StartFails(Local), StringComparison.Ordinal);
        _key.State = "Disabled";
        Assert.Contains("The key in AWS KMS is disabled", await StartFails(OnAws(Alias)), StringComparison.Ordinal);
        _key.State = "Enabled";
        Assert.StartsWith(
            $"Portal:Kms: the key {Alias} of aws-kms is another one than this database was sealed with, or Portal:AccountId was changed since.",
            await StartFails(OnAws(Alias) with { AccountId = "999999999999" }), StringComparison.Ordinal);
    }

    private PortalOptions Local => TestPortal.OptionsIn(_directory.Path);

    private PortalOptions OnAws(string reference) => Local with
    {
        Kms = new KmsOptions { Provider = "aws-kms", KeyReference = reference, Timeout = TimeSpan.FromSeconds(20) },
    };

    /// <summary>The provider is registered here, because only here does it reach the tests' server.</summary>
    private TestPortal Portal(PortalOptions options) => TestPortal.Unstarted(options, configure: services =>
    {
        if (options.Kms.Provider == "aws-kms")
            services.AddSingleton<IKms>(_ => new GuardedKms(Client(), options.Kms.Timeout, TimeProvider.System));
    });

    private AwsKms Client() => new(
        new AwsKmsOptions(AwsKmsServer.Region, _server.Endpoint), TimeSpan.FromSeconds(10),
        new BasicAWSCredentials(AwsKmsServer.AccessKeyId, AwsKmsServer.SecretAccessKey), _server.Transport());

    private async Task<string> StartFails(PortalOptions options)
    {
        await using var portal = Portal(options);
        return Assert.Single((await Assert.ThrowsAsync<PortalStartException>(() => portal.Get<PortalStart>().Run(default))).Faults);
    }
}
