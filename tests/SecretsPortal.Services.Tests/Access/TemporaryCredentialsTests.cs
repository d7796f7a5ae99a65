using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Services.Access;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Tests.Access;

public sealed class TemporaryCredentialsTests
{
    private const string Unknown = "The security token included in the request is invalid.";
    private const string AllowAll = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}""";
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    [Fact]
    public async Task They_are_their_callers_and_nothing_is_stored()
    {
        await using var portal = await TestPortal.Start();
        var before = (await portal.Log()).Count;

        var access = await Issue(portal, portal.Admin.Caller.Id);
        var caller = (await Authenticate(portal, access)).Caller;

        Assert.Matches("^ASIA[A-Z2-7]{16}$", access.AccessKeyId);
        Assert.Equal(portal.Clock.GetUtcNow() + s_hour, access.ExpiresAt);
        Assert.Equal((portal.Admin.Caller.Id, portal.Admin.Caller.Arn, access.AccessKeyId), (caller.Id, caller.Arn, caller.AccessKeyId));
        Assert.Null(caller.SessionPolicy);
        Assert.Null(await portal.Get<CallerStore>().FindAccessKey(access.AccessKeyId, default));
        Assert.Equal(before, (await portal.Log()).Count);
        Assert.DoesNotContain(access.SecretAccessKey.Reveal(), $"{access}", StringComparison.Ordinal);
        Assert.DoesNotContain(access.SessionToken.Reveal(), $"{access}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_they_do_is_recorded_under_their_key_id()
    {
        await using var portal = await TestPortal.Start();
        var secret = await portal.Create("prod/db");
        var access = await Issue(portal, portal.Admin.Caller.Id);

        await portal.Reader.GetValue(portal.CallOf((await Authenticate(portal, access)).Caller), secret.Name, null, null, default);

        var record = (await portal.Log())[^1];
        Assert.Equal((AuditOutcome.Succeeded, access.AccessKeyId, portal.Admin.Caller.Arn), (record.Outcome, record.AccessKeyId, record.Caller));
    }

    [Fact]
    public async Task They_end_with_their_time()
    {
        await using var portal = await TestPortal.Start();
        var access = await Issue(portal, portal.Admin.Caller.Id, TemporaryCredentials.ShortestLifetime);
        portal.Clock.Advance(TemporaryCredentials.ShortestLifetime - TimeSpan.FromMilliseconds(1));
        await Authenticate(portal, access);

        portal.Clock.Advance(TimeSpan.FromMilliseconds(1));

        await Refused(portal, access, PortalError.ExpiredToken, "The security token included in the request is expired");
        var record = (await portal.Log())[^1];
        Assert.Equal((AuditOutcome.Denied, "anonymous", access.AccessKeyId, "ExpiredToken"), (record.Outcome, record.Caller, record.AccessKeyId, record.Detail));
    }

    [Fact]
    public async Task They_end_at_once_with_their_caller()
    {
        await using var portal = await TestPortal.Start();
        var user = await portal.UserWith("ann", """{"Effect":"Allow","Action":"*","Resource":"*"}""");
        var access = await Issue(portal, user.Caller.Id);
        await Authenticate(portal, access);

        await portal.Execute("UPDATE caller SET is_disabled = 1 WHERE name = 'ann'");

        await Refused(portal, access, PortalError.UnrecognizedClient, Unknown);
    }

    [Fact]
    public async Task A_token_that_was_not_issued_for_the_key_is_unknown()
    {
        await using var portal = await TestPortal.Start();
        await using var elsewhere = await TestPortal.Start();
        var access = await Issue(portal, portal.Admin.Caller.Id);
        var other = await Issue(portal, portal.Admin.Caller.Id);
        var token = access.SessionToken.Reveal();

        await Refused(portal, access with { SessionToken = other.SessionToken }, PortalError.UnrecognizedClient, Unknown);
        await Refused(portal, access with { AccessKeyId = other.AccessKeyId }, PortalError.UnrecognizedClient, Unknown);
        await Refused(portal, await Issue(elsewhere, elsewhere.Admin.Caller.Id), PortalError.UnrecognizedClient, Unknown);
        await Refused(portal, access with { AccessKeyId = TestPortal.AccessKeyId }, PortalError.UnrecognizedClient, Unknown);
        foreach (var spoilt in (string[])["", "x", token[..^1], token + "A", token + "!", "Ag" + token[2..], token[..20] + (token[20] == 'A' ? 'B' : 'A') + token[21..], new string('A', 20_000)])
            await Refused(portal, access with { SessionToken = new(spoilt) }, PortalError.UnrecognizedClient, Unknown);
        await Authenticate(portal, access);
    }

    [Fact]
    public async Task Without_their_token_or_secret_they_are_nothing()
    {
        await using var portal = await TestPortal.Start();
        var access = await Issue(portal, portal.Admin.Caller.Id);

        var bare = await Assert.ThrowsAsync<PortalException>(() => SignedCall.Authenticate(portal, new SigningCredentials(access.AccessKeyId, access.SecretAccessKey)));
        Assert.Equal((PortalError.UnrecognizedClient, Unknown), (bare.Error, bare.Message));
        var wrong = await Assert.ThrowsAsync<PortalException>(() => Authenticate(portal, access with { SecretAccessKey = new("wrong") }));
        Assert.Equal(PortalError.InvalidSignature, wrong.Error);
    }

    [Fact]
    public async Task A_session_policy_narrows_and_never_widens()
    {
        await using var portal = await TestPortal.Start();
        var secret = await portal.Create("prod/db");
        var user = await portal.UserWith("ann", """{"Effect":"Allow","Action":["secretsmanager:GetSecretValue","secretsmanager:DescribeSecret"],"Resource":"*"}""");

        var narrowed = await Narrowed("""{"Effect":"Allow","Action":["secretsmanager:GetSecretValue","secretsmanager:DeleteSecret"],"Resource":"*"}""");
        await portal.Reader.GetValue(narrowed, secret.Name, null, null, default);
        Assert.Contains("allows secretsmanager:GetSecretValue", (await portal.Get<Authorizer>().Decide(narrowed, "secretsmanager:GetSecretValue", $"{secret.Arn}", secret, default)).Reason, StringComparison.Ordinal);
        Assert.Equal(["of-ann/#1", "session-policy/#1"], (await portal.Get<Authorizer>().Decide(narrowed, "secretsmanager:GetSecretValue", $"{secret.Arn}", secret, default)).Statements);
        await Denied(narrowed, "secretsmanager:DescribeSecret", "because no identity-based policy allows the secretsmanager:DescribeSecret action");
        Assert.StartsWith("No statement of the session policy allows", (await portal.Log())[^1].Detail, StringComparison.Ordinal);
        await Denied(narrowed, "secretsmanager:DeleteSecret", "because no identity-based policy allows the secretsmanager:DeleteSecret action");
        await Denied(
            await Narrowed("""{"Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"No","Effect":"Deny","Action":"*","Resource":"*"}"""),
            "secretsmanager:GetSecretValue", "with an explicit deny in a session policy");

        async Task<CallContext> Narrowed(string statements)
        {
            var access = await portal.Get<TemporaryCredentials>().Issue(
                user.Caller.Id, s_hour, $$"""{"Version":"2012-10-17","Statement":[{{statements}}]}""", default);
            return portal.CallOf((await Authenticate(portal, access)).Caller);
        }

        async Task Denied(CallContext call, string action, string because)
        {
            var denied = await Assert.ThrowsAsync<PortalException>(() => portal.Get<Authorizer>().Require(call, action, $"{secret.Arn}", secret, default));
            Assert.Equal((PortalError.AccessDenied, $"User: {user.Caller.Arn} is not authorized to perform: {action} on resource: {secret.Arn} {because}"), (denied.Error, denied.Message));
            Assert.Equal(AuditOutcome.Denied, (await portal.Log())[^1].Outcome);
        }
    }

    [Fact]
    public async Task Only_sensible_ones_are_issued()
    {
        await using var portal = await TestPortal.Start();
        var admin = portal.Admin.Caller.Id;
        await NotIssued(PortalError.InvalidParameter, admin, TemporaryCredentials.ShortestLifetime - TimeSpan.FromTicks(1), null);
        await NotIssued(PortalError.InvalidParameter, admin, TemporaryCredentials.LongestLifetime + TimeSpan.FromTicks(1), null);
        await NotIssued(PortalError.InvalidParameter, new string('f', 32), s_hour, null);
        await NotIssued(PortalError.MalformedPolicyDocument, admin, s_hour, "{}");
        await NotIssued(PortalError.MalformedPolicyDocument, admin, s_hour, AllowAll + new string(' ', TemporaryCredentials.LongestPolicy));
        await portal.Execute("UPDATE caller SET is_disabled = 1 WHERE name = 'admin'");
        await NotIssued(PortalError.InvalidParameter, admin, s_hour, null);

        async Task NotIssued(PortalError error, string callerId, TimeSpan lifetime, string? policy) => Assert.Equal(
            error, (await Assert.ThrowsAsync<PortalException>(() => portal.Get<TemporaryCredentials>().Issue(callerId, lifetime, policy, default))).Error);
    }

    [Fact]
    public async Task The_longest_policy_of_any_characters_fits_into_a_token()
    {
        await using var portal = await TestPortal.Start();
        const string secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:";
        var filling = new string('鍵', TemporaryCredentials.LongestPolicy - AllowAll.Length - secret.Length - 5);
        var policy = AllowAll.Replace("\"Resource\":\"*\"", $"\"Resource\":[\"*\",\"{secret}{filling}\"]", StringComparison.Ordinal);
        Assert.Equal(TemporaryCredentials.LongestPolicy, policy.Length);

        var access = await portal.Get<TemporaryCredentials>().Issue(portal.Admin.Caller.Id, TemporaryCredentials.LongestLifetime, policy, default);

        Assert.NotNull((await Authenticate(portal, access)).Caller.SessionPolicy);
        Assert.InRange(access.SessionToken.Reveal().Length, 1, 16_384);
    }

    private static Task<TemporaryAccess> Issue(TestPortal portal, string callerId, TimeSpan? lifetime = null) =>
        portal.Get<TemporaryCredentials>().Issue(callerId, lifetime ?? s_hour, sessionPolicy: null, default);

    private static Task<AuthenticatedRequest> Authenticate(TestPortal portal, TemporaryAccess access) =>
        SignedCall.Authenticate(portal, new SigningCredentials(access.AccessKeyId, access.SecretAccessKey, access.SessionToken.Reveal()));

    private static async Task Refused(TestPortal portal, TemporaryAccess access, PortalError error, string message)
    {
        var refused = await Assert.ThrowsAsync<PortalException>(() => Authenticate(portal, access));
        Assert.Equal((error, message), (refused.Error, refused.Message));
    }
}
