using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Core.Tests.Secrets;

public sealed class SecretIdTests
{
    private const string Arn = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:prod/db-aB3dE9";

    [Fact]
    public void A_name_is_looked_for_as_it_is()
    {
        var id = SecretId.Parse("prod/db");

        Assert.Equal(("prod/db", "prod/db", null), (id.Text, id.Name, id.Arn));
        Assert.Equal("prod/db", id.ToString());
    }

    [Fact]
    public void An_ARN_is_looked_for_whole_and_then_by_its_resource_part()
    {
        var id = SecretId.Parse(Arn);

        Assert.Equal(Arn, id.Arn?.ToString());
        Assert.Equal("prod/db-aB3dE9", id.Name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("arn:aws:secretsmanager:eu-west-1:0:secret:a")]
    [InlineData("arn:aws:s3:::bucket")]
    public void What_cannot_name_a_secret_is_refused_as_a_bad_name(string text)
    {
        var refused = Assert.Throws<PortalException>(() => SecretId.Parse(text));

        Assert.Equal((PortalError.Validation, SecretName.InvalidMessage), (refused.Error, refused.Message));
    }

    [Fact]
    public void A_very_long_text_is_refused() => Assert.Throws<PortalException>(() => SecretId.Parse(new string('a', 100_000)));
}
