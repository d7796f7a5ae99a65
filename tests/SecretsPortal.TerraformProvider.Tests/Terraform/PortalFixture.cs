using Microsoft.Extensions.Logging.Abstractions;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Tests.Shared;
using SecretsPortal.TerraformProvider.Client;

[assembly: AssemblyFixture(typeof(SecretsPortal.TerraformProvider.Tests.Terraform.PortalFixture))]

namespace SecretsPortal.TerraformProvider.Tests.Terraform;

/// <summary>
/// One real portal with three regions for all the tests, which run side by side with names of their own, and a client for what happens behind
/// Terraform's back.
/// </summary>
public sealed class PortalFixture : IAsyncLifetime
{
    private HttpClient _http = null!;

    public PortalProcess Portal { get; private set; } = null!;

    internal PortalClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Portal = await PortalProcess.Start("--Portal:Regions=us-east-1,eu-west-1,ap-south-1");
        var settings = new ProviderSettings(Portal.Address, "us-east-1",
            new SigningCredentials(PortalProcess.AccessKeyId, new SecretText(PortalProcess.SecretAccessKey)));
        _http = SignedJsonChannel.CreateHttpClient(settings);
        Client = new PortalClient(
            new SignedJsonChannel(_http, settings, TimeProvider.System, NullLogger<SignedJsonChannel>.Instance), settings, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Portal.DisposeAsync();
    }

    /// <summary>The same portal, asked by somebody else.</summary>
    internal OtherCaller As(string accessKeyId, string secretAccessKey, string? sessionToken = null) =>
        new(new ProviderSettings(Portal.Address, "us-east-1", new SigningCredentials(accessKeyId, new SecretText(secretAccessKey), sessionToken)));

    /// <summary>A client of its own.</summary>
    internal sealed class OtherCaller : IDisposable
    {
        private readonly HttpClient _http;

        public OtherCaller(ProviderSettings settings)
        {
            _http = SignedJsonChannel.CreateHttpClient(settings);
            Portal = new PortalClient(new SignedJsonChannel(_http, settings, TimeProvider.System, NullLogger<SignedJsonChannel>.Instance), settings, TimeProvider.System);
        }

        public PortalClient Portal { get; }

        public void Dispose() => _http.Dispose();
    }

    /// <summary>The current value, as text.</summary>
    internal async Task<string?> CurrentValue(string secretId) =>
        (await Client.GetSecretValueAsync(new GetSecretValueRequest { SecretId = secretId }, default)).SecretString;

    /// <summary>What a rotation does: another value becomes the current one.</summary>
    internal Task<SecretChangeResponse> Put(string secretId, string value) => Client.PutSecretValueAsync(
        new PutSecretValueRequest { SecretId = secretId, ClientRequestToken = Client.NewToken(), SecretString = value }, default);
}
