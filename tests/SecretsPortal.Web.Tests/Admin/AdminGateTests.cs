using System.Net;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services;
using SecretsPortal.Services.Audit;
using SecretsPortal.Web.Admin.Infrastructure;

namespace SecretsPortal.Web.Tests.Admin;

/// <summary>Who is let in to the administration API, and how those are answered who are not.</summary>
public sealed class AdminGateTests(SharedPortal shared) : ApiTest(shared)
{
    private AdminClient Signed => new(Portal.Address, TestPortal.Credentials);

    [Fact]
    public async Task A_signed_request_and_a_session_are_told_who_they_are()
    {
        using var program = Signed;
        var client = await program.Ok("GET", "/api/v1/account");
        Assert.Equal("arn:aws:iam::000000000000:user/client/bootstrap", client["arn"]);
        Assert.Equal(TestPortal.AccessKeyId, client["accessKeyId"]);
        Assert.True(Guid.TryParse(client.Message.Headers.GetValues("X-Request-Id").Single(), out _));
        using var page = await Portal.Session(await Portal.SignIn());
        var user = await page.Ok("GET", "/api/v1/account");
        Assert.Equal("arn:aws:iam::000000000000:user/admin", user["arn"]);
        Assert.Equal("no-store", user.Message.Headers.CacheControl?.ToString());
    }

    [Fact]
    public async Task The_log_is_searched_and_the_status_is_told()
    {
        using var api = Signed;
        var first = await api.Ok("GET", "/api/v1/audit/events?limit=1&action=secretsportal%3ABootstrap");
        Assert.Equal("secretsportal:Bootstrap", first.Json.GetProperty("events")[0].GetProperty("action").GetString());
        var page = await api.Ok("GET", "/api/v1/audit/events?limit=1");
        var next = await api.Ok("GET", $"/api/v1/audit/events?limit=1&nextToken={Uri.EscapeDataString(page["nextToken"]!)}");
        Assert.NotEqual(page.Json.GetProperty("events")[0].GetProperty("sequence").GetInt64(), next.Json.GetProperty("events")[0].GetProperty("sequence").GetInt64());
        var status = await api.Ok("GET", "/api/v1/system/status");
        Assert.True(status.Json.GetProperty("isReady").GetBoolean());
        Assert.Equal("Sqlite", status["databaseProvider"]);
    }

    [Theory]
    [InlineData("/api/v1/audit/events?limit=many", "limit")]
    [InlineData("/api/v1/audit/events?limit=0", "limit")]
    [InlineData("/api/v1/audit/events?from=yesterday", "from")]
    [InlineData("/api/v1/audit/events?outcome=Perhaps", "outcome")]
    [InlineData("/api/v1/audit/events?nexttoken=x", "nexttoken")]
    [InlineData("/api/v1/audit/events?action=a&action=b", "action")]
    [InlineData("/api/v1/account?limit=1", "limit")]
    public async Task A_parameter_that_is_wrong_is_named(string path, string field)
    {
        using var api = Signed;
        var answer = await api.Send("GET", path);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(field, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_without_credentials_learns_what_there_is()
    {
        using var anonymous = new AdminClient(Portal.Address);
        foreach (var path in new[] { "/api/v1/account", "/api/v1/audit/events", "/api/v1/nothing", "/api/v1/openapi.json" })
        {
            var answer = await anonymous.Send("GET", path);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
            Assert.Equal("MissingAuthenticationToken", answer.Code);
            Assert.Equal("AWS4-HMAC-SHA256", answer.Message.Headers.WwwAuthenticate.Single().ToString());
        }
    }

    [Fact]
    public async Task A_wrong_signature_is_refused_and_recorded_once()
    {
        using var api = new AdminClient(Portal.Address, new SigningCredentials(TestPortal.AccessKeyId, new SecretText("not the secret half of that key at all!!")));
        var answer = await api.Send("GET", "/api/v1/audit/events");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
        Assert.Equal("InvalidSignature", answer.Code);
        Assert.Equal(AuditOutcome.Denied, (await RecordOf(answer)).Outcome);
    }

    [Fact]
    public async Task A_changed_body_does_not_fit_its_signature()
    {
        using var api = Signed;
        // A body is signed with its hash, so one that was put in later does not fit.
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Portal.Address, "/api/v1/nothing"));
        var now = TimeProvider.System.GetUtcNow();
        var signed = new SignedRequest
        {
            Method = "POST", Path = "/api/v1/nothing", Query = "", Headers = [new("Host", Portal.Address.Authority)],
            BodyHash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("{}"u8)),
        };
        foreach (var (name, value) in SigV4Signer.Sign(signed, TestPortal.Credentials, TestPortal.Region, "secretsmanager", now))
            request.Headers.TryAddWithoutValidation(name, value);
        request.Content = new ByteArrayContent("{ }"u8.ToArray());
        using var http = new HttpClient();
        using var answer = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task What_there_is_not_is_told_to_those_who_are_known()
    {
        using var api = Signed;
        Assert.Equal("UnknownOperation", await api.Refused("GET", "/api/v1/nothing", 404));
        Assert.Equal("UnknownOperation", await api.Refused("DELETE", "/api/v1/account", 404));
        Assert.Equal("UnknownOperation", await api.Refused("GET", "/api/v1/", 404));
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("1", "cross-site", null)]
    [InlineData("1", "same-site", null)]
    [InlineData(null, "same-origin", null)]
    [InlineData("yes", "same-origin", null)]
    [InlineData("1", null, "https://evil.example")]
    [InlineData("1", null, "null")]
    public async Task A_sessions_change_from_elsewhere_is_refused(string? header, string? site, string? origin)
    {
        using var page = await Portal.Session(await Portal.SignIn());
        var headers = new[] { ("X-Portal-Request", header), ("Sec-Fetch-Site", site), ("Origin", origin) }.Where(h => h.Item2 is not null).Select(h => (h.Item1, h.Item2!));
        var answer = await page.SendBytes("POST", "/api/v1/nothing", [], [.. headers]);
        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        Assert.Equal("not from the portal's own pages", (await RecordOf(answer)).Detail);
    }

    [Fact]
    public async Task A_sessions_change_from_the_portals_own_pages_is_taken()
    {
        using var page = await Portal.Session(await Portal.SignIn());
        Assert.Equal("UnknownOperation", await page.Refused("POST", "/api/v1/nothing", 404));
        var origin = Portal.Address.GetLeftPart(UriPartial.Authority);
        var answer = await page.SendBytes("POST", "/api/v1/nothing", [], ("X-Portal-Request", "1"), ("Origin", origin));
        Assert.Equal(HttpStatusCode.NotFound, answer.Status);
    }

    [Fact]
    public async Task A_huge_body_is_refused_with_an_answer()
    {
        using var api = Signed;
        var answer = await api.Send("POST", "/api/v1/nothing", new string('a', 600 * 1024));
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("Serialization", answer.Code);
    }

    [Fact]
    public void Every_error_has_an_answer()
    {
        foreach (var error in Enum.GetValues<PortalError>())
        {
            var problem = AdminProblems.Of(new PortalException(error, "Why."), "id");
            Assert.InRange(problem.Status, 400, 503);
            Assert.Equal(error == PortalError.Internal ? null : "Why.", error == PortalError.Internal ? null : problem.Detail);
        }

        Assert.DoesNotContain("secret", AdminProblems.Of(new InvalidOperationException("secret"), "id").Detail!, StringComparison.Ordinal);
    }

    private async Task<AuditRecord> RecordOf(AdminAnswer answer)
    {
        var id = answer.Message.Headers.GetValues("X-Request-Id").Single();
        var call = new CallContext(await Portal.SignIn(), TestPortal.Region, "127.0.0.1", "test");
        var page = await Portal.Services.GetRequiredService<AuditLog>().Search(call, new AuditQuery { Limit = 500 }, null, default);
        return page.Events.Select(e => e.Record).Single(r => r.RequestId == id);
    }
}
