using SecretsPortal.TerraformProvider.Protocol;
using SecretsPortal.TerraformProvider.Resources;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Tests;

/// <summary>
/// A provider block that is not known yet, and a Terraform that can put off what depends on it. No released one says so without an experiment, so this is
/// tested by the protocol.
/// </summary>
public sealed class DeferralTests
{
    private const string Secret = "secretsportal_secret";

    private static readonly TfType.ObjectType s_type = Catalog.Resources[Secret].Schema.Type;

    private static readonly ClientCapabilities s_defers = new() { DeferralAllowed = true };

    [Fact]
    public async Task What_needs_the_portal_is_put_off_where_Terraform_can_and_said_where_it_can_not()
    {
        await using var provider = await ProviderProcess.Start();
        using var channel = provider.Connect();
        var client = new Provider.ProviderClient(channel);
        var configured = await client.ConfigureProviderAsync(new ConfigureProvider.Types.Request
        {
            Config = TfObject.Empty.With("endpoint", TfValue.Unknown).ToWire(ProviderConfiguration.Schema.Type), ClientCapabilities = s_defers,
        });
        Assert.Empty(configured.Diagnostics);

        var config = TfObject.Empty.With("name", TfValue.Of("app"));
        var proposed = new PlanResourceChange.Types.Request
        {
            TypeName = Secret, Config = config.ToWire(s_type), ProposedNewState = config.ToWire(s_type), PriorState = TfValue.Null.ToWire(s_type), ClientCapabilities = s_defers,
        };
        var planned = await client.PlanResourceChangeAsync(proposed);
        Assert.Empty(planned.Diagnostics);
        Assert.Equal(Deferred.Types.Reason.ProviderConfigUnknown, planned.Deferred.Reason);
        Assert.Equal("app", planned.PlannedState.ToObject(s_type).Text("name"));
        proposed.ClientCapabilities = new ClientCapabilities();
        Assert.Null((await client.PlanResourceChangeAsync(proposed)).Deferred);

        var import = new ImportResourceState.Types.Request { TypeName = Secret, Id = "app", ClientCapabilities = s_defers };
        Assert.Equal(Deferred.Types.Reason.ProviderConfigUnknown, (await client.ImportResourceStateAsync(import)).Deferred.Reason);
        import.ClientCapabilities = new ClientCapabilities();
        Assert.Contains("known only after apply", Assert.Single((await client.ImportResourceStateAsync(import)).Diagnostics).Detail, StringComparison.Ordinal);

        var state = config.With("arn", TfValue.Of("app")).ToWire(s_type);
        var read = new ReadResource.Types.Request { TypeName = Secret, CurrentState = state, ClientCapabilities = s_defers };
        Assert.Equal(Deferred.Types.Reason.ProviderConfigUnknown, (await client.ReadResourceAsync(read)).Deferred.Reason);
        read.ClientCapabilities = new ClientCapabilities();
        var kept = await client.ReadResourceAsync(read);
        Assert.Contains("was not refreshed", Assert.Single(kept.Diagnostics).Summary, StringComparison.Ordinal);
        Assert.Equal(state, kept.NewState);
    }
}
