namespace SecretsPortal.Web.Tests.Portal;

/// <summary>What pages allow their browser. That no page breaks it is seen in the browser, by the walk through every page.</summary>
public sealed class PagePolicyTests(SharedPortal shared)
{
    [Fact]
    public async Task Scripts_are_files_of_the_portal()
    {
        var portal = await shared.Portal;
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(portal.Address, "/sign-in"));
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy")).Split(';', StringSplitOptions.TrimEntries)
            .ToDictionary(static directive => directive.Split(' ')[0], static directive => directive.Split(' ')[1..]);
        Assert.Equal(["'self'"], policy["script-src"]);
        Assert.Equal(["'none'"], policy["default-src"]);
    }
}
