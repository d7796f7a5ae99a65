using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Storage.Tests.Rules;

public sealed class SecretFiltersTests
{
    [Theory]
    [InlineData("my test", "test", true)]
    [InlineData("my test", "est", false)]
    [InlineData("myTest", "test", true)]
    [InlineData("myDBHost", "host", true)]
    [InlineData("myDBHost", "db", true)]
    [InlineData("myDBHost", "mydbh", true)]
    [InlineData("a/b_c+d=e.f@g-h", "G", true)]
    [InlineData("a/b_c+d=e.f@g-h", "h a", true)]
    [InlineData("a/b_c+d=e.f@g-h", "h x", false)]
    [InlineData("token for GitHub", "github", true)]
    [InlineData("token for GitHub", "hub", true)]
    [InlineData("git/hub", "GitHub", true)]
    [InlineData("github", "GitHub", true)]
    [InlineData("a-b", "a-b", true)]
    [InlineData("Größe", "GRÖ", true)]
    [InlineData("one two", "two one", true)]
    public void Words_match_by_their_beginnings_in_any_case(string description, string value, bool isMatch)
    {
        Assert.Equal(isMatch, Match("description", [value], description: description));
        Assert.Equal(isMatch, Match("all", [value], description: description));
    }

    [Fact]
    public void All_looks_at_every_text_but_needs_its_words_in_one()
    {
        Assert.True(Match("all", ["alpha"], name: "x/alpha"));
        Assert.True(Match("all", ["alpha"], tags: [new("alpha", "")]));
        Assert.True(Match("all", ["alpha"], tags: [new("k", "alpha beta")]));
        Assert.False(Match("all", ["alpha beta"], name: "alpha", description: "beta"));
    }

    [Fact]
    public void Each_value_is_negated_on_its_own()
    {
        Assert.True(Match("name", ["!a", "ab"], name: "ab"));
        Assert.False(Match("name", ["!a", "x"], name: "ab"));
        Assert.True(Match("description", ["!a"], description: null));
        Assert.False(Match("tag-key", ["!a"], tags: [new("b", ""), new("a", "")]));
    }

    [Fact]
    public void An_unknown_filter_is_a_fault_of_the_caller() =>
        Assert.Throws<ArgumentException>(() => Match("owner", ["x"]));

    [Fact]
    public void The_primary_region_is_a_prefix_and_no_service_owns_a_secret()
    {
        Assert.True(Match("primary-region", ["eu-"], primaryRegion: "eu-west-1"));
        Assert.False(Match("primary-region", ["EU-"], primaryRegion: "eu-west-1"));
        Assert.False(Match("primary-region", [""], primaryRegion: null));
        Assert.True(Match("primary-region", ["!eu-"], primaryRegion: null));
        Assert.False(Match("owning-service", ["rds"]));
        Assert.True(Match("owning-service", ["!rds"]));
    }

    private static bool Match(string key, string[] values, string name = "name", string? description = null, IReadOnlyList<SecretTag>? tags = null, string? primaryRegion = null) =>
        new SecretFilters([new SecretFilter(key, values)]).Match(new FilteredSecret(name, description, primaryRegion, tags ?? []));
}
