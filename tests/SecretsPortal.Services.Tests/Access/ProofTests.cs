using OtpNet;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Backups;
using SecretsPortal.Services.Secrets;

namespace SecretsPortal.Services.Tests.Access;

/// <summary>Values are shown in the portal's pages to somebody who has proved lately who they are; the services see to it, for every page alike.</summary>
public sealed class ProofTests
{
    private const string Value = """{"user":"app","password":"hunter2"}""";

    private static readonly SecretText s_password = new("a password of the tests");

    [Fact]
    public async Task Ten_minutes_after_the_sign_in_a_value_needs_a_new_proof_and_one_proof_is_enough_for_ten_more()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("orders", Value);
        var session = await Open(portal);
        Assert.Equal(Value, await Read(portal, session));
        portal.Clock.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(1));
        Assert.Equal(Value, await Read(portal, session));

        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        await Refused(PortalError.ProofRequired, () => Read(portal, session));
        var version = (await portal.Reader.Describe(portal.Admin, "orders", default)).Versions[0].VersionId;
        await Refused(PortalError.ProofRequired, async () => await portal.Get<SecretFieldReader>().GetField(await CallOf(portal, session), "orders", version, "password", default));
        Assert.Contains(await portal.Log(), r => r is { Action: "secretsmanager:GetSecretValue", Outcome: AuditOutcome.Failed, Detail: { } why } && why == $"ProofRequired; version {version}");

        await portal.Get<AccountService>().ProveIdentity(await CallOf(portal, session), session, s_password, default);
        Assert.Equal(Value, await Read(portal, session));
        Assert.Equal("hunter2", (await portal.Get<SecretFieldReader>().GetField(await CallOf(portal, session), "orders", version, "password", default)).Reveal());
        portal.Clock.Advance(TimeSpan.FromMinutes(10));
        await Refused(PortalError.ProofRequired, () => Read(portal, session));

        var log = await portal.Log();
        Assert.Contains(log, r => r is { Action: PortalActions.ProveIdentity, Outcome: AuditOutcome.Succeeded, Detail: "with the password" });
        Assert.Contains(log, r => r is { Action: "secretsmanager:GetSecretValue", Outcome: AuditOutcome.Succeeded } && r.Detail == $"version {version}, the field password");
    }

    [Fact]
    public async Task A_proof_counts_for_its_session_on_every_node_and_for_no_other()
    {
        await using var portal = await TestPortal.Start();
        await using var other = await portal.StartNode();
        await portal.Create("orders", Value);
        var (here, elsewhere) = (await Open(portal), await Open(portal));
        foreach (var node in new[] { portal, other })
            node.Clock.Advance(TimeSpan.FromMinutes(11));

        await portal.Get<AccountService>().ProveIdentity(await CallOf(portal, here), here, s_password, default);

        Assert.Equal(Value, await Read(other, here));
        await Refused(PortalError.ProofRequired, () => Read(other, elsewhere));
        // Somebody else's session is not proved by one's own password.
        var ada = await portal.UserWith("ada", """{"Effect":"Allow","Action":"*","Resource":"*"}""");
        await portal.Execute("UPDATE caller SET password_hash = (SELECT password_hash FROM caller WHERE name = 'admin') WHERE name = 'ada'");
        await Refused(PortalError.InvalidRequest, () => portal.Get<AccountService>().ProveIdentity(ada, elsewhere, s_password, default));
        await Refused(PortalError.ProofRequired, () => Read(portal, elsewhere));
    }

    [Fact]
    public async Task Wrong_passwords_are_recorded_slowed_down_and_prove_nothing()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("orders", Value);
        var session = await Open(portal);
        portal.Clock.Advance(TimeSpan.FromMinutes(11));
        for (var i = 0; i < 5; i++)
            await Refused(PortalError.InvalidParameter, async () => await portal.Get<AccountService>().ProveIdentity(await CallOf(portal, session), session, new SecretText("wrong"), default));

        // The right one has to wait, too.
        await Refused(PortalError.Throttling, async () => await portal.Get<AccountService>().ProveIdentity(await CallOf(portal, session), session, s_password, default));
        await Refused(PortalError.ProofRequired, () => Read(portal, session));
        var denied = (await portal.Log()).Where(r => r is { Action: PortalActions.ProveIdentity, Outcome: AuditOutcome.Denied }).ToList();
        Assert.Equal(5, denied.Count);
        Assert.All(denied, r => Assert.Equal("wrong password", r.Detail));

        portal.Clock.Advance(TimeSpan.FromSeconds(2));
        await portal.Get<AccountService>().ProveIdentity(await CallOf(portal, session), session, s_password, default);
        Assert.Equal(Value, await Read(portal, session));
    }

    [Fact]
    public async Task Who_has_a_second_factor_proves_it_by_a_code_and_not_by_the_password()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("orders", Value);
        var session = await Open(portal);
        var account = portal.Get<AccountService>();
        Assert.Equal(ProofKind.Password, await account.HowToProve(portal.Admin, default));
        var setup = await account.BeginSecondFactor(portal.Admin, s_password, default);
        var app = new Totp(Base32Encoding.ToBytes(setup.Key.Reveal()));
        string Code() => app.ComputeTotp(portal.Clock.GetUtcNow().UtcDateTime);
        await account.ConfirmSecondFactor(portal.Admin, session, new SecretText(Code()), default);
        portal.Clock.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(ProofKind.SecondFactor, await account.HowToProve(portal.Admin, default));

        await Refused(PortalError.InvalidParameter, async () => await account.ProveIdentity(await CallOf(portal, session), session, s_password, default));
        var code = Code();
        await account.ProveIdentity(await CallOf(portal, session), session, new SecretText(code), default);

        Assert.Equal(Value, await Read(portal, session));
        await Refused(PortalError.InvalidParameter, async () => await account.ProveIdentity(await CallOf(portal, session), session, new SecretText(code), default));
        Assert.Contains(await portal.Log(), r => r is { Action: PortalActions.ProveIdentity, Outcome: AuditOutcome.Succeeded, Detail: "with a second factor" });
    }

    [Fact]
    public async Task A_session_from_the_identity_provider_is_as_fresh_as_the_sign_in_there()
    {
        await using var portal = await TestPortal.StartOwned(options => options with
        {
            Oidc = new OidcOptions { Authority = new Uri("https://id.example"), ClientId = "portal", Groups = new Dictionary<string, IReadOnlyList<string>> { ["ops"] = ["Administrator"] } },
        });
        await portal.Create("orders", Value);

        async Task<string> SignIn(DateTimeOffset? at)
        {
            var identity = new FederatedIdentity("https://id.example", "1", "ada", "Ada", "ada@example.com", true, ["ops"]) { AuthenticatedAt = at };
            return (await portal.Get<FederatedSignIn>().SignIn(identity, new SignInOrigin("::1", "r"), default)).Result!.Session!.Id;
        }

        var now = portal.Clock.GetUtcNow();
        // An open browser at the provider leads in without a password: that proves nothing new.
        await Refused(PortalError.ProofRequired, async () => await Read(portal, await SignIn(now - TimeSpan.FromMinutes(30))));
        Assert.Equal(Value, await Read(portal, await SignIn(now - TimeSpan.FromSeconds(5))));
        Assert.Equal(Value, await Read(portal, await SignIn(now + TimeSpan.FromHours(5))));
        // Where nobody knows when, nothing is proved.
        var unknown = await SignIn(null);
        await Refused(PortalError.ProofRequired, () => Read(portal, unknown));
        Assert.Equal(ProofKind.Provider, await portal.Get<AccountService>().HowToProve(await CallOf(portal, unknown), default));
        await Refused(PortalError.InvalidRequest, async () => await portal.Get<AccountService>().ProveIdentity(await CallOf(portal, unknown), unknown, s_password, default));
    }

    [Fact]
    public async Task What_leads_to_values_needs_a_proof_too()
    {
        await using var portal = await TestPortal.Start();
        await portal.Clients().Create(portal.Admin, new CreateClientRequest("app", null, []), default);
        var session = await Open(portal);
        portal.Clock.Advance(TimeSpan.FromMinutes(11));

        await Refused(PortalError.ProofRequired, async () => await portal.Clients().CreateKey(await CallOf(portal, session), "app", new CreateAccessKeyRequest(), default));
        await Refused(PortalError.ProofRequired, async () => await portal.Get<TemporaryCredentialService>().Issue(
            await CallOf(portal, session), CallerKind.Client, "app", TimeSpan.FromHours(1), sessionPolicy: null, default));
        Assert.Empty((await portal.Clients().Get(portal.Admin, "app", default)).Client.AccessKeys);
        var backups = portal.Get<PortalBackups>();
        var backup = (await backups.Create(await CallOf(portal, session), default)).Name;
        await Refused(PortalError.ProofRequired, async () => await backups.Prepare(await CallOf(portal, session), backup, default));
        await Refused(PortalError.ProofRequired, async () => await backups.Open(await CallOf(portal, session), backup, default));

        await portal.Get<AccountService>().ProveIdentity(await CallOf(portal, session), session, s_password, default);
        Assert.NotNull((await portal.Clients().CreateKey(await CallOf(portal, session), "app", new CreateAccessKeyRequest(), default)).SecretAccessKey);
        await backups.Prepare(await CallOf(portal, session), backup, default);
        await using var file = await backups.Open(await CallOf(portal, session), backup, default);
        Assert.True(file.Length > 0);
        // To ask whether it may be downloaded is no download.
        Assert.Single(await portal.Log(), r => r is { Action: PortalActions.DownloadBackup, Outcome: AuditOutcome.Succeeded });
    }

    [Fact]
    public async Task The_time_is_a_setting_and_no_other_door_is_asked()
    {
        await using var portal = await TestPortal.StartOwned(options => options with { ProofLifetime = TimeSpan.FromMinutes(1) });
        await portal.Create("orders", Value);
        var session = await Open(portal);
        portal.Clock.Advance(TimeSpan.FromMinutes(1));

        await Refused(PortalError.ProofRequired, () => Read(portal, session));
        Assert.Equal(Value, await portal.Value("orders"));
    }

    [Fact]
    public async Task Two_versions_are_compared_without_a_value_or_a_new_proof_and_both_reads_are_recorded()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("orders", Value);
        await portal.Put("orders", """{"user":"app","password":"hunter3","port":"1"}""", TestPortal.Token(2));
        var session = await Open(portal);
        portal.Clock.Advance(TimeSpan.FromMinutes(11));

        var found = await portal.Get<SecretFieldReader>().Compare(await CallOf(portal, session), "orders", TestPortal.Token(1), TestPortal.Token(2), default);

        Assert.False(found.IsSame);
        Assert.Equal([new("user", FieldChange.Same), new("password", FieldChange.Changed), new("port", FieldChange.Added)], found.Fields);
        Assert.Equal(
            [$"version {TestPortal.Token(1)}, compared with version {TestPortal.Token(2)}", $"version {TestPortal.Token(2)}, compared with version {TestPortal.Token(1)}"],
            (await portal.Log()).Where(r => r.Action == "secretsmanager:GetSecretValue").Select(r => r.Detail));
        Assert.True((await portal.Get<SecretFieldReader>().Compare(portal.Admin, "orders", TestPortal.Token(1), TestPortal.Token(1), default)).IsSame);
    }

    [Fact]
    public async Task Who_may_read_only_one_of_two_versions_compares_nothing()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("orders", Value);
        await portal.Put("orders", "other", TestPortal.Token(2));
        var ada = await portal.UserWith("ada", """
            {"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*","Condition":{"StringEquals":{"secretsmanager:VersionId":"VERSION"}}}
            """.Replace("VERSION", TestPortal.Token(1), StringComparison.Ordinal));

        await Refused(PortalError.AccessDenied, () => portal.Get<SecretFieldReader>().Compare(ada, "orders", TestPortal.Token(1), TestPortal.Token(2), default));
        await Refused(PortalError.AccessDenied, () => portal.Get<SecretFieldReader>().Compare(ada, "orders", TestPortal.Token(2), TestPortal.Token(1), default));
    }

    private static async Task<string> Open(TestPortal portal)
    {
        var result = await portal.Get<SignInService>().SignIn("admin", s_password, new SignInOrigin("203.0.113.7", "r"), default);
        return result.Session!.Id;
    }

    // As an open page makes its calls.
    private static async Task<CallContext> CallOf(TestPortal portal, string sessionId)
    {
        var session = await portal.Get<SessionService>().Find(sessionId, isUse: false, default);
        return portal.CallOf(session!.User) with { Session = new SessionProof(sessionId, session.ProvedAt) };
    }

    private static async Task<string> Read(TestPortal portal, string sessionId) =>
        (await portal.Reader.GetValue(await CallOf(portal, sessionId), "orders", versionId: null, versionStage: null, default)).Value.Text;

    private static async Task Refused(PortalError error, Func<Task> act) => Assert.Equal(error, (await Assert.ThrowsAsync<PortalException>(act)).Error);
}
