using SecretsPortal.Web.Tests.Admin;

namespace SecretsPortal.Web.Tests.Configuration;

/// <summary>Whose word on where a request came from is taken.</summary>
public sealed class TrustedProxiesTests
{
    private const string Client = "203.0.113.7";

    [Theory]
    [InlineData("127.0.0.1", Client, "203.0.113.7", true)]
    [InlineData("127.0.0.0/8,10.0.0.0/24", Client + ", 10.0.0.9", "203.0.113.7", true)]
    // What stands before the first that is not trusted may be made up.
    [InlineData("127.0.0.1", "198.51.100.1, " + Client, "203.0.113.7", true)]
    [InlineData("10.0.0.5", Client, "127.0.0.1", false)]
    [InlineData("", Client, "127.0.0.1", false)]
    public async Task The_log_and_the_cookies_go_by_what_a_trusted_proxy_says(string proxies, string forwarded, string source, bool isSecure)
    {
        await using var portal = await TestPortal.Start($"--Portal:TrustedProxies={proxies}");
        using var api = new AdminClient(portal.Address, TestPortal.Credentials);
        (string, string)[] headers = [("X-Forwarded-For", forwarded), ("X-Forwarded-Proto", "https")];

        Assert.Equal(200, (int)(await api.Send("GET", "/api/v1/groups", body: null, headers)).Status);
        var records = (await api.Ok("GET", "/api/v1/audit/events?action=secretsportal%3AListGroups")).Json.GetProperty("events");
        using var visitor = new AdminClient(portal.Address);
        var page = await visitor.Send("GET", "/sign-in", body: null, headers);

        Assert.Equal(source, records[0].GetProperty("sourceAddress").GetString());
        Assert.All(page.Message.Headers.GetValues("Set-Cookie"), cookie => Assert.Equal(isSecure, cookie.Contains("; secure", StringComparison.Ordinal)));
    }
}
