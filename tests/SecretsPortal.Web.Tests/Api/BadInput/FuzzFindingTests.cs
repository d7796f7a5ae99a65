namespace SecretsPortal.Web.Tests.Api.BadInput;

/// <summary>What the fuzz runs have found, each as a case of its own.</summary>
public sealed class FuzzFindingTests(SharedPortal shared) : ApiTest(shared)
{
    /// <summary>It was a ResourceExistsException, which the model does not know for RotateSecret.</summary>
    [Fact]
    public async Task A_rotation_with_the_token_of_a_version_is_an_invalid_request()
    {
        var (name, version) = await Create("found/rotate-token");
        var message = await Aws.Refused(
            "RotateSecret",
            new { SecretId = name, ClientRequestToken = version, RotationLambdaARN = "SecretsManagerRDSPostgreSQLRotationSingleUser" },
            "InvalidRequestException");
        Assert.StartsWith($"You can't use ClientRequestToken {version} because that value is already in use for a version of secret ", message, StringComparison.Ordinal);
    }
}
