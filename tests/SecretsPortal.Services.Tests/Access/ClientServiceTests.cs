using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Secrets;

namespace SecretsPortal.Services.Tests.Access;

public sealed class ClientServiceTests
{
    private const string Arn = "arn:aws:iam::123456789012:user/client/app";

    [Fact]
    public async Task A_new_key_signs_requests_and_its_secret_half_is_shown_once()
    {
        await using var portal = await TestPortal.Start();
        await portal.AddClient("app");
        NewAccessKey? made = null;

        var record = await portal.RecordOf(async () => made = await portal.Clients().CreateKey(
            portal.Admin, "app", new CreateAccessKeyRequest { Description = "first" }, default));

        Assert.Matches("^AKIA[A-Z2-7]{16}$", made!.Key.AccessKeyId);
        Assert.Equal(40, made.SecretAccessKey!.Value.Reveal().Length);
        Assert.Equal((PortalActions.CreateAccessKey, Arn, made.Key.AccessKeyId), (record.Action, record.Resource, record.Detail));
        Assert.Equal("app", (await Sign(portal, made)).Name);
        var listed = Assert.Single((await portal.Clients().Get(portal.Admin, "app", default)).Client.AccessKeys);
        Assert.Equal(made.Key, listed with { LastUsedAt = null, LastUsedRegion = null });
        Assert.DoesNotContain(made.SecretAccessKey.Value.Reveal(), $"{made}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_given_secret_half_is_kept_and_not_returned()
    {
        await using var portal = await TestPortal.Start();
        await portal.AddClient("app");
        var secret = new SecretText(new string('s', 40));

        var made = await portal.Clients().CreateKey(portal.Admin, "app", new CreateAccessKeyRequest { SecretAccessKey = secret }, default);

        Assert.Null(made.SecretAccessKey);
        Assert.Equal("app", (await Sign(portal, made with { SecretAccessKey = secret })).Name);
    }

    [Theory]
    [InlineData(39)]
    [InlineData(257)]
    public async Task A_secret_half_of_another_length_is_refused(int length)
    {
        await using var portal = await TestPortal.Start();
        await portal.AddClient("app");

        var refused = await portal.Refused(PortalError.Validation, () => portal.Clients().CreateKey(
            portal.Admin, "app", new CreateAccessKeyRequest { SecretAccessKey = new SecretText(new string('s', length)) }, default));

        Assert.StartsWith("secretAccessKey", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_has_two_keys_at_most()
    {
        await using var portal = await TestPortal.Start();
        await portal.AddClient("app");
        var first = await portal.Clients().CreateKey(portal.Admin, "app", new CreateAccessKeyRequest(), default);
        await portal.Clients().CreateKey(portal.Admin, "app", new CreateAccessKeyRequest(), default);

        var refused = await portal.Refused(PortalError.LimitExceeded, () => portal.Clients().CreateKey(portal.Admin, "app", new CreateAccessKeyRequest(), default));
        Assert.StartsWith("A client can have 2 access keys at most.", refused.Message, StringComparison.Ordinal);

        var record = await portal.RecordOf(() => portal.Clients().DeleteKey(portal.Admin, "app", first.Key.AccessKeyId, default));
        Assert.Equal((PortalActions.DeleteAccessKey, first.Key.AccessKeyId), (record.Action, record.Detail));
        await portal.Clients().CreateKey(portal.Admin, "app", new CreateAccessKeyRequest(), default);
        await RefusedToSign(portal, first);
    }

    [Fact]
    public async Task An_expired_or_disabled_key_is_refused_and_comes_back()
    {
        await using var portal = await TestPortal.Start();
        await portal.AddClient("app");
        var end = portal.Clock.GetUtcNow().AddHours(1);
        var made = await portal.Clients().CreateKey(portal.Admin, "app", new CreateAccessKeyRequest { ExpiresAt = end }, default);
        await Sign(portal, made);

        portal.Clock.Advance(TimeSpan.FromHours(1));
        await RefusedToSign(portal, made);
        await Update(new UpdateAccessKeyRequest { ExpiresAt = DateTimeOffset.MaxValue });
        await Sign(portal, made);
        Assert.Equal($"{made.Key.AccessKeyId}, disabled", (await portal.RecordOf(() => Update(new UpdateAccessKeyRequest { IsDisabled = true }))).Detail);
        await RefusedToSign(portal, made);
        var after = await Update(new UpdateAccessKeyRequest { IsDisabled = false, Description = "back" });
        await Sign(portal, made);
        Assert.Equal(("back", null), (after.Description, after.ExpiresAt));
        await portal.Refused(PortalError.Validation, () => Update(new UpdateAccessKeyRequest { ExpiresAt = portal.Clock.GetUtcNow() }));

        Task<AccessKeySummary> Update(UpdateAccessKeyRequest request) => portal.Clients().UpdateKey(portal.Admin, "app", made.Key.AccessKeyId, request, default);
    }

    [Fact]
    public async Task The_keys_of_a_disabled_or_deleted_client_are_refused()
    {
        await using var portal = await TestPortal.Start();
        await portal.AddClient("app");
        var made = await portal.Clients().CreateKey(portal.Admin, "app", new CreateAccessKeyRequest(), default);

        await portal.Clients().Update(portal.Admin, "app", new UpdateClientRequest { IsDisabled = true }, default);
        await RefusedToSign(portal, made);
        await portal.Clients().Update(portal.Admin, "app", new UpdateClientRequest { IsDisabled = false }, default);
        await Sign(portal, made);
        await portal.Clients().Delete(portal.Admin, "app", default);
        await RefusedToSign(portal, made);
        await portal.AddClient("app");
        await RefusedToSign(portal, made);
    }

    [Fact]
    public async Task The_key_of_another_client_is_not_reached_through_this_one()
    {
        await using var portal = await TestPortal.Start();
        await portal.AddClient("app");

        await portal.Refused(PortalError.ResourceNotFound, () => portal.Clients().DeleteKey(portal.Admin, "app", TestPortal.AccessKeyId, default));
        await portal.Refused(PortalError.ResourceNotFound, () => portal.Clients().UpdateKey(
            portal.Admin, "app", TestPortal.AccessKeyId, new UpdateAccessKeyRequest { IsDisabled = true }, default));
    }

    [Fact]
    public async Task The_last_use_is_noted_once_a_minute()
    {
        await using var portal = await TestPortal.Start();
        await portal.AddClient("app");
        var made = await portal.Clients().CreateKey(portal.Admin, "app", new CreateAccessKeyRequest(), default);
        var began = portal.Clock.GetUtcNow();

        await Sign(portal, made);
        Assert.Equal((began, "us-east-1"), await LastUse());
        portal.Clock.Advance(TimeSpan.FromSeconds(59));
        await Sign(portal, made, "eu-central-1");
        Assert.Equal((began, "us-east-1"), await LastUse());
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        await Sign(portal, made, "eu-central-1");
        Assert.Equal((began.AddMinutes(1), "eu-central-1"), await LastUse());
        portal.Clock.Advance(TimeSpan.FromHours(1));
        await Assert.ThrowsAsync<PortalException>(() => Sign(portal, made with { SecretAccessKey = new SecretText("wrong") }));
        Assert.Equal((began.AddMinutes(1), "eu-central-1"), await LastUse());

        async Task<(DateTimeOffset?, string?)> LastUse()
        {
            var key = Assert.Single((await portal.Clients().Get(portal.Admin, "app", default)).Client.AccessKeys);
            return (key.LastUsedAt, key.LastUsedRegion);
        }
    }

    [Fact]
    public async Task A_use_that_cannot_be_noted_costs_the_request_nothing()
    {
        await using var portal = await TestPortal.Start();
        await portal.AddClient("app");
        var made = await portal.Clients().CreateKey(portal.Admin, "app", new CreateAccessKeyRequest(), default);
        await portal.Execute("CREATE TRIGGER no_notes BEFORE UPDATE OF last_used_at ON access_key BEGIN SELECT RAISE(ABORT, 'no'); END; UPDATE caller SET name = name");

        Assert.Equal("app", (await Sign(portal, made)).Name);
    }

    [Fact]
    public async Task Each_action_needs_its_permission_on_the_client()
    {
        await using var portal = await TestPortal.Start();
        await portal.AddClient("app");
        var nobody = await portal.UserWith("nobody", """{"Effect":"Allow","Action":"*","Resource":"arn:aws:iam::123456789012:user/app"}""");
        var calls = new Dictionary<string, Func<Task>>
        {
            [PortalActions.GetClient] = () => portal.Clients().Get(nobody, "app", default),
            [PortalActions.CreateClient] = () => portal.Clients().Create(nobody, new CreateClientRequest("app", null, []), default),
            [PortalActions.UpdateClient] = () => portal.Clients().Update(nobody, "app", new UpdateClientRequest(), default),
            [PortalActions.DeleteClient] = () => portal.Clients().Delete(nobody, "app", default),
            [PortalActions.CreateAccessKey] = () => portal.Clients().CreateKey(nobody, "app", new CreateAccessKeyRequest(), default),
            [PortalActions.UpdateAccessKey] = () => portal.Clients().UpdateKey(nobody, "app", "AKIA", new UpdateAccessKeyRequest(), default),
            [PortalActions.DeleteAccessKey] = () => portal.Clients().DeleteKey(nobody, "app", "AKIA", default),
            [PortalActions.IssueTemporaryCredentials] = () => portal.Get<TemporaryCredentialService>()
                .Issue(nobody, CallerKind.Client, "app", TimeSpan.FromHours(1), null, default),
        };

        foreach (var (action, call) in calls)
        {
            var record = await portal.RecordOf(() => Assert.ThrowsAsync<PortalException>(call));
            Assert.Equal((action, AuditOutcome.Denied, Arn), (record.Action, record.Outcome, record.Resource));
        }

        await portal.Refused(PortalError.AccessDenied, () => portal.Clients().List(nobody, new NameQuery(), default), AuditOutcome.Denied);
    }

    [Fact]
    public async Task Clients_are_listed_with_their_keys_and_the_second_editor_is_told()
    {
        await using var portal = await TestPortal.Start();
        var seen = await portal.Clients().Create(portal.Admin, new CreateClientRequest("app", "of the tests", [new("team", "blue")]), default);
        await portal.Refused(PortalError.ResourceExists, () => portal.AddClient("APP"));

        var page = await portal.Clients().List(portal.Admin, new NameQuery(), default);
        Assert.Equal([("app", 0), ("bootstrap", 1)], page.Clients.Select(c => (c.Name, c.AccessKeys.Count)));
        var after = await portal.Clients().Update(portal.Admin, "app", new UpdateClientRequest { Description = "", Tags = [], Revision = seen.Revision }, default);
        Assert.Null(after.Client.Description);
        Assert.Empty(after.Tags);
        await portal.Refused(PortalError.PreconditionNotMet, () => portal.Clients().Update(
            portal.Admin, "app", new UpdateClientRequest { Description = "late", Revision = seen.Revision }, default));
    }

    [Fact]
    public async Task A_new_caller_does_not_inherit_what_resource_policies_say_of_a_former_one()
    {
        await using var portal = await TestPortal.Start();
        var former = await portal.AddClient("app");
        await portal.Create("s");
        // The slash escaped: a text alone would not be found.
        await portal.Get<SecretPolicies>().Put(
            portal.Admin, "s", $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"{{Arn.Replace("/", "\\/", StringComparison.Ordinal)}}"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}]}""",
            blockPublic: true, default);
        await portal.Clients().Delete(portal.Admin, "app", default);

        var refused = await portal.Refused(PortalError.InvalidRequest, () => portal.AddClient("app"));
        Assert.StartsWith($"The resource policies of 1 secret names {Arn}", refused.Message, StringComparison.Ordinal);
        // A user of the same name has another ARN.
        await portal.AddUser("app");

        await portal.Get<SecretPolicies>().Delete(portal.Admin, "s", default);
        Assert.NotEqual(former.Client.Id, (await portal.AddClient("app")).Client.Id);
    }

    private static async Task<Caller> Sign(TestPortal portal, NewAccessKey key, string region = TestPortal.Region)
    {
        var authenticated = await SignedCall.Authenticate(portal, new SigningCredentials(key.Key.AccessKeyId, key.SecretAccessKey!.Value), region);
        await portal.Get<AccessKeyUses>().Written;
        return authenticated.Caller;
    }

    private static async Task RefusedToSign(TestPortal portal, NewAccessKey key)
    {
        var refused = await Assert.ThrowsAsync<PortalException>(() => Sign(portal, key));
        Assert.Equal(PortalError.UnrecognizedClient, refused.Error);
    }
}
