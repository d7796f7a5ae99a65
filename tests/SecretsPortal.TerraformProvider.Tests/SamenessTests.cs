using SecretsPortal.TerraformProvider.Schemas;

namespace SecretsPortal.TerraformProvider.Tests;

public sealed class SamenessTests
{
    private const string Arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/api-a1B2c3";

    [Theory]
    [InlineData("prod/api", "prod/api", true)]
    [InlineData("prod/api", Arn, true)]
    [InlineData(Arn, "prod/api", true)]
    [InlineData(Arn, Arn, true)]
    [InlineData("prod/api-a1B2c3", Arn, false)]
    [InlineData("prod/ap", Arn, false)]
    [InlineData("Prod/api", Arn, false)]
    [InlineData("arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/api-z9Y8x7", Arn, false)]
    public void A_secret_is_the_same_by_its_name_and_by_its_ARN(string a, string b, bool same) =>
        Assert.Equal(same, Sameness.OfSecret(a, b));
}
