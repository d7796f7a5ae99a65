using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Start;
using SecretsPortal.Storage;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Services.Tests.Access;

/// <summary>The portal never loses the last one who can set things right, and nobody cuts off the branch that they sit on.</summary>
public sealed class LastAdministratorTests
{
    private const string DenyAll = """{"Effect":"Deny","Action":"*","Resource":"*"}""";

    private static readonly PolicyTarget s_admin = new(PolicyTargetKind.User, "admin");

    [Fact]
    public async Task Nobody_disables_or_deletes_themselves_not_even_beside_another_administrator()
    {
        await using var portal = await TestPortal.Start();
        await portal.AddAdministrator("bob");

        await portal.Refused(PortalError.InvalidRequest, () => portal.Users().Delete(portal.Admin, "admin", default));
        var refused = await portal.Refused(PortalError.InvalidRequest, () => portal.Users().Update(portal.Admin, "admin", new UpdateUserRequest { IsDisabled = true }, default));

        Assert.Equal("You can't disable yourself. Ask somebody else to do it.", refused.Message);
        await portal.Users().Update(portal.Admin, "admin", new UpdateUserRequest { DisplayName = "The first" }, default);
    }

    [Fact]
    public async Task What_the_provider_takes_from_the_last_one_is_taken_and_told_loudly()
    {
        var log = new LineLog<AdministratorCheck>();
        var options = new OidcOptions
        {
            Authority = new Uri("https://id.example"), ClientId = "portal",
            Groups = new Dictionary<string, IReadOnlyList<string>> { ["admins"] = ["Administrator"], ["staff"] = ["Reader"] },
        };
        using var directory = new TemporaryDirectory();
        await using var portal = await TestPortal.StartWith(
            TestPortal.OptionsIn(directory.Path) with { Oidc = options }, services => services.AddSingleton<ILogger<AdministratorCheck>>(log));
        await SignIn("admins");
        var ada = portal.CallOf(CallerArn.CallerOf((await portal.Get<CallerStore>().Find(CallerKind.User, "ada", default))!, TestPortal.Account, null));
        await portal.Users().Delete(ada, "admin", default);
        await SignIn("admins", "staff");
        Assert.Empty(log.Lines);

        await SignIn("staff");

        Assert.Equal(
            "Nobody can administer the portal: no user who can sign in has the policy Administrator. Let one of Portal:Oidc:Groups map a group of the provider to Administrator, start the portal again, and have a member of it sign in.",
            Assert.Single(log.Lines));
        Assert.StartsWith("Let one of Portal:Oidc:Groups map", (await portal.Get<PortalStatus>().Describe(portal.Admin with { Caller = await Auditor(portal) }, default)).NobodyAdministers, StringComparison.Ordinal);
        Assert.Equal(["Reader"], await portal.Get<PolicyStore>().FindAttached(ada.Caller.Id, default));

        async Task SignIn(params string[] groups) => Assert.Equal(FederatedRefusal.None, (await portal.Get<FederatedSignIn>().SignIn(
            new FederatedIdentity("https://id.example", "1", "ada", "Ada", "ada@example.com", true, groups), new SignInOrigin("::1", "r"), default)).Refusal);
    }

    [Fact]
    public async Task Another_administrator_may_be_deleted_as_long_as_one_is_left()
    {
        await using var portal = await TestPortal.Start();
        var bob = await portal.AddAdministrator("bob");

        await portal.Users().Delete(bob, "admin", default);

        // bob is the last one now, and not the one who asks.
        var carol = await portal.UserWith("carol", """{"Effect":"Allow","Action":"*","Resource":"*"}""");
        await RefusedAsLast(portal, () => portal.Users().Delete(carol, "bob", default));
        await RefusedAsLast(portal, () => portal.Users().Update(carol, "bob", new UpdateUserRequest { IsDisabled = true }, default));
        await RefusedAsLast(portal, () => portal.Policies().Detach(carol, "Administrator", new PolicyTarget(PolicyTargetKind.User, "bob"), default));
    }

    [Fact]
    public async Task A_deny_that_reaches_the_last_one_is_refused_however_it_would_come()
    {
        await using var portal = await TestPortal.Start();
        await portal.AddPolicy("never", DenyAll);
        await portal.AddPolicy("harmless");
        await portal.Groups().Create(portal.Admin, "group", null, default);
        await portal.Policies().Attach(portal.Admin, "never", new PolicyTarget(PolicyTargetKind.Group, "group"), default);
        await portal.Policies().Attach(portal.Admin, "harmless", s_admin, default);

        await RefusedAsLast(portal, () => portal.Policies().Attach(portal.Admin, "never", s_admin, default));
        await RefusedAsLast(portal, () => portal.Groups().AddMember(portal.Admin, "group", CallerKind.User, "admin", default));
        await RefusedAsLast(portal, () => portal.Policies().Update(
            portal.Admin, "harmless", new UpdatePolicyRequest(AccessTestExtensions.Document(DenyAll), null, null), default));

        await portal.Users().List(portal.Admin, new NameQuery(), default);
    }

    [Fact]
    public async Task A_deny_counts_as_it_is_from_here_and_now()
    {
        await using var portal = await TestPortal.Start();
        await portal.AddPolicy("elsewhere", """{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}""");
        await portal.AddPolicy("here", """{"Effect":"Deny","Action":"secretsportal:AttachPolicy","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}""");
        await portal.AddPolicy("tagged", """{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/left":"yes"}}}""");

        await portal.Policies().Attach(portal.Admin, "elsewhere", s_admin, default);
        await portal.Policies().Attach(portal.Admin, "tagged", s_admin, default);
        await RefusedAsLast(portal, () => portal.Policies().Attach(portal.Admin, "here", s_admin, default));
        await RefusedAsLast(portal, () => portal.Users().Update(portal.Admin, "admin", new UpdateUserRequest { Tags = [new("left", "yes")] }, default));
    }

    [Fact]
    public async Task A_group_that_holds_the_last_one_stays_as_it_is()
    {
        await using var portal = await TestPortal.Start();
        await portal.AddUser("bob");
        await portal.Groups().Create(portal.Admin, "administrators", null, default);
        await portal.Policies().Attach(portal.Admin, "Administrator", new PolicyTarget(PolicyTargetKind.Group, "administrators"), default);
        await portal.Groups().AddMember(portal.Admin, "administrators", CallerKind.User, "bob", default);
        await portal.Policies().Detach(portal.Admin, "Administrator", s_admin, default);
        var carol = await portal.UserWith("carol", """{"Effect":"Allow","Action":"*","Resource":"*"}""");

        await RefusedAsLast(portal, () => portal.Groups().Delete(carol, "administrators", default));
        await RefusedAsLast(portal, () => portal.Groups().RemoveMember(carol, "administrators", CallerKind.User, "bob", default));
        await RefusedAsLast(portal, () => portal.Policies().Detach(carol, "Administrator", new PolicyTarget(PolicyTargetKind.Group, "administrators"), default));
    }

    [Fact]
    public async Task A_client_neither_counts_nor_deletes_itself()
    {
        await using var portal = await TestPortal.Start();
        var client = await portal.Clients().Get(portal.Admin, "bootstrap", default);
        var call = portal.CallOf(new Caller { Id = client.Client.Id, Kind = CallerKind.Client, Name = "bootstrap", Arn = client.Client.Arn });

        await portal.Refused(PortalError.InvalidRequest, () => portal.Clients().Delete(call, "bootstrap", default));
        await portal.Refused(PortalError.InvalidRequest, () => portal.Clients().Update(call, "bootstrap", new UpdateClientRequest { IsDisabled = true }, default));
        await RefusedAsLast(portal, () => portal.Users().Delete(call, "admin", default));
    }

    [Fact]
    public async Task Who_comes_from_a_provider_that_is_not_set_up_does_not_count()
    {
        await using var portal = await TestPortal.Start();
        await portal.Users().Create(portal.Admin, new CreateUserRequest { Name = "ada", Issuer = "https://id.example", Subject = "1" }, default);
        await portal.Policies().Attach(portal.Admin, "Administrator", new PolicyTarget(PolicyTargetKind.User, "ada"), default);
        var carol = await portal.UserWith("carol", """{"Effect":"Allow","Action":"*","Resource":"*"}""");

        await RefusedAsLast(portal, () => portal.Users().Delete(carol, "admin", default));

        Assert.Null((await portal.Get<PortalStatus>().Describe(portal.Admin, default)).NobodyAdministers);
    }

    private static async Task<Caller> Auditor(TestPortal portal) =>
        (await portal.UserWith("auditor", """{"Effect":"Allow","Action":"secretsportal:ViewStatus","Resource":"*"}""")).Caller;

    private static async Task RefusedAsLast(TestPortal portal, Func<Task> call)
    {
        var refused = await portal.Refused(PortalError.InvalidRequest, call);
        Assert.StartsWith("Nobody could administer the portal afterwards", refused.Message, StringComparison.Ordinal);
    }
}
