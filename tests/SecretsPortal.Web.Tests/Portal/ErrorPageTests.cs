using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.Data.Sqlite;
using SecretsPortal.Web.Doors;
using SecretsPortal.Web.Portal.Pages;

namespace SecretsPortal.Web.Tests.Portal;

/// <summary>What a browser is answered where the page that it asked for can't be, by the real host: what happened, what to do, and nothing of the inside.</summary>
public sealed class ErrorPageTests
{
    private const string Inside = "the inside of the portal";

    [Fact]
    public async Task Each_error_page_says_what_to_do_and_nothing_of_the_inside()
    {
        await using var portal = await TestPortal.Start(static app =>
        {
            app.MapGet("/breaks", static string () => throw new InvalidOperationException(Inside)).WithMetadata(new ComponentTypeMetadata(typeof(NotFound))).WithDoor(DoorRule.SignedIn);
        });
        var (admin, nobody) = (await portal.SignIn(), await portal.AddUser("nobody"));

        // What is missing is said within the portal's frame, by the page that answers every other address.
        using var missing = await portal.GetAs(admin, "/no/such/page");
        await Says(missing, HttpStatusCode.NotFound, "_framework/blazor.web");
        using var denied = await portal.GetAs(nobody, "/access/users");
        await Says(denied, HttpStatusCode.Forbidden, "This is not open to you", "secretsportal:ListUsers", "can grant it");
        using var broken = await portal.GetAs(admin, "/breaks?what=this");
        await Says(broken, HttpStatusCode.InternalServerError, "Something went wrong in the portal", "under the request", "href=\"/breaks?what=this\"", "tell whoever runs the portal");
    }

    [Theory]
    [InlineData("overwritten")]
    [InlineData("cut")]
    [InlineData("gone")]
    public async Task While_the_store_is_away_pages_say_so_and_the_session_goes_on_once_it_is_back(string how)
    {
        await using var portal = await TestPortal.Start();
        var cookie = await portal.Cookie(await portal.SignIn());
        using var before = await Get(portal, "/secrets", cookie);
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);

        var file = Path.Combine(portal.DataDirectory, "portal.db");
        var kept = await Break(file, how);
        using (var away = await Get(portal, "/secrets?search=db%20one", cookie))
        {
            await Says(away, HttpStatusCode.ServiceUnavailable, "store does not answer", "Nothing is lost", "href=\"/health/ready\"", "href=\"/secrets?search=db%20one\"", "Try again");
            Assert.False(away.Headers.Contains("Set-Cookie"), "The session's cookie was touched.");
        }

        using (var api = await Get(portal, "/api/v1/users", cookie))
            Assert.Equal(HttpStatusCode.ServiceUnavailable, api.StatusCode);
        using (var connection = await Get(portal, "/session", cookie, accept: "*/*"))
            Assert.Equal(HttpStatusCode.ServiceUnavailable, connection.StatusCode);
        // What is open to everybody asks for no session.
        using (var script = await Get(portal, "/portal.js", cookie, accept: "*/*"))
            Assert.Equal(HttpStatusCode.OK, script.StatusCode);

        if (how == "gone")
            File.Move(kept, file);
        else
            await File.WriteAllBytesAsync(file, await File.ReadAllBytesAsync(kept, TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        using var after = await Get(portal, "/secrets?search=db%20one", cookie);
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
    }

    private static async Task<string> Break(string file, string how)
    {
        var kept = file + ".kept";
        await using (var connection = new SqliteConnection($"Data Source={file};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var checkpoint = connection.CreateCommand();
            checkpoint.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
            await checkpoint.ExecuteNonQueryAsync();
        }

        if (how == "gone")
        {
            File.Move(file, kept);
            return kept;
        }

        File.Copy(file, kept);
        if (how == "cut")
            await File.WriteAllTextAsync(file, "not a database");
        else
            await File.WriteAllBytesAsync(file, Enumerable.Repeat((byte)0x5A, (int)new FileInfo(file).Length).ToArray());
        return kept;
    }

    private static async Task<HttpResponseMessage> Get(TestPortal portal, string path, string cookie, string accept = "text/html")
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(portal.Address, path));
        request.Headers.Add("Cookie", cookie);
        request.Headers.Add("Accept", accept);
        return await http.SendAsync(request);
    }

    private static async Task Says(HttpResponseMessage answer, HttpStatusCode status, params string[] words)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.StatusCode == status, $"{answer.StatusCode}: {text}");
        Assert.All(words, word => Assert.Contains(word, text, StringComparison.Ordinal));
        Assert.DoesNotContain(Inside, text, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", text, StringComparison.Ordinal);
        Assert.Contains("script-src 'self'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
    }
}
