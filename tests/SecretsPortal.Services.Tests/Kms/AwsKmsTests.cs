using Amazon.Runtime;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Tests.Kms.Servers;

namespace SecretsPortal.Services.Tests.Kms;

/// <summary>AWS KMS's protocol, through the real SDK.</summary>
public sealed class AwsKmsTests : RemoteKmsContractTests
{
    private AwsKey _key = null!;
    private AwsKey _other = null!;

    private AwsKmsServer Server { get; } = new();

    protected override string Reference => "alias/portal";

    protected override string OtherReference => _other.Arn;

    protected override string? UnknownReference => "alias/nobody";

    protected override bool BindsContext => true;

    private protected override async Task<IKms> Open()
    {
        await Server.Start();
        _key = Server.AddKey();
        _other = Server.AddKey();
        Server.SetAlias(Reference, _key);
        return Client(AwsKmsServer.SecretAccessKey);
    }

    private AwsKms Client(string secret) => new(
        new AwsKmsOptions(AwsKmsServer.Region, Server.Endpoint), Patience, new BasicAWSCredentials(AwsKmsServer.AccessKeyId, secret), Server.Transport());

    /// <summary>As people rotate by hand: the alias stands for another key from now on.</summary>
    protected override Task<bool> Rotate()
    {
        Server.SetAlias(Reference, Server.AddKey());
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
    }
}
