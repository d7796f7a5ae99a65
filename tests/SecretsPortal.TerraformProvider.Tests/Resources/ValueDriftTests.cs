using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Resources;

namespace SecretsPortal.TerraformProvider.Tests.Resources;

public sealed class ValueDriftTests
{
    [Fact]
    public void A_version_under_labels_of_the_users_own_drifts_only_after_it_was_current()
    {
        var state = new PrivateState();
        ValueDrift.Remember(state, Found("other", "mine"), "mine", fields: null);
        Assert.False(ValueDrift.Find(state, Found("other", "mine"), "mine", fields: null));
        // Its label was taken away, so the portal does not tell it any more.
        Assert.False(ValueDrift.Find(state, Found("other"), "mine", fields: null));
        Assert.False(ValueDrift.Find(state, Found("another"), "mine", fields: null));
        Assert.False(ValueDrift.Find(state, Found("mine", "other"), "mine", fields: null));
        Assert.True(ValueDrift.Find(state, Found("other", "mine"), "mine", fields: null));
    }

    [Fact]
    public void A_version_of_another_portal_is_replaced_by_what_is_current_here()
    {
        var state = new PrivateState();
        Assert.False(ValueDrift.Find(state, Found("here"), "elsewhere", fields: null));
        Assert.False(ValueDrift.Find(state, Found("here"), "elsewhere", fields: null));
        Assert.True(ValueDrift.Find(state, Found("later"), "elsewhere", fields: null));
    }

    [Fact]
    public void Without_fingerprints_another_version_is_another_value()
    {
        var state = new PrivateState();
        ValueDrift.Remember(state, Found("mine"), "mine", fields: null);
        var blind = Found("later", "mine");
        blind.Fingerprints = null;
        Assert.True(ValueDrift.Find(state, blind, "mine", fields: null));
        Assert.False(ValueDrift.Find(state, blind, "mine", ["password"]));
    }

    /// <summary>A secret whose versions each have a value of their own, the first of them current.</summary>
    private static SecretLookUp Found(string current, params string[] others) => new()
    {
        Secret = new DescribeSecretResponse
        {
            VersionIdsToStages = others.Select(o => (Id: o, Label: "blue")).Append((Id: current, Label: "AWSCURRENT")).ToDictionary(v => v.Id, v => new List<string> { v.Label }),
        },
        Fingerprints = others.Append(current).ToDictionary(v => v, v => new ValueFingerprint { Value = $"of {v}" }),
    };
}
