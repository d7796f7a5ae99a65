using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Core.Tests.Secrets;

public sealed class SecretNameTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("prod/db/main")]
    [InlineData("-/_+=.@!")]
    [InlineData("ABCxyz019")]
    [InlineData("ends-a1b2c3")]
    public void Letters_digits_and_the_eight_signs_make_a_name(string name)
    {
        SecretName.Check(name);
        Assert.True(SecretName.IsValid(name));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a b")]
    [InlineData("a:b")]
    [InlineData("a*")]
    [InlineData("a\n")]
    [InlineData("naïve")]
    [InlineData("\u0661")]
    [InlineData("\ud800")]
    public void Anything_else_is_refused_with_the_words_that_clients_match_on(string name)
    {
        var refused = Assert.Throws<PortalException>(() => SecretName.Check(name));

        Assert.Equal(PortalError.Validation, refused.Error);
        Assert.Equal("Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!", refused.Message);
    }

    [Fact]
    public void A_name_has_at_most_512_characters()
    {
        Assert.True(SecretName.IsValid(new string('a', 512)));
        Assert.False(SecretName.IsValid(new string('a', 513)));
    }
}
