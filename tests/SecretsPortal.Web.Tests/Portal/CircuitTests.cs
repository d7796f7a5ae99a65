using System.Net;
using System.Net.WebSockets;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core.Policies;
using SecretsPortal.Web.Portal;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Tests.Portal;

/// <summary>The connection of an open page: from whom it is taken, how many there may be, and what is kept of it.</summary>
public sealed class CircuitTests(SharedPortal shared) : ApiTest(shared)
{
    [Theory]
    [InlineData("https://evil.example", null)]
    [InlineData("http://127.0.0.1:1", null)]
    [InlineData("null", null)]
    [InlineData(null, "cross-site")]
    [InlineData(null, "same-site")]
    public async Task A_connection_from_another_origin_is_refused(string? origin, string? site)
    {
        var user = await Portal.SignIn();
        using var socket = await Connect(user, origin, site);

        Assert.Equal(HttpStatusCode.Forbidden, socket.HttpStatusCode);
        Assert.NotEqual(WebSocketState.Open, socket.State);
        Assert.Equal(HttpStatusCode.Forbidden, await Negotiate(user, origin, site));
    }

    [Fact]
    public async Task A_connection_from_the_portals_own_page_is_taken()
    {
        var user = await Portal.SignIn();
        var own = Portal.Address.GetLeftPart(UriPartial.Authority);

        using var socket = await Connect(user, own, site: null);

        Assert.Equal(WebSocketState.Open, socket.State);
        Assert.Equal(HttpStatusCode.OK, await Negotiate(user, own, "same-origin"));
    }

    [Fact]
    public async Task A_connection_without_a_session_is_refused()
    {
        using var socket = await Connect(user: null, Portal.Address.GetLeftPart(UriPartial.Authority), site: null);

        Assert.Equal(HttpStatusCode.Unauthorized, socket.HttpStatusCode);
    }

    [Fact]
    public async Task A_page_that_is_one_too_many_says_so_and_the_next_one_opens_after_one_was_closed()
    {
        var user = await Portal.AddUser("tabs");
        var pages = Portal.Services.GetRequiredService<OpenPages>();
        for (var i = 0; i < pages.Limit; i++)
            Assert.True(pages.TryEnter(user.Id));
        Assert.False(pages.TryEnter(user.Id));

        using var refused = await Portal.GetAs(user, "/account");
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        var text = await refused.Content.ReadAsStringAsync();
        Assert.Contains($"You have {pages.Limit} pages of the portal open", text, StringComparison.Ordinal);
        Assert.Contains("Portal:OpenPagesPerUser", text, StringComparison.Ordinal);
        Assert.Contains("script-src 'self'", Assert.Single(refused.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        // A page that is left for this one, as by a reload, is not one too many.
        using var reloaded = await Portal.GetAs(user, "/account", $"{OpenPages.LeavingCookie}=1");
        Assert.Equal(HttpStatusCode.OK, reloaded.StatusCode);
        // Others are not concerned, and neither is what opens no circuit.
        using var other = await Portal.GetAs(await Portal.SignIn(), "/account");
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        using var signIn = await Portal.GetAs(user, "/sign-in");
        Assert.NotEqual(HttpStatusCode.TooManyRequests, signIn.StatusCode);

        pages.Leave(user.Id);
        using var opened = await Portal.GetAs(user, "/account");
        Assert.Equal(HttpStatusCode.OK, opened.StatusCode);
        for (var i = 1; i < pages.Limit; i++)
            pages.Leave(user.Id);
        Assert.True(pages.TryEnter(user.Id));
        pages.Leave(user.Id);
    }

    [Fact]
    public void No_component_asks_for_its_state_to_outlive_its_circuit()
    {
        foreach (var type in typeof(App).Assembly.GetTypes())
        {
            var members = type.GetMembers(System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.NonPublic);
            Assert.DoesNotContain(members, member => member.CustomAttributes.Any(attribute => attribute.AttributeType.Name == "PersistentStateAttribute"));
            Assert.DoesNotContain(members, member => member is System.Reflection.PropertyInfo { PropertyType.Name: "PersistentComponentState" } or System.Reflection.FieldInfo { FieldType.Name: "PersistentComponentState" });
        }

        var options = Portal.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<Microsoft.AspNetCore.Components.Server.CircuitOptions>>().Value;
        Assert.Equal(0, options.PersistedCircuitInMemoryMaxRetained);
        Assert.Equal(SessionLimits.Retention, options.DisconnectedCircuitRetentionPeriod);
    }

    private async Task<ClientWebSocket> Connect(Caller? user, string? origin, string? site)
    {
        var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        if (user is not null)
            socket.Options.SetRequestHeader("Cookie", await Portal.Cookie(user));
        if (origin is not null)
            socket.Options.SetRequestHeader("Origin", origin);
        if (site is not null)
            socket.Options.SetRequestHeader("Sec-Fetch-Site", site);
        try
        {
            await socket.ConnectAsync(new UriBuilder(Portal.Address) { Scheme = "ws", Path = "/_blazor" }.Uri, TestContext.Current.CancellationToken);
        }
        catch (WebSocketException)
        {
            // Refused: the status says how.
        }

        return socket;
    }

    private async Task<HttpStatusCode> Negotiate(Caller user, string? origin, string? site)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false });
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Portal.Address, "/_blazor/negotiate?negotiateVersion=1"));
        request.Headers.Add("Cookie", await Portal.Cookie(user));
        if (origin is not null)
            request.Headers.TryAddWithoutValidation("Origin", origin);
        if (site is not null)
            request.Headers.Add("Sec-Fetch-Site", site);
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }
}
