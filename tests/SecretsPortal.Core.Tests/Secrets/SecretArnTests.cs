using CsCheck;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Core.Tests.Secrets;

public sealed class SecretArnTests
{
    [Theory]
    [InlineData("name-AbCd12", "name")]
    [InlineData("name", "name")]
    [InlineData("a-AbCd12", "a")]
    [InlineData("-AbCd12", "-AbCd12")]
    [InlineData("name-AbCd1", "name-AbCd1")]
    [InlineData("name-AbCd.2", "name-AbCd.2")]
    [InlineData("name_AbCd12", "name_AbCd12")]
    public void A_full_ARN_tells_its_name(string resource, string name)
    {
        Assert.True(SecretArn.TryParse($"arn:aws:secretsmanager:us-east-1:000000000000:secret:{resource}", out var arn));
        Assert.Equal(name, arn.NameBeforeSuffix);
        Assert.Equal(name != resource, arn.HasSuffix);
    }

    private const string Start = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:";

    [Fact]
    public void A_new_ARN_has_its_parts_in_their_places()
    {
        var arn = SecretArn.Create("eu-west-1", "000000000000", "prod/db", "aB3dE9");

        Assert.Equal(Start + "prod/db-aB3dE9", arn.ToString());
        Assert.Equal(("eu-west-1", "000000000000", "prod/db-aB3dE9"), (arn.Region, arn.Account, arn.Resource));
    }

    [Theory]
    [InlineData("")]
    [InlineData("aB3dE")]
    [InlineData("aB3dE99")]
    [InlineData("aB3-E9")]
    [InlineData("aB3dEé")]
    public void A_suffix_is_six_letters_or_digits(string suffix) =>
        Assert.Throws<ArgumentException>(() => SecretArn.Create("eu-west-1", "000000000000", "a", suffix));

    [Fact]
    public void Any_ARN_is_read_back_as_it_was()
    {
        var name = Gen.String[Gen.Char["abcXYZ019-/_+=.@!"], 1, 512];
        var suffix = Gen.String[Gen.Char["abcXYZ019"], 6, 6];
        Gen.Select(name, suffix).Sample((n, s) =>
        {
            var arn = SecretArn.Create("us-gov-west-1", "123456789012", n, s);
            return SecretArn.TryParse(arn.ToString(), out var read) && read == arn && read.ToString() == arn.ToString();
        });
    }

    [Fact]
    public void A_partial_ARN_is_read_too()
    {
        Assert.True(SecretArn.TryParse(Start + "prod/db", out var arn));
        Assert.Equal("prod/db", arn.Resource);
    }

    [Theory]
    [InlineData("")]
    [InlineData("prod/db")]
    [InlineData("arn:aws:s3:eu-west-1:000000000000:secret:a")]
    [InlineData("ARN:aws:secretsmanager:eu-west-1:000000000000:secret:a")]
    [InlineData("arn:aws:secretsmanager:eu-west-1:000000000000:secret:")]
    [InlineData("arn:aws:secretsmanager:eu-west-1:000000000000:secret")]
    [InlineData("arn:aws:secretsmanager:eu-west-1:000000000000:secrets:a")]
    [InlineData("arn:aws:secretsmanager:eu-west-1:000000000000:secret:a:b")]
    [InlineData("arn:aws:secretsmanager:eu-west-1:00000000000:secret:a")]
    [InlineData("arn:aws:secretsmanager:eu-west-1:00000000000x:secret:a")]
    [InlineData("arn:aws:secretsmanager::000000000000:secret:a")]
    [InlineData("arn:aws:secretsmanager:eu west:000000000000:secret:a")]
    [InlineData("arn:aws:secretsmanager:*:000000000000:secret:a")]
    [InlineData("arn:aws:secretsmanager:eu-west-1:000000000000:secret:a b")]
    public void Anything_else_is_no_ARN_of_a_secret(string text)
    {
        Assert.False(SecretArn.TryParse(text, out var arn));
        Assert.Null(arn);
    }

    [Fact]
    public void Every_character_of_the_resource_is_checked()
    {
        Assert.True(SecretArn.TryParse(Start + new string('a', 512) + "-a1b2c3", out _));
        Assert.False(SecretArn.TryParse(Start + new string('a', 512) + "-a1b2c33", out _));
        Assert.False(SecretArn.TryParse(Start + new string('a', 512) + "-a1b2c ", out _));
    }
}
