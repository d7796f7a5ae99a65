using System.Net;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Web.Tests.Portal;

/// <summary>Cookies of a portal that speaks HTTPS: all of them are for HTTPS alone, closed to scripts, and bound to the site.</summary>
public sealed class CookieTests
{
    [Fact]
    public async Task Every_cookie_is_secure_closed_to_scripts_and_bound_to_the_site()
    {
        using var folder = new TemporaryDirectory();
        var certificate = ServerCertificate.Create();
        await File.WriteAllTextAsync(folder["server.pem"], certificate.CertificatePem, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(folder["server.key"], certificate.KeyPem, TestContext.Current.CancellationToken);
        await using var portal = await TestPortal.Start(
            "--urls", "https://127.0.0.1:0", $"--Kestrel:Certificates:Default:Path={folder["server.pem"]}", $"--Kestrel:Certificates:Default:KeyPath={folder["server.key"]}");
        var jar = new CookieContainer();
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = jar };
        using var expected = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(certificate.CertificatePem);
        handler.SslOptions.RemoteCertificateValidationCallback = (_, given, _, _) => given?.GetCertHashString() == expected.GetCertHashString();
        using var http = new HttpClient(handler) { BaseAddress = portal.Address };

        using var form = await http.GetAsync(new Uri("/sign-in", UriKind.Relative), TestContext.Current.CancellationToken);
        var page = new AngleSharp.Html.Parser.HtmlParser().ParseDocument(await form.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var fields = page.QuerySelectorAll("form input[type=hidden]").ToDictionary(input => input.GetAttribute("name")!, input => input.GetAttribute("value") ?? "", StringComparer.Ordinal);
        fields["Form.Name"] = TestPortal.AdminUser;
        fields["Form.Password"] = TestPortal.AdminPassword;
        using var content = new FormUrlEncodedContent(fields);
        using var signedIn = await http.PostAsync(new Uri("/sign-in", UriKind.Relative), content, TestContext.Current.CancellationToken);

        var cookies = new[] { form, signedIn }.SelectMany(answer => answer.Headers.TryGetValues("Set-Cookie", out var set) ? set : [])
            .Where(cookie => !cookie.Contains("expires=Thu, 01 Jan 1970", StringComparison.OrdinalIgnoreCase)).ToList();
        Assert.Equal(["secretsportal.antiforgery", "secretsportal.device", "secretsportal.session"], cookies.Select(cookie => cookie[..cookie.IndexOf('=', StringComparison.Ordinal)]).Distinct().Order());
        Assert.All(cookies, cookie =>
        {
            Assert.Contains("; secure", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("; httponly", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.Matches("(?i); samesite=(strict|lax)", cookie);
        });
    }

    [Fact]
    public async Task A_form_without_its_token_is_refused()
    {
        await using var portal = await TestPortal.Start();
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        using var content = new FormUrlEncodedContent(new Dictionary<string, string> { ["_handler"] = "sign-in", ["Form.Name"] = TestPortal.AdminUser, ["Form.Password"] = TestPortal.AdminPassword });

        using var answer = await http.PostAsync(new Uri(portal.Address, "/sign-in"), content, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.False(answer.Headers.TryGetValues("Set-Cookie", out var set) && set.Any(cookie => cookie.StartsWith("secretsportal.session", StringComparison.Ordinal)));
    }
}
