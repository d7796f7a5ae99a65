using System.Net;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using OpenIddict.Abstractions;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;
using SecretsPortal.Tests.Shared;
using SecretsPortal.Web.Portal;

namespace SecretsPortal.Web.Tests.Oidc;

/// <summary>Sign-in by a real provider on the loopback, over HTTP as a browser does it.</summary>
public sealed class OidcTests
{
    [Fact]
    public async Task A_member_of_a_mapped_group_is_let_in_and_has_what_the_group_maps_to()
    {
        await using var provider = await TestProvider.Start();
        await using var portal = await Start(provider);
        provider.User = new ProviderUser("ada-1", "ada", "admins", "others");
        using var browser = new FormBrowser(portal.Address);
        await browser.Open("/sign-in?returnUrl=%2Faccount");
        Assert.Contains("Sign in with Example Login", browser.Page, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.OK, await browser.Open("/sign-in/oidc?returnUrl=%2Faccount"));

        Assert.Equal("/account", browser.At.PathAndQuery);
        var user = (await portal.Services.GetRequiredService<CallerStore>().Find(CallerKind.User, "ada", default))!;
        Assert.Equal(($"{provider.Address}/", "ada-1", "Ada Lovelace", "ada@example.com", null),
            (user.Issuer, user.Subject, user.DisplayName, user.Email, user.PasswordHash));
        Assert.Equal(["Administrator"], await Policies(portal, user));
        Assert.Contains(await Log(portal), r => r is { Action: PortalActions.SignIn, Outcome: AuditOutcome.Succeeded, Resource: "ada" });
    }

    [Fact]
    public async Task What_the_groups_map_to_is_evaluated_anew_at_each_sign_in()
    {
        await using var provider = await TestProvider.Start();
        await using var portal = await Start(provider);
        provider.User = new ProviderUser("ada-1", "ada", "admins");
        using var browser = new FormBrowser(portal.Address);
        await browser.Open("/sign-in/oidc");
        var user = (await portal.Services.GetRequiredService<CallerStore>().Find(CallerKind.User, "ada", default))!;
        Assert.Equal("/overview", browser.At.AbsolutePath);

        // A new name and address at the provider change nothing of who this is.
        provider.User = new ProviderUser("ada-1", "countess") { Email = "other@example.com" };
        using var again = new FormBrowser(portal.Address);
        await again.Open("/sign-in/oidc");

        Assert.StartsWith("You are signed in at Example Login, but none of your groups there opens this portal.", again.Refusal, StringComparison.Ordinal);
        Assert.Empty(await Policies(portal, user));
        // The session that was open is over, too.
        await browser.Open("/secrets");
        Assert.Equal("/sign-in", browser.At.AbsolutePath);
        Assert.Null(await portal.Services.GetRequiredService<CallerStore>().Find(CallerKind.User, "countess", default));
    }

    [Theory]
    [InlineData("no-group", "none of your groups there opens this portal", "NoGroup: subject ada-1")]
    [InlineData("unverified", "does not vouch for your e-mail address", "UnverifiedEmail: subject ada-1")]
    [InlineData("taken", "Another account of this portal has your user name", "NameTaken: subject ada-1")]
    [InlineData("bad-name", "gives no user name that this portal can use", "NoName: subject ada-1")]
    [InlineData("declined", "was not finished", "identity provider: it answered access_denied")]
    [InlineData("audience", "was not accepted", "identity provider: the token is for another audience")]
    [InlineData("issuer", "was not accepted", "identity provider: the token is of another issuer")]
    [InlineData("nonce", "was not accepted", "identity provider: the token answers another request (nonce)")]
    [InlineData("expired", "is too old, or of a time to come", "identity provider: the token is expired or not valid yet")]
    public async Task Whoever_is_refused_hears_what_they_may_and_the_log_has_the_reason(string fault, string words, string reason)
    {
        await using var provider = await TestProvider.Start();
        await using var portal = await Start(provider);
        Break(provider, fault);
        using var browser = new FormBrowser(portal.Address);

        await browser.Open("/sign-in/oidc");

        Assert.Equal("/sign-in", browser.At.AbsolutePath);
        Assert.Contains(words, browser.Refusal, StringComparison.Ordinal);
        Assert.Null(browser.Cookies.GetAllCookies()["secretsportal.session"]);
        var record = (await Log(portal))[0];
        Assert.Equal((PortalActions.SignIn, AuditOutcome.Denied), (record.Action, record.Outcome));
        Assert.StartsWith(reason, record.Detail, StringComparison.Ordinal);
        // Nobody was made, and the local account of the name is as it was.
        Assert.Null(await portal.Services.GetRequiredService<CallerStore>().FindBySubject($"{provider.Address}/", "ada-1", default));
        Assert.NotNull((await portal.Services.GetRequiredService<CallerStore>().Find(CallerKind.User, TestPortal.AdminUser, default))!.PasswordHash);
    }

    [Theory]
    [InlineData("/sign-in/oidc", false)]
    [InlineData("/sign-in/oidc?prove=true", true)]
    public async Task A_provider_that_does_not_say_when_is_believed_only_where_it_was_asked_for_a_new_sign_in(string address, bool isProved)
    {
        await using var provider = await TestProvider.Start();
        await using var portal = await Start(provider);
        provider.User = new ProviderUser("ada-1", "ada", "admins");
        using var browser = new FormBrowser(portal.Address);

        await browser.Open(address);

        var user = (await portal.Services.GetRequiredService<CallerStore>().Find(CallerKind.User, "ada", default))!;
        var session = Assert.Single(await portal.Services.GetRequiredService<SessionStore>().FindOpen(user.Id, DateTimeOffset.UnixEpoch, default));
        Assert.Equal(isProved, session.ProvedAt > session.CreatedAt.AddMinutes(-1));
    }

    /// <summary>The way of a reveal: refused, to the provider and back by its redirects, and then the value opens.</summary>
    [Fact]
    public async Task A_proof_at_the_provider_leads_back_to_the_same_secret_whose_value_opens_then()
    {
        await using var provider = await TestProvider.Start();
        await using var portal = await Start(provider);
        provider.User = new ProviderUser("ada-1", "ada", "admins");
        await portal.Aws.Ok("CreateSecret", new { Name = "prod/orders", ClientRequestToken = new string('a', 32), SecretString = "of the orders" });
        using var browser = new FormBrowser(portal.Address);
        await browser.Open("/sign-in/oidc");
        var user = (await portal.Services.GetRequiredService<CallerStore>().Find(CallerKind.User, "ada", default))!;
        async Task<string?> Reveal()
        {
            var open = (await portal.Services.GetRequiredService<SessionStore>().FindOpen(user.Id, DateTimeOffset.UnixEpoch, default)).MaxBy(one => one.CreatedAt)!;
            var session = (await portal.Services.GetRequiredService<SessionService>().Find(open.Id, isUse: false, default))!;
            var call = new CallContext(session.User, TestPortal.Region, "127.0.0.1", "test") { Session = new SessionProof(session.Id, session.ProvedAt) };
            return (await portal.Services.GetRequiredService<SecretReader>().GetValue(call, "prod/orders", null, null, default)).Value.Text;
        }

        Assert.Equal(PortalError.ProofRequired, (await Assert.ThrowsAsync<PortalException>(Reveal)).Error);
        var page = $"{portal.Address}secret?id=prod%2Forders&tab=versions";
        Assert.Equal(HttpStatusCode.OK, await browser.Open(PortalRoutes.ProveAtProvider(new FixedPlace(portal.Address.AbsoluteUri, page))));

        Assert.Equal("/secret?id=prod%2Forders&tab=versions", browser.At.PathAndQuery);
        Assert.Equal(2, provider.CodesTaken);
        Assert.Equal("of the orders", await Reveal());
    }

    [Fact]
    public async Task A_disabled_user_stays_out()
    {
        await using var provider = await TestProvider.Start();
        await using var portal = await Start(provider);
        provider.User = new ProviderUser("ada-1", "ada", "admins");
        using var browser = new FormBrowser(portal.Address);
        await browser.Open("/sign-in/oidc");
        var users = portal.Services.GetRequiredService<UserStore>();
        var log = portal.Services.GetRequiredService<AuditLog>();
        var user = (await portal.Services.GetRequiredService<CallerStore>().Find(CallerKind.User, "ada", default))!;
        var call = new CallContext(await portal.SignIn(), TestPortal.Region, "127.0.0.1", "test");
        await users.Change(user.Id, before => new CallerChange(
            before with { IsDisabled = true }, log.For(call, PortalActions.UpdateUser, "ada", AuditOutcome.Succeeded)), null, default);

        await browser.Open("/secrets");
        Assert.Equal("/sign-in", browser.At.AbsolutePath);
        await browser.Open("/sign-in/oidc");

        Assert.Equal("This account is disabled here. Ask an administrator.", browser.Refusal);
    }

    /// <summary>The whole answer of the provider, sent again: by the same browser, and by another.</summary>
    [Fact]
    public async Task An_answer_that_was_given_before_opens_nothing()
    {
        await using var provider = await TestProvider.Start();
        await using var portal = await Start(provider);
        provider.User = new ProviderUser("ada-1", "ada", "admins");
        using var browser = new FormBrowser(portal.Address);
        var toProvider = await browser.OpenOnly("/sign-in/oidc");
        var back = await browser.OpenOnly(toProvider!.AbsoluteUri);
        Assert.StartsWith(new Uri(portal.Address, "/sign-in/oidc/callback?code=").AbsoluteUri, back!.AbsoluteUri, StringComparison.Ordinal);

        using var thief = new FormBrowser(portal.Address);
        await thief.Open(back.AbsoluteUri);
        Assert.Contains("was not accepted", thief.Refusal, StringComparison.Ordinal);
        Assert.Equal(0, provider.CodesTaken);
        await browser.Open(back.AbsoluteUri);
        Assert.Equal("/overview", browser.At.AbsolutePath);
        using var again = new FormBrowser(portal.Address);
        foreach (Cookie cookie in browser.Cookies.GetAllCookies())
        {
            if (cookie.Name != "secretsportal.session")
                again.Cookies.Add(cookie);
        }

        await again.Open(back.AbsoluteUri);

        Assert.Contains("was not accepted", again.Refusal, StringComparison.Ordinal);
        Assert.Contains(await Log(portal), r => r.Detail == "identity provider: the answer is to no request of this browser, or was given before (state)");
    }

    [Fact]
    public async Task A_provider_that_is_away_is_said_to_be()
    {
        var provider = await TestProvider.Start();
        await using var portal = await Start(provider);
        await provider.DisposeAsync();
        using var browser = new FormBrowser(portal.Address);

        await browser.Open("/sign-in/oidc");

        Assert.Equal("Example Login does not answer. Try again later.", browser.Refusal);
    }

    private static void Break(TestProvider provider, string fault)
    {
        provider.User = fault switch
        {
            "no-group" => new ProviderUser("ada-1", "ada", "others", "Admins"),
            "unverified" => new ProviderUser("ada-1", "ada", "admins") { IsVerified = false },
            "taken" => new ProviderUser("ada-1", TestPortal.AdminUser, "admins"),
            "bad-name" => new ProviderUser("ada-1", "ada lovelace/", "admins"),
            _ => new ProviderUser("ada-1", "ada", "admins"),
        };
        provider.Declines = fault == "declined";
        provider.Spoil = fault switch
        {
            "audience" => static token => token.SetAudiences("another-client"),
            "issuer" => static token => token.SetClaim(OpenIddictConstants.Claims.Private.Issuer, "http://127.0.0.1:1/"),
            "nonce" => static token => token.SetClaim("nonce", "of-another-request"),
            "expired" => static token => token.SetCreationDate(TimeProvider.System.GetUtcNow().AddHours(-1)).SetExpirationDate(TimeProvider.System.GetUtcNow().AddMinutes(-10)),
            _ => static _ => { },
        };
    }

    private static async Task<TestPortal> Start(TestProvider provider)
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory["client-secret"], TestProvider.ClientSecret);
        return await TestPortal.Start(
            $"--Portal:Oidc:Authority={provider.Address}/", $"--Portal:Oidc:ClientId={TestProvider.ClientId}",
            $"--Portal:Oidc:ClientSecretFile={directory["client-secret"]}", "--Portal:Oidc:DisplayName=Example Login",
            "--Portal:Oidc:Groups:admins=Administrator");
    }

    private static async Task<IReadOnlyList<string>> Policies(TestPortal portal, StoredCaller user) =>
        [.. (await portal.Services.GetRequiredService<CallerStore>().FindAccess(user.Id, default)).Policies.Select(p => p.Name)];

    private static async Task<IReadOnlyList<AuditRecord>> Log(TestPortal portal) =>
        [.. (await portal.Services.GetRequiredService<AuditStore>().Search(new AuditQuery { Limit = 50 }, default)).Select(e => e.Record)];

    private sealed class FixedPlace : NavigationManager
    {
        public FixedPlace(string portal, string page) => Initialize(portal, page);
    }
}
