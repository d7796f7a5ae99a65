using Azure.Core.Pipeline;
using Azure.Identity;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Tests.Kms.Servers;

namespace SecretsPortal.Services.Tests.Kms;

/// <summary>Key Vault's protocol with an RSA key, through the real pipeline and a real credential.</summary>
public class AzureKeyVaultKmsTests : RemoteKmsContractTests
{
    private VaultKey _key = null!;

    private protected KeyVaultServer Server { get; } = new();

    protected override string Reference => "portal";

    protected override string OtherReference => $"{Server.VaultUri}keys/other";

    protected override string? UnknownReference => "nobody";

    protected override bool BindsContext => false;

    protected virtual bool IsSymmetric => false;

    private protected override async Task<IKms> Open()
    {
        await Server.Start();
        _key = Server.AddKey(Reference, IsSymmetric);
        Server.AddKey("other", IsSymmetric);
        return Client();
    }

    private protected AzureKeyVaultKms Client(string clientSecret = KeyVaultServer.ClientSecret)
    {
        var credential = new ClientSecretCredential(KeyVaultServer.Tenant, KeyVaultServer.ClientId, clientSecret, new ClientSecretCredentialOptions
        {
            AuthorityHost = Server.LoginUri,
            DisableInstanceDiscovery = true,
            Transport = new HttpClientTransport(Server.Handler()),
        });
        return new AzureKeyVaultKms(new AzureKeyVaultOptions(Server.VaultUri), Patience, credential, new HttpClientTransport(Server.Handler()));
    }

    protected override Task<bool> Rotate()
    {
        _key.Rotate();
        return Task.FromResult(true);
    }

    protected override Task GoAway()
    {
        Server.Fail(503);
        return Task.CompletedTask;
    }

    protected override Task ComeBack() => LetGo();

    protected override Task Hang()
    {
        Server.Hang();
        return Task.CompletedTask;
    }

    protected override Task LetGo()
    {
        Server.Interference = null;
        return Task.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Server.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

/// <summary>The same with a symmetric key, as Managed HSM has them.</summary>
public sealed class AzureManagedHsmKmsTests : AzureKeyVaultKmsTests
{
    protected override bool IsSymmetric => true;
}
