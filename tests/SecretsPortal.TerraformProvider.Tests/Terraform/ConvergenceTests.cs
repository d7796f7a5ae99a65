using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Resources;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Tests.Terraform;

/// <summary>What has to come to rest, and what can't is told with a way on: the resources themselves and the real portal, without Terraform between.</summary>
public sealed class ConvergenceTests(PortalFixture fixture)
{
    [Fact]
    public async Task A_secret_that_names_a_function_gets_another_one_and_never_none()
    {
        await Secret("converge/function", "v");
        await fixture.Client.RotateSecretAsync(
            new RotateSecretRequest
            {
                SecretId = "converge/function", ClientRequestToken = fixture.Client.NewToken(), RotationLambdaArn = "SecretsPortalGenerate",
                RotationRules = new WireRotationRules { AutomaticallyAfterDays = 30 },
            },
            default);
        await fixture.Client.CancelRotateSecretAsync("converge/function", default);
        var byValue = TfObject.Empty.With("secret_id", TfValue.Of("converge/function")).With("rotate_immediately", TfValue.Of(false))
            .With("rotation_rules", TfObject.Empty.With("automatically_after_days", TfValue.Of(30m)));
        var rotation = new SecretRotationResource();

        var refused = await Assert.ThrowsAsync<DiagnosticException>(() => Create(rotation, byValue, NewCall()));
        Assert.Contains("strategy = \"generate\"", refused.Entry.Detail, StringComparison.Ordinal);
        Assert.NotEqual(true, (await fixture.Client.DescribeSecretAsync("converge/function", default)).RotationEnabled);

        var generates = byValue.With("strategy", TfValue.Of("generate"));
        var state = await Create(rotation, generates, NewCall());
        AssertSettled(rotation, state, generates);
        refused = Assert.Throws<DiagnosticException>(() => Draft(rotation, state, byValue, NewCall()));
        Assert.Equal("strategy", refused.Entry.Path?.ToString());
    }

    [Fact]
    public async Task An_access_key_that_is_made_disabled_knows_where_it_is_stored()
    {
        await Secret("converge/key", "v");
        await fixture.Client.AdminAsync(HttpMethod.Post, "/clients", """{"name":"converge"}"""u8.ToArray(), default);
        var config = TfObject.Empty.With("client", TfValue.Of("converge")).With("store_in_secret", TfValue.Of("converge/key")).With("disabled", TfValue.Of(true));

        var state = await Create(new AccessKeyResource(), config, NewCall());

        Assert.True(state.IsWhollyKnown);
        Assert.True(state.Flag("disabled"));
        Assert.Contains("AWSCURRENT", (await fixture.Client.DescribeSecretAsync("converge/key", default)).VersionIdsToStages![state.Text("stored_version_id")!]);
        AssertSettled(new AccessKeyResource(), state, config);
    }

    [Fact]
    public async Task A_key_that_waits_for_its_deletion_is_gone_and_one_in_the_way_is_named()
    {
        var resource = new EncryptionKeyResource();
        var config = TfObject.Empty.With("key_provider", TfValue.Of("local")).With("alias", TfValue.Of("alias/converge"));
        var state = await Create(resource, config, NewCall());
        // Destroyed twice, as where the first answer was lost.
        await resource.DeleteAsync(NewCall(), state);
        await resource.DeleteAsync(NewCall(), state);
        Assert.Null(await resource.ReadAsync(NewCall(), state));

        var successor = await Create(resource, config, NewCall());
        await fixture.Client.AdminAsync(HttpMethod.Post, $"/keys/{successor.Text("key_id")}/deletion", """{"pendingWindowInDays":7}"""u8.ToArray(), default);
        var refused = await Assert.ThrowsAsync<DiagnosticException>(() => Create(resource, config, NewCall()));
        Assert.Contains("waits for its deletion", refused.Entry.Summary, StringComparison.Ordinal);
        Assert.Contains(successor.Text("key_id")!, refused.Entry.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_seed_that_is_there_gets_its_labels_and_a_number_puts_the_value_again()
    {
        await Secret("converge/seed", "seed");
        var labels = TfValue.SetOf(["AWSCURRENT", "blue"]);
        var config = TfObject.Empty.With("secret_id", TfValue.Of("converge/seed")).With("secret_string_wo", TfValue.Of("seed"))
            .With("version_stages", labels);
        var (resource, call) = (new SecretVersionResource(), NewCall());
        var state = await Create(resource, config.With("seed_once", TfValue.Of(true)), call);
        Assert.Equal(["AWSCURRENT", "blue"], (await fixture.Client.DescribeSecretAsync("converge/seed", default)).VersionIdsToStages![state.Text("version_id")!].Order(StringComparer.Ordinal));

        await fixture.Put("converge/seed", "by hand");
        state = (await resource.ReadAsync(call, state))!;
        var numbered = config.With("secret_string_wo_version", TfValue.Of(1m));
        await resource.UpdateAsync(call, state, Draft(resource, state, numbered, call).Planned, numbered);
        Assert.Equal("seed", await fixture.CurrentValue("converge/seed"));
    }

    private async Task Secret(string name, string value)
    {
        await fixture.Client.CreateSecretAsync(new CreateSecretRequest { Name = name, ClientRequestToken = fixture.Client.NewToken() }, default);
        await fixture.Put(name, value);
    }

    private ResourceCall NewCall() => new(fixture.Client, new PrivateState(), new Diagnostics(), TestContext.Current.CancellationToken);

    private void AssertSettled(ManagedResource resource, TfObject state, TfObject config)
    {
        var planned = Draft(resource, state, config, NewCall()).Planned;
        Assert.All(resource.Schema.Attributes, a => Assert.Equal(state[a.Name], planned[a.Name]));
    }

    private static Task<TfObject> Create(ManagedResource resource, TfObject config, ResourceCall call) =>
        resource.CreateAsync(call, Draft(resource, prior: null, config, call).Planned, config);

    private static PlanDraft Draft(ManagedResource resource, TfObject? prior, TfObject config, ResourceCall call)
    {
        var draft = Planner.Draft(resource.Schema, prior, config);
        resource.ModifyPlan(draft, call);
        return draft;
    }
}
