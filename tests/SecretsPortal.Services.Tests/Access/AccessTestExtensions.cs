using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;

namespace SecretsPortal.Services.Tests.Access;

/// <summary>The services of administration, and what their records say.</summary>
internal static class AccessTestExtensions
{
    public static UserService Users(this TestPortal portal) => portal.Get<UserService>();

    public static ClientService Clients(this TestPortal portal) => portal.Get<ClientService>();

    public static GroupService Groups(this TestPortal portal) => portal.Get<GroupService>();

    public static PolicyService Policies(this TestPortal portal) => portal.Get<PolicyService>();

    public static async Task<UserDetail> AddUser(this TestPortal portal, string name) =>
        (await portal.Users().Create(portal.Admin, new CreateUserRequest { Name = name }, default)).User;

    public static Task<ClientDetail> AddClient(this TestPortal portal, string name) =>
        portal.Clients().Create(portal.Admin, new CreateClientRequest(name, null, []), default);

    public static Task<PolicyDetail> AddPolicy(this TestPortal portal, string name, string statement = Allow) =>
        portal.Policies().Create(portal.Admin, name, Document(statement), null, default);

    /// <summary>A user who has the managed policy Administrator.</summary>
    public static async Task<CallContext> AddAdministrator(this TestPortal portal, string name)
    {
        var user = await portal.AddUser(name);
        await portal.Policies().Attach(portal.Admin, "Administrator", new PolicyTarget(PolicyTargetKind.User, name), default);
        return portal.CallOf(new Caller { Id = user.User.Id, Kind = CallerKind.User, Name = name, Arn = user.User.Arn });
    }

    public const string Allow = """{"Effect":"Allow","Action":"secretsmanager:ListSecrets","Resource":"*"}""";

    public static string Document(string statements) => $$"""{"Version":"2012-10-17","Statement":[{{statements}}]}""";

    /// <summary>Runs what leaves one record, and gives it.</summary>
    public static async Task<AuditRecord> RecordOf(this TestPortal portal, Func<Task> call)
    {
        var before = (await portal.Log()).Count;
        await call();
        return Assert.Single((await portal.Log()).Skip(before));
    }

    /// <summary>Asserts that the call is refused with the error and leaves one record of the outcome.</summary>
    public static async Task<PortalException> Refused(this TestPortal portal, PortalError error, Func<Task> call, AuditOutcome outcome = AuditOutcome.Failed)
    {
        PortalException? refused = null;
        var record = await portal.RecordOf(async () => refused = await Assert.ThrowsAsync<PortalException>(call));
        Assert.Equal(error, refused!.Error);
        Assert.Equal(outcome, record.Outcome);
        return refused;
    }
}
