using SecretsPortal.TerraformProvider.Resources;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Tests.Resources;

public sealed class SecretVersionPlanTests
{
    private static readonly SecretVersionResource s_resource = new();

    private static readonly TfObject s_state = TfObject.Empty
        .With("id", TfValue.Of("app|v1"))
        .With("arn", TfValue.Of("arn"))
        .With("secret_id", TfValue.Of("app"))
        .With("secret_string_wo_version", TfValue.Of(1m))
        .With("version_id", TfValue.Of("v1"))
        .With("version_stages", TfValue.SetOf(["AWSCURRENT"]))
        .With("seed_once", TfValue.Of(false))
        .With("on_value_drift", TfValue.Of("keep"))
        .With("value_drifted", TfValue.Of(false));

    [Fact]
    public void A_value_that_was_rotated_since_is_left_alone()
    {
        var rotated = s_state.With("version_stages", TfValue.SetOf(["AWSPREVIOUS"]));
        Assert.Equal(rotated, Plan(rotated, Config(1)));
        Assert.Equal(rotated, Plan(rotated, Config(1).With("version_stages", TfValue.SetOf(["AWSCURRENT"]))));
        var forgotten = s_state.With("version_stages", TfValue.SetOf([]));
        Assert.Equal(forgotten, Plan(forgotten, Config(1)));
    }

    [Fact]
    public void A_new_number_puts_a_new_version()
    {
        var plan = Plan(s_state, Config(2));
        Assert.True(plan["version_id"].IsUnknown);
        Assert.True(plan["version_stages"].IsUnknown);
        Assert.True(plan["secret_string_wo"].IsNull);
    }

    [Fact]
    public void A_label_of_the_users_own_is_held_in_place()
    {
        var moved = s_state.With("version_stages", TfValue.SetOf(["AWSPREVIOUS"]));
        var wanted = TfValue.SetOf(["AWSCURRENT", "blue"]);
        Assert.Equal(wanted, Plan(moved, Config(1).With("version_stages", wanted))["version_stages"]);
        Assert.Equal(TfValue.Of("v1"), Plan(moved, Config(1).With("version_stages", wanted))["version_id"]);
    }

    [Fact]
    public void Members_have_no_labels_and_a_seed_is_not_in_the_state()
    {
        Assert.Equal(["version_stages"], Faults(TfObject.Empty
            .With("secret_fields_wo", TfValue.MapOf([KeyValuePair.Create("token", "t")]))
            .With("secret_fields_wo_version", TfValue.Of(1m))
            .With("version_stages", TfValue.SetOf(["blue"]))));
        Assert.Equal(["secret_string"], Faults(TfObject.Empty.With("secret_string", TfValue.Of("v")).With("seed_once", TfValue.Of(true))));
    }

    private static IEnumerable<string?> Faults(TfObject config)
    {
        var diagnostics = new Schemas.Diagnostics();
        s_resource.Validate(config, diagnostics);
        return diagnostics.Entries.Select(e => e.Path?.ToString());
    }

    private static TfObject Config(int number) => TfObject.Empty
        .With("secret_id", TfValue.Of("app"))
        .With("secret_string_wo", TfValue.Of("hunter2"))
        .With("secret_string_wo_version", TfValue.Of((decimal)number));

    private static TfObject Plan(TfObject prior, TfObject config)
    {
        var draft = Planner.Draft(s_resource.Schema, prior, config);
        s_resource.ModifyPlan(draft, new ResourceCall(portal: null, new PrivateState(), new Schemas.Diagnostics(), CancellationToken.None));
        return new TfObject(draft.Planned.Members.RemoveRange(draft.Planned.Members.Where(m => m.Value.IsNull).Select(m => m.Key)));
    }
}
