using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Tests.Access;

public sealed class UserServiceTests
{
    private const string Arn = "arn:aws:iam::123456789012:user/ada";

    [Fact]
    public async Task A_new_user_has_what_it_was_given_and_a_password_that_is_shown_once()
    {
        await using var portal = await TestPortal.Start();
        NewUser? added = null;

        var record = await portal.RecordOf(async () => added = await portal.Users().Create(
            portal.Admin,
            new CreateUserRequest { Name = "ada", DisplayName = "Ada L.", Email = "ada@example.com", Description = "", Tags = [new("team", "blue")] }, default));

        Assert.Equal((PortalActions.CreateUser, Arn, AuditOutcome.Succeeded, portal.Admin.Caller.Arn), (record.Action, record.Resource, record.Outcome, record.Caller));
        Assert.Equal(("ada", Arn, "Ada L.", "ada@example.com"), (added!.User.User.Name, added.User.User.Arn, added.User.User.DisplayName, added.User.User.Email));
        Assert.Null(added.User.Description);
        Assert.Equal([new("team", "blue")], added.User.Tags);
        Assert.True(added.User.User.MustChangePassword);
        Assert.Equal("***", $"{added.Password}");
        var stored = await portal.Get<CallerStore>().Find(CallerKind.User, "ada", default);
        Assert.True(await PasswordHasher.Fits(added.Password!.Value, stored!.PasswordHash!, default));
        Assert.Equivalent(added.User, await portal.Users().Get(portal.Admin, "ada", default), strict: true);
        Assert.DoesNotContain(added.Password!.Value.Reveal(), string.Join('\n', (await portal.Log()).Select(r => r.ToString())), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_given_password_is_kept_and_not_returned()
    {
        await using var portal = await TestPortal.Start();
        var password = new SecretText("correct horse battery staple");

        var added = await portal.Users().Create(portal.Admin, new CreateUserRequest { Name = "ada", Password = password }, default);

        Assert.Null(added.Password);
        var stored = await portal.Get<CallerStore>().Find(CallerKind.User, "ada", default);
        Assert.True(await PasswordHasher.Fits(password, stored!.PasswordHash!, default));
        Assert.True(stored.MustChangePassword);
    }

    [Fact]
    public async Task The_user_of_an_identity_provider_has_no_password_and_gets_none()
    {
        await using var portal = await TestPortal.Start();

        var added = await portal.Users().Create(portal.Admin, new CreateUserRequest { Name = "ada", Issuer = "https://id.example", Subject = "42" }, default);

        Assert.Null(added.Password);
        Assert.Equal(("https://id.example", "42"), (added.User.User.Issuer, added.User.Subject));
        Assert.Null((await portal.Get<CallerStore>().FindBySubject("https://id.example", "42", default))!.PasswordHash);
        await portal.Refused(PortalError.InvalidRequest, () => portal.Users().ResetPassword(portal.Admin, "ada", null, default));
        await portal.Refused(PortalError.ResourceExists, () => portal.Users().Create(
            portal.Admin, new CreateUserRequest { Name = "bob", Issuer = "https://id.example", Subject = "42" }, default));
    }

    public static TheoryData<CreateUserRequest, string> BadRequests => new()
    {
        { new CreateUserRequest { Name = "" }, "name" },
        { new CreateUserRequest { Name = "client/app" }, "name" },
        { new CreateUserRequest { Name = "аda" }, "name" },
        { new CreateUserRequest { Name = new string('a', 65) }, "name" },
        { new CreateUserRequest { Name = "ada", DisplayName = new string('a', 257) }, "displayName" },
        { new CreateUserRequest { Name = "ada", DisplayName = "a\u0007b" }, "displayName" },
        { new CreateUserRequest { Name = "ada", DisplayName = "\ud800" }, "displayName" },
        { new CreateUserRequest { Name = "ada", Email = "ada" }, "email" },
        { new CreateUserRequest { Name = "ada", Email = "a b@example.com" }, "email" },
        { new CreateUserRequest { Name = "ada", Description = new string('a', 2049) }, "description" },
        { new CreateUserRequest { Name = "ada", Password = new SecretText("too short") }, "password" },
        { new CreateUserRequest { Name = "ada", Issuer = "https://id.example" }, "issuer" },
        { new CreateUserRequest { Name = "ada", Issuer = "id.example", Subject = "42" }, "issuer" },
        { new CreateUserRequest { Name = "ada", Issuer = "https://id.example", Subject = "42", Password = new SecretText("correct horse battery staple") }, "password" },
        { new CreateUserRequest { Name = "ada", Tags = [new("team", "a"), new("team", "b")] }, "tags" },
        { new CreateUserRequest { Name = "ada", Tags = [new("team", "a"), new("Team", "b")] }, "tags" },
        { new CreateUserRequest { Name = "ada", Tags = [new("aws:team", "a")] }, "tags[0].key" },
        { new CreateUserRequest { Name = "ada", Tags = [.. Enumerable.Range(0, 51).Select(i => new CallerTag($"k{i}", ""))] }, "tags" },
    };

    [Theory]
    [MemberData(nameof(BadRequests))]
    public async Task A_bad_field_is_named_and_nothing_is_added(CreateUserRequest request, string field)
    {
        await using var portal = await TestPortal.Start();

        var refused = await Assert.ThrowsAsync<PortalException>(() => portal.Users().Create(portal.Admin, request, default));

        Assert.Contains(refused.Error, new[] { PortalError.Validation, PortalError.InvalidParameter });
        Assert.Contains(field, refused.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Single((await portal.Users().List(portal.Admin, new NameQuery(), default)).Users);
    }

    [Fact]
    public async Task What_was_typed_as_a_name_and_cannot_be_one_is_not_recorded()
    {
        await using var portal = await TestPortal.Start();

        var record = await portal.RecordOf(() => Assert.ThrowsAsync<PortalException>(() => portal.Users().Get(portal.Admin, "my password!", default)));

        Assert.Null(record.Resource);
        Assert.Equal(AuditOutcome.Failed, record.Outcome);
    }

    [Fact]
    public async Task Each_action_needs_its_permission_and_a_denial_is_recorded_before_anything_is_found()
    {
        await using var portal = await TestPortal.Start();
        var nobody = await portal.UserWith("nobody", """{"Effect":"Allow","Action":"secretsportal:GetUser","Resource":"arn:aws:iam::123456789012:user/bob"}""");
        var calls = new Dictionary<string, Func<string, Task>>
        {
            [PortalActions.GetUser] = name => portal.Users().Get(nobody, name, default),
            [PortalActions.CreateUser] = name => portal.Users().Create(nobody, new CreateUserRequest { Name = name }, default),
            [PortalActions.UpdateUser] = name => portal.Users().Update(nobody, name, new UpdateUserRequest { IsDisabled = true }, default),
            [PortalActions.DeleteUser] = name => portal.Users().Delete(nobody, name, default),
            [PortalActions.ResetUserPassword] = name => portal.Users().ResetPassword(nobody, name, null, default),
            [PortalActions.ResetUserSecondFactor] = name => portal.Users().ResetSecondFactor(nobody, name, default),
            [PortalActions.EndUserSessions] = name => portal.Users().EndSessions(nobody, name, default),
        };

        foreach (var (action, call) in calls)
        {
            foreach (var name in new[] { "admin", "missing" })
            {
                var record = await portal.RecordOf(() => Assert.ThrowsAsync<PortalException>(() => call(name)));
                Assert.Equal((action, AuditOutcome.Denied, $"arn:aws:iam::123456789012:user/{name}"), (record.Action, record.Outcome, record.Resource));
            }
        }

        await portal.Refused(PortalError.AccessDenied, () => portal.Users().List(nobody, new NameQuery(), default), AuditOutcome.Denied);
        await portal.Refused(PortalError.ResourceNotFound, () => portal.Users().Get(nobody, "bob", default));
        Assert.False((await portal.Users().Get(portal.Admin, "admin", default)).User.IsDisabled);
    }

    [Fact]
    public async Task A_change_leaves_what_is_not_named_and_an_empty_text_removes()
    {
        await using var portal = await TestPortal.Start();
        await portal.Users().Create(portal.Admin, new CreateUserRequest { Name = "ada", DisplayName = "Ada", Email = "ada@example.com", Tags = [new("a", "1")] }, default);

        var record = await portal.RecordOf(() => portal.Users().Update(portal.Admin, "ada", new UpdateUserRequest { Email = "", Tags = [new("b", "2")] }, default));

        var after = await portal.Users().Get(portal.Admin, "ada", default);
        Assert.Equal(("Ada", null), (after.User.DisplayName, after.User.Email));
        Assert.Equal([new("b", "2")], after.Tags);
        Assert.Equal("e-mail; tags: b=2", record.Detail);
    }

    [Fact]
    public async Task Of_two_who_edit_the_same_user_the_second_is_told()
    {
        await using var portal = await TestPortal.Start();
        var seen = await portal.AddUser("ada");
        await portal.Users().Update(portal.Admin, "ada", new UpdateUserRequest { DisplayName = "first", Revision = seen.Revision }, default);

        var refused = await portal.Refused(PortalError.PreconditionNotMet, () => portal.Users().Update(
            portal.Admin, "ada", new UpdateUserRequest { DisplayName = "second", Revision = seen.Revision }, default));

        Assert.Contains("changed by somebody else", refused.Message, StringComparison.Ordinal);
        Assert.Equal("first", (await portal.Users().Get(portal.Admin, "ada", default)).User.DisplayName);
        await portal.Users().Update(portal.Admin, "ada", new UpdateUserRequest { DisplayName = "third" }, default);
    }

    [Fact]
    public async Task A_disabled_user_loses_its_sessions_for_good()
    {
        await using var portal = await TestPortal.Start();
        var user = await portal.AddUser("ada");

        var record = await portal.RecordOf(() => portal.Users().Update(portal.Admin, "ada", new UpdateUserRequest { IsDisabled = true }, default));
        await portal.Users().Update(portal.Admin, "ada", new UpdateUserRequest { IsDisabled = false }, default);

        Assert.Equal("disabled", record.Detail);
        Assert.Equal(1, (await portal.Get<CallerStore>().FindById(user.User.Id, default))!.SessionEpoch);
    }

    [Fact]
    public async Task A_deleted_user_is_gone_with_its_sessions()
    {
        await using var portal = await TestPortal.Start();
        var user = await portal.AddUser("ada");
        var sessions = portal.Get<SessionStore>();
        var now = portal.Clock.GetUtcNow();
        Assert.True(await sessions.Add(
            new StoredPortalSession { Id = "s", CallerId = user.User.Id, SessionEpoch = 0, CreatedAt = now, ProvedAt = now, LastSeenAt = now, SourceAddress = "::1" },
            (await portal.Log())[0], default));

        var record = await portal.RecordOf(() => portal.Users().Delete(portal.Admin, "ada", default));

        Assert.Equal((PortalActions.DeleteUser, Arn, AuditOutcome.Succeeded), (record.Action, record.Resource, record.Outcome));
        Assert.Null(await sessions.Find("s", default));
        await portal.Refused(PortalError.ResourceNotFound, () => portal.Users().Delete(portal.Admin, "ada", default));
    }

    [Fact]
    public async Task A_reset_password_is_new_and_must_be_changed()
    {
        await using var portal = await TestPortal.Start();
        var user = await portal.AddUser("ada");

        SecretText? made = null;
        var record = await portal.RecordOf(async () => made = await portal.Users().ResetPassword(portal.Admin, "ada", null, default));

        var stored = (await portal.Get<CallerStore>().FindById(user.User.Id, default))!;
        Assert.True(await PasswordHasher.Fits(made!.Value, stored.PasswordHash!, default));
        Assert.True(stored.MustChangePassword);
        Assert.Equal(1, stored.SessionEpoch);
        Assert.Equal((PortalActions.ResetUserPassword, null), (record.Action, record.Detail));
        Assert.Null(await portal.Users().ResetPassword(portal.Admin, "ada", new SecretText("correct horse battery staple"), default));
    }

    [Fact]
    public async Task A_lost_second_factor_is_taken_off()
    {
        await using var portal = await TestPortal.Start();
        var user = await portal.AddUser("ada");
        var factors = portal.Get<SecondFactorStore>();
        await factors.Begin(user.User.Id, [1], default);
        Assert.True(await factors.Confirm(user.User.Id, [1], 1, ["hash"], portal.Clock.GetUtcNow(), null, (await portal.Log())[0], default));
        Assert.True((await portal.Users().Get(portal.Admin, "ada", default)).User.HasSecondFactor);

        Assert.True(await portal.Users().ResetSecondFactor(portal.Admin, "ada", default));
        var record = await portal.RecordOf(() => portal.Users().ResetSecondFactor(portal.Admin, "ada", default));

        Assert.Equal(AuditOutcome.Succeeded, record.Outcome);
        Assert.False((await portal.Users().Get(portal.Admin, "ada", default)).User.HasSecondFactor);
    }

    [Fact]
    public async Task Nobody_resets_their_own_password_or_second_factor_here()
    {
        await using var portal = await TestPortal.Start();
        await portal.AddUser("ada");
        var before = (await portal.Get<CallerStore>().FindById(portal.Admin.Caller.Id, default))!;

        var password = await portal.Refused(PortalError.InvalidRequest, () => portal.Users().ResetPassword(portal.Admin, "admin", null, default));
        var factor = await portal.Refused(PortalError.InvalidRequest, () => portal.Users().ResetSecondFactor(portal.Admin, "admin", default));

        Assert.All([password, factor], refused => Assert.Contains("Your account", refused.Message, StringComparison.Ordinal));
        var after = (await portal.Get<CallerStore>().FindById(portal.Admin.Caller.Id, default))!;
        Assert.Equal((before.PasswordHash, before.SessionEpoch), (after.PasswordHash, after.SessionEpoch));
        Assert.NotNull(await portal.Users().ResetPassword(portal.Admin, "ada", null, default));
    }

    [Fact]
    public async Task Users_are_listed_by_pages_and_a_token_is_good_for_its_list_alone()
    {
        await using var portal = await TestPortal.Start();
        foreach (var name in new[] { "bob", "ada", "adam" })
            await portal.AddUser(name);

        var first = await portal.Users().List(portal.Admin, new NameQuery { Limit = 2 }, default);
        var second = await portal.Users().List(portal.Admin, new NameQuery { Limit = 2, NextToken = first.NextToken }, default);

        Assert.Equal(["ada", "adam", "admin", "bob"], first.Users.Concat(second.Users).Select(u => u.Name));
        Assert.Null(second.NextToken);
        Assert.Equal(["ada", "adam"], (await portal.Users().List(portal.Admin, new NameQuery { NamePrefix = "ada" }, default)).Users.Select(u => u.Name));
        await portal.Refused(PortalError.InvalidNextToken, () => portal.Clients().List(portal.Admin, new NameQuery { NextToken = first.NextToken }, default));
        await portal.Refused(PortalError.InvalidNextToken, () => portal.Users().List(portal.Admin, new NameQuery { NamePrefix = "a", NextToken = first.NextToken }, default));
        await portal.Refused(PortalError.Validation, () => portal.Users().List(portal.Admin, new NameQuery { Limit = 101 }, default));
        await portal.Refused(PortalError.Validation, () => portal.Users().List(portal.Admin, new NameQuery { NamePrefix = "a/b" }, default));
    }

    [Fact]
    public async Task Names_that_differ_in_case_alone_are_refused()
    {
        await using var portal = await TestPortal.Start();

        await portal.Refused(PortalError.ResourceExists, () => portal.AddUser("Admin"));
    }
}
