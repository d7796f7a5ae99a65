using SecretsPortal.TerraformProvider.Resources;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Tests.Resources;

public sealed class PlannerTests
{
    private static readonly Schema s_schema = new(0, "",
    [
        new("id", Presence.Computed, "") { Type = TfType.Text, KeptOnUpdate = true },
        new("date", Presence.Computed, "") { Type = TfType.Text },
        new("name", Presence.Required, "") { Type = TfType.Text, ReplaceOnChange = true },
        new("days", Presence.OptionalComputed, "") { Type = TfType.Number, Default = TfValue.Of(30m) },
        new("labels", Presence.OptionalComputed, "") { Type = TfType.SetOf(TfType.Text) },
        new("value", Presence.Optional, "") { Type = TfType.Text, WriteOnly = true },
    ]);

    private static readonly TfObject s_state = Values("id", "1", "date", "today", "name", "n")
        .With("days", TfValue.Of(30m)).With("labels", TfValue.SetOf(["a"]));

    [Fact]
    public void A_creation_sets_defaults_and_leaves_the_rest_open()
    {
        var plan = Planner.Draft(s_schema, null, Values("name", "n", "value", "hunter2")).Planned;
        Assert.Equal(TfValue.Of(30m), plan["days"]);
        Assert.True(plan["id"].IsUnknown);
        Assert.True(plan["labels"].IsUnknown);
        Assert.True(plan["value"].IsNull);
    }

    [Fact]
    public void Without_a_change_nothing_changes()
    {
        var draft = Planner.Draft(s_schema, s_state, Values("name", "n", "value", "another"));
        Assert.Equal(s_state.With("value", TfValue.Null), draft.Planned);
        Assert.Empty(draft.ReplaceFor);
    }

    [Fact]
    public void An_update_opens_only_what_it_may_change()
    {
        var plan = Planner.Draft(s_schema, s_state, Values("name", "n").With("days", TfValue.Of(7m))).Planned;
        Assert.Equal(TfValue.Of("1"), plan["id"]);
        Assert.True(plan["date"].IsUnknown);
        Assert.True(plan["labels"].IsUnknown);
    }

    [Fact]
    public void Dropping_an_attribute_brings_its_default_back() =>
        Assert.Equal(TfValue.Of(30m), Planner.Draft(s_schema, s_state.With("days", TfValue.Of(0m)), Values("name", "n")).Planned["days"]);

    [Fact]
    public void What_cannot_change_in_place_is_made_anew() =>
        Assert.Equal(["name"], Planner.Draft(s_schema, s_state, Values("name", "m")).ReplaceFor.Select(p => p.ToString()));

    [Fact]
    public void A_name_that_is_known_later_counts_as_another_one() =>
        Assert.Single(Planner.Draft(s_schema, s_state, TfObject.Empty.With("name", TfValue.Unknown)).ReplaceFor);

    private static TfObject Values(params string[] pairs) => pairs.Chunk(2).Aggregate(TfObject.Empty, (o, p) => o.With(p[0], TfValue.Of(p[1])));
}
