using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;

namespace SecretsPortal.Services.Tests.Access;

public sealed class RequestAuthenticatorTests
{
    private static readonly SigningCredentials s_credentials = new(TestPortal.AccessKeyId, new SecretText(TestPortal.SecretAccessKey));

    [Fact]
    public async Task A_signed_request_is_its_clients()
    {
        await using var portal = await TestPortal.Start();

        var authenticated = await SignedCall.Authenticate(portal, SignedCall.Signed(portal, s_credentials, "eu-central-1"));

        Assert.Equal("eu-central-1", authenticated.Region);
        Assert.Equal((CallerKind.Client, TestPortal.AccessKeyId), (authenticated.Caller.Kind, authenticated.Caller.AccessKeyId));
        Assert.NotEqual("arn:aws:iam::123456789012:user/admin", authenticated.Caller.Arn);
    }

    [Fact]
    public async Task What_does_not_hold_is_refused_and_recorded()
    {
        await using var portal = await TestPortal.Start();
        await Refused(PortalError.InvalidSignature, SignedCall.Signed(portal, s_credentials with { SecretAccessKey = new SecretText("another") }));
        await Refused(PortalError.UnrecognizedClient, SignedCall.Signed(portal, s_credentials with { AccessKeyId = "AKIAUNKNOWN123456789" }));
        await Refused(PortalError.UnrecognizedClient, SignedCall.Signed(portal, s_credentials with { SessionToken = "token" }));
        await Refused(PortalError.InvalidSignature, SignedCall.Signed(portal, s_credentials, "mars-north-1"));
        await Refused(PortalError.InvalidSignature, SignedCall.Signed(portal, s_credentials) with { BodyHash = new string('0', 64) });
        await Refused(PortalError.MissingAuthenticationToken, SignedCall.Unsigned);
        var signed = SignedCall.Signed(portal, s_credentials);
        portal.Clock.Advance(TimeSpan.FromMinutes(6));
        await Refused(PortalError.InvalidSignature, signed);

        async Task Refused(PortalError error, SignedRequest request)
        {
            var before = (await portal.Log()).Count;
            var fault = await Assert.ThrowsAsync<PortalException>(() => SignedCall.Authenticate(portal, request));
            Assert.Equal(error, fault.Error);
            var record = Assert.Single((await portal.Log()).Skip(before));
            Assert.Equal((AuditOutcome.Denied, "anonymous", "secretsmanager:GetSecretValue", error.ToString()), (record.Outcome, record.Caller, record.Action, record.Detail));
        }
    }

    [Fact]
    public async Task A_refused_region_is_told_which_ones_are_served()
    {
        await using var portal = await TestPortal.Start();

        var fault = await Assert.ThrowsAsync<PortalException>(() => SignedCall.Authenticate(portal, SignedCall.Signed(portal, s_credentials, "mars-north-1")));

        Assert.Equal("Credential should be scoped to a valid region. This portal serves: us-east-1, eu-central-1, ap-southeast-2.", fault.Message);
    }
}
