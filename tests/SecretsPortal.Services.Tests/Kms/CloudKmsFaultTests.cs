using System.Security.Cryptography;
using Amazon.Runtime;
using Azure.Core.Pipeline;
using Azure.Identity;
using Microsoft.AspNetCore.Http;
using SecretsPortal.Core;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Tests.Kms.Servers;

namespace SecretsPortal.Services.Tests.Kms;

/// <summary>What Key Vault can answer beside yes.</summary>
public sealed class AzureKeyVaultFaultTests : IAsyncLifetime
{
    private static readonly Dictionary<string, string> s_context = [];
    private readonly byte[] _dataKey = RandomNumberGenerator.GetBytes(32);
    private readonly KeyVaultServer _server = new();
    private VaultKey _key = null!;

    public async ValueTask InitializeAsync()
    {
        await _server.Start();
        _key = _server.AddKey("portal", isSymmetric: true);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Nothing_is_sent_before_the_challenge_and_one_token_serves_many_calls()
    {
        var first = new List<(bool HasToken, long? Length)>();
        _server.Interference = (http, _) =>
        {
            if (http.Request.Host.Host == KeyVaultServer.VaultHost)
                first.Add((http.Request.Headers.Authorization.Count > 0, http.Request.ContentLength));
            return Task.FromResult(false);
        };
        using var kms = Client();
        for (var i = 0; i < 10; i++)
            Assert.Equal(_dataKey, await kms.Unwrap("portal", await kms.Wrap("portal", _dataKey, s_context, default), s_context, default));

        Assert.False(first[0].HasToken);
        Assert.True(first[0].Length is null or 0);
        Assert.All(first.Skip(1), request => Assert.True(request.HasToken));
        Assert.Equal(1, _server.Tokens);
    }

    [Fact]
    public async Task A_challenge_for_another_resource_gets_no_token()
    {
        _server.Resource = "https://collector.example";
        using var kms = Client();
        await Unavailable(kms, "The Azure Key Vault asks for a token that the portal does not give: the resource https://collector.example/ is not that of the vault. Check Portal:Kms:AzureKeyVault:VaultUri.");
        Assert.Equal(0, _server.Tokens);
    }

    [Fact]
    public async Task Retry_After_is_honoured()
    {
        using var kms = Client();
        await kms.Check("portal", default);
        _server.Fail(429, requests: 1, retryAfter: "1");
        var started = TimeProvider.System.GetTimestamp();

        await kms.Wrap("portal", _dataKey, s_context, default);

        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(2.9));
    }

    [Fact]
    public async Task A_Retry_After_beyond_the_timeout_ends_at_the_timeout()
    {
        using var kms = Client();
        await kms.Check("portal", default);
        _server.Fail(503, retryAfter: "60");
        await Unavailable(kms, "The KMS (azure-key-vault) did not answer within 3 seconds");
    }

    [Fact]
    public async Task Throttling_that_goes_on_is_told()
    {
        using var kms = Client();
        await kms.Check("portal", default);
        _server.Fail(429, retryAfter: "0");
        await Unavailable(kms, "The Azure Key Vault is throttling.");
    }

    [Fact]
    public async Task Missing_rights_a_disabled_key_and_a_vanished_key_are_told_apart()
    {
        using var kms = Client();
        var wrapped = await kms.Wrap("portal", _dataKey, s_context, default);
        _key.IsEnabled = false;
        await Unavailable(kms, "The key of the Azure Key Vault is disabled.");
        _key.IsEnabled = true;
        _server.IsGranted = false;
        await Unavailable(kms, "The Azure Key Vault of Portal:Kms:AzureKeyVault:VaultUri does not let the portal use the key.");
        _server.IsGranted = true;
        _server.RemoveKey("portal");
        var fault = await Assert.ThrowsAsync<PortalException>(() => kms.Unwrap("portal", wrapped, s_context, default));
        Assert.Equal(PortalError.Unavailable, fault.Error);
        Assert.StartsWith("The Azure Key Vault of Portal:Kms:AzureKeyVault:VaultUri has no such key, or no longer.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_that_Azure_refuses_are_told()
    {
        using var kms = Client("wrong");
        await Unavailable(kms, "The portal has no credentials that Azure accepts for the Key Vault.");
    }

    [Fact]
    public async Task A_vault_that_is_not_there_is_told()
    {
        using var kms = Client();
        await _server.DisposeAsync();
        await Unavailable(kms, "The Azure Key Vault of Portal:Kms:AzureKeyVault:VaultUri can't be reached.");
    }

    [Fact]
    public async Task A_version_in_the_reference_is_kept_to()
    {
        using var kms = Client();
        var pinned = $"{_server.VaultUri}keys/portal/{_key.Current}";
        _key.Rotate();

        var wrapped = await kms.Wrap(pinned, _dataKey, s_context, default);

        Assert.Equal(pinned.Split('/')[^1], wrapped.KeyVersion);
        Assert.Equal(_dataKey, await kms.Unwrap("portal", wrapped, s_context, default));
        Assert.NotEqual(wrapped.KeyVersion, await kms.CurrentVersion("portal", default));
    }

    [Theory]
    [InlineData("https://other.vault.example/keys/portal")]
    [InlineData("http://tests.vault.example/keys/portal")]
    [InlineData("portal/../secrets")]
    [InlineData("")]
    public async Task A_reference_elsewhere_is_refused(string reference)
    {
        using var kms = Client();
        Assert.Equal(PortalError.Unavailable, (await Assert.ThrowsAsync<PortalException>(() => kms.Wrap(reference, _dataKey, s_context, default))).Error);
        Assert.Equal(0, _server.Requests);
    }

    private GuardedKms Client(string clientSecret = KeyVaultServer.ClientSecret)
    {
        var credential = new ClientSecretCredential(KeyVaultServer.Tenant, KeyVaultServer.ClientId, clientSecret, new ClientSecretCredentialOptions
        {
            AuthorityHost = _server.LoginUri,
            DisableInstanceDiscovery = true,
            Transport = new HttpClientTransport(_server.Handler()),
        });
        var timeout = TimeSpan.FromSeconds(3);
        return new GuardedKms(
            new AzureKeyVaultKms(new AzureKeyVaultOptions(_server.VaultUri), timeout, credential, new HttpClientTransport(_server.Handler())), timeout, TimeProvider.System);
    }

    private async Task Unavailable(GuardedKms kms, string message)
    {
        var fault = await Assert.ThrowsAsync<PortalException>(() => kms.Wrap("portal", _dataKey, s_context, default));
        Assert.Equal(PortalError.Unavailable, fault.Error);
        Assert.StartsWith(message, fault.Message, StringComparison.Ordinal);
    }
}

/// <summary>What AWS KMS can answer beside yes.</summary>
public sealed class AwsKmsFaultTests : IAsyncLifetime
{
    private static readonly Dictionary<string, string> s_context = new() { ["SecretARN"] = "arn:x" };
    private readonly byte[] _dataKey = RandomNumberGenerator.GetBytes(32);
    private readonly AwsKmsServer _server = new();
    private AwsKey _key = null!;

    public async ValueTask InitializeAsync()
    {
        await _server.Start();
        _key = _server.AddKey();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task States_of_the_key_and_missing_rights_are_told_apart()
    {
        using var kms = Client();
        var wrapped = await kms.Wrap(_key.Arn, _dataKey, s_context, default);
        foreach (var state in new[] { "Disabled", "PendingDeletion" })
        {
            _key.State = state;
            await Unavailable(kms, "The key in AWS KMS is disabled, marked for deletion, or of another kind.");
            Assert.Contains(state, (await Assert.ThrowsAsync<PortalException>(() => kms.Check(_key.Arn, default))).Message, StringComparison.Ordinal);
            Assert.Equal(PortalError.Unavailable, (await Assert.ThrowsAsync<PortalException>(() => kms.Unwrap(_key.Arn, wrapped, s_context, default))).Error);
        }

        _key.State = "Enabled";
        _server.IsGranted = false;
        await Unavailable(kms, "AWS KMS does not let the portal use the key.");
        _server.IsGranted = true;
        _server.RemoveKey(_key);
        await Unavailable(kms, "AWS KMS has no such key, or no longer,");
    }

    [Fact]
    public async Task Credentials_that_AWS_refuses_are_told()
    {
        using var wrong = Client(secret: "wrong");
        await Unavailable(wrong, "AWS KMS does not accept the portal's credentials (InvalidSignatureException).");
        using var unknown = Client(keyId: "AKIANOBODYKNOWSTHIS1");
        await Unavailable(unknown, "AWS KMS does not accept the portal's credentials (UnrecognizedClientException).");
    }

    [Fact]
    public async Task Throttling_is_tried_again_and_told_where_it_goes_on()
    {
        using var kms = Client();
        Throttle(requests: 1);
        await kms.Wrap(_key.Arn, _dataKey, s_context, default);
        Throttle(requests: int.MaxValue);
        await Unavailable(kms, "AWS KMS is throttling.");
    }

    [Fact]
    public async Task An_endpoint_that_is_not_there_is_told()
    {
        using var kms = Client();
        await _server.DisposeAsync();
        await Unavailable(kms, "AWS KMS can't be reached");
    }

    private void Throttle(int requests)
    {
        var seen = 0;
        _server.Interference = async (http, _) =>
        {
            if (seen++ >= requests)
                return false;
            http.Response.StatusCode = 400;
            http.Response.ContentType = "application/x-amz-json-1.1";
            await http.Response.WriteAsync("""{"__type":"ThrottlingException","message":"You have exceeded the rate at which you may call KMS."}""");
            return true;
        };
    }

    private GuardedKms Client(string keyId = AwsKmsServer.AccessKeyId, string secret = AwsKmsServer.SecretAccessKey)
    {
        var timeout = TimeSpan.FromSeconds(5);
        return new GuardedKms(
            new AwsKms(new AwsKmsOptions(AwsKmsServer.Region, _server.Endpoint), timeout, new BasicAWSCredentials(keyId, secret), _server.Transport()), timeout, TimeProvider.System);
    }

    private async Task Unavailable(GuardedKms kms, string message)
    {
        var fault = await Assert.ThrowsAsync<PortalException>(() => kms.Wrap(_key.Arn, _dataKey, s_context, default));
        Assert.Equal(PortalError.Unavailable, fault.Error);
        Assert.StartsWith(message, fault.Message, StringComparison.Ordinal);
    }
}
