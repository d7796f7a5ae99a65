using System.Security.Cryptography;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Services.Access;

namespace SecretsPortal.Services.Tests.Access;

/// <summary>A signed request for GetSecretValue, as the authenticator meets it.</summary>
internal static class SignedCall
{
    public static SignedRequest Unsigned => new()
    {
        Method = "POST",
        Path = "/",
        Query = "",
        Headers = [new("Host", "localhost:8210"), new("X-Amz-Target", "secretsmanager.GetSecretValue")],
        BodyHash = Convert.ToHexStringLower(SHA256.HashData("{}"u8)),
    };

    public static SignedRequest Signed(TestPortal portal, SigningCredentials credentials, string region = "us-east-1") => Unsigned with
    {
        Headers = [.. Unsigned.Headers, .. SigV4Signer.Sign(Unsigned, credentials, region, "secretsmanager", portal.Clock.GetUtcNow())],
    };

    public static Task<AuthenticatedRequest> Authenticate(TestPortal portal, SigningCredentials credentials, string region = "us-east-1") =>
        Authenticate(portal, Signed(portal, credentials, region));

    public static Task<AuthenticatedRequest> Authenticate(TestPortal portal, SignedRequest request) =>
        portal.Get<RequestAuthenticator>().Authenticate(request, "secretsmanager:GetSecretValue", "203.0.113.7", "r", default);
}
