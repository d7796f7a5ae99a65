using SecretsPortal.Core;
using SecretsPortal.Web.Api;

namespace SecretsPortal.Web.Tests.Api;

public sealed class AwsErrorsTests
{
    [Fact]
    public void Every_error_of_the_domain_has_its_place_in_the_table()
    {
        foreach (var error in Enum.GetValues<PortalError>())
            Assert.False(string.IsNullOrEmpty(AwsErrors.Of(error).Type));
    }

    [Fact]
    public void Every_fault_of_the_client_is_a_400()
    {
        foreach (var error in Enum.GetValues<PortalError>().Except([PortalError.Internal, PortalError.Unavailable]))
            Assert.Equal(400, AwsErrors.Of(error).Status);
        Assert.Equal(500, AwsErrors.Of(PortalError.Internal).Status);
        Assert.Equal(503, AwsErrors.Of(PortalError.Unavailable).Status);
    }
}
