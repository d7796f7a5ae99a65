using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using SecretsPortal.Tests.Shared;
using SecretsPortal.TerraformProvider.Protocol;

namespace SecretsPortal.TerraformProvider.Tests;

public sealed class HandshakeTests
{
    [Fact]
    public async Task The_provider_greets_Terraform_answers_and_ends_when_told()
    {
        await using var provider = await ProviderProcess.Start();
        var parts = provider.Line.Split('|');
        Assert.Equal(["1", "6", "unix"], parts[..3]);
        Assert.Equal("grpc", parts[4]);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(parts[3])!));
        using (var channel = provider.Connect())
        {
            var metadata = await new Provider.ProviderClient(channel).GetMetadataAsync(new GetMetadata.Types.Request());
            Assert.Contains("secretsportal_secret_rotation", metadata.Resources.Select(r => r.TypeName));
            Assert.Contains("secretsportal_secrets", metadata.DataSources.Select(d => d.TypeName));
            Assert.Contains("secretsportal_secret_value", metadata.EphemeralResources.Select(e => e.TypeName));
            Assert.Contains("arn_parse", metadata.Functions.Select(f => f.Name));
            Assert.True(metadata.ServerCapabilities.PlanDestroy);
            await new GRPCController.GRPCControllerClient(channel).ShutdownAsync(new Empty());
        }

        Assert.Equal(0, await provider.Ended());
        Assert.Equal("", await provider.Output.ReadToEndAsync());
        Assert.Equal("", await provider.Errors.ReadToEndAsync());
        Assert.Empty(Directory.GetFileSystemEntries(provider.SocketDirectory));
    }

    [Fact]
    public async Task Nobody_else_can_connect()
    {
        await using var provider = await ProviderProcess.Start();
        using var stranger = Handshake.CreateCertificate(TimeProvider.System.GetUtcNow());
        using var channel = provider.Connect(stranger);
        var refused = await Assert.ThrowsAsync<RpcException>(async () =>
            await new Provider.ProviderClient(channel).GetMetadataAsync(new GetMetadata.Types.Request()));
        Assert.NotEqual(StatusCode.OK, refused.StatusCode);
        Assert.NotEqual(StatusCode.Unimplemented, refused.StatusCode);
    }

    [Fact]
    public async Task An_interrupt_leaves_the_provider_running_and_a_termination_ends_it()
    {
        await using var provider = await ProviderProcess.Start();
        await ExternalCommand.Run("kill", ["-INT", $"{provider.Id}"]);
        using (var channel = provider.Connect())
        {
            // Terraform hears the interrupt too and says so in its own way.
            var stopped = await new Provider.ProviderClient(channel).StopProviderAsync(new StopProvider.Types.Request());
            Assert.Equal("", stopped.Error);
        }

        await ExternalCommand.Run("kill", ["-TERM", $"{provider.Id}"]);
        Assert.Equal(0, await provider.Ended());
    }

    [Fact]
    public async Task A_provider_whose_Terraform_was_killed_ends_by_itself()
    {
        await using var provider = await ProviderProcess.Start();
        using (var channel = provider.Connect())
            await new Provider.ProviderClient(channel).GetMetadataAsync(new GetMetadata.Types.Request());
        Assert.Equal(0, await provider.Ended());
    }

    [Theory]
    [InlineData("TF_PLUGIN_MAGIC_COOKIE", "", "Terraform starts it")]
    [InlineData("PLUGIN_PROTOCOL_VERSIONS", "4,5", "speaks 6")]
    [InlineData("PLUGIN_CLIENT_CERT", "", "no client certificate")]
    [InlineData("PLUGIN_CLIENT_CERT", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "does not parse")]
    public async Task Without_a_proper_greeting_the_provider_says_why_and_ends(string variable, string value, string said)
    {
        await using var provider = await ProviderProcess.Start(new Dictionary<string, string?> { [variable] = value });
        Assert.Equal("", provider.Line);
        Assert.Equal(1, await provider.Ended());
        Assert.Contains(said, await provider.Errors.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_certificate_is_one_that_its_holder_can_be_trusted_by()
    {
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = Handshake.CreateCertificate(now);
        Assert.True(certificate.MatchesHostname("localhost"));
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(certificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        Assert.True(chain.Build(certificate));
    }
}
