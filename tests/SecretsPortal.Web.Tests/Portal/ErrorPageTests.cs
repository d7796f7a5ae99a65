using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components.Endpoints;
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
