using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Services.Access;

namespace SecretsPortal.Services.Tests.Access;

public sealed class TemporaryCredentialServiceTests
{
    [Fact]
    public async Task Issued_credentials_act_as_the_client_within_the_session_policy_and_issue_no_others()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s");
        TemporaryAccess? issued = null;

        var record = await portal.RecordOf(async () => issued = await Issue(
            portal, portal.Admin, AccessTestExtensions.Document("""{"Effect":"Allow","Action":["secretsmanager:DescribeSecret","secretsportal:*"],"Resource":"*"}""")));

        Assert.Equal((PortalActions.IssueTemporaryCredentials, "arn:aws:iam::123456789012:user/client/bootstrap"), (record.Action, record.Resource));
        Assert.Equal($"{issued!.AccessKeyId}, until 2026-03-04T11:30:00Z, narrowed by a session policy", record.Detail);
        var credentials = new SigningCredentials(issued.AccessKeyId, issued.SecretAccessKey, issued.SessionToken.Reveal());
        var call = portal.CallOf((await SignedCall.Authenticate(portal, credentials)).Caller);
        Assert.Equal("s", (await portal.Reader.Describe(call, "s", default)).Name);
        await Assert.ThrowsAsync<PortalException>(() => portal.Reader.GetValue(call, "s", null, null, default));
        await portal.Refused(PortalError.InvalidRequest, () => Issue(portal, call, null));
    }

    [Fact]
    public async Task Credentials_of_nobody_for_too_long_or_under_a_malformed_policy_are_refused()
    {
        await using var portal = await TestPortal.Start();
        var service = portal.Get<TemporaryCredentialService>();

        await portal.Refused(PortalError.ResourceNotFound, () => service.Issue(portal.Admin, CallerKind.User, "nobody", TimeSpan.FromHours(1), null, default));
        await portal.Refused(PortalError.InvalidParameter, () => service.Issue(portal.Admin, CallerKind.User, "admin", TimeSpan.FromHours(13), null, default));
        await portal.Refused(PortalError.MalformedPolicyDocument, () => Issue(portal, portal.Admin, "{}"));
    }

    private static Task<TemporaryAccess> Issue(TestPortal portal, CallContext call, string? policy) =>
        portal.Get<TemporaryCredentialService>().Issue(call, CallerKind.Client, "bootstrap", TimeSpan.FromHours(1), policy, default);
}
