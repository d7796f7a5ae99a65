using System.Net;
using AngleSharp.Html.Parser;

namespace SecretsPortal.Web.Tests;

/// <summary>What a browser without scripts does: keeps cookies, follows redirects by itself where it is told to, and posts the form of a page.</summary>
public sealed class FormBrowser : IDisposable
{
    private readonly HttpClient _http;
    private string _page = "";
    private Uri _at;

    public FormBrowser(Uri address)
    {
        _at = address;
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = Cookies }) { BaseAddress = address };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("Tests/1.0");
    }

    public CookieContainer Cookies { get; } = new();

    /// <summary>Where the last answer came from.</summary>
    public Uri At => _at;

    /// <summary>The text of the last page.</summary>
    public string Page => _page;

    /// <summary>What the page refuses; null where it refuses nothing.</summary>
    public string? Refusal => new HtmlParser().ParseDocument(_page).QuerySelector("#refusal")?.TextContent;

    /// <summary>Opens a page, with all redirects.</summary>
    public async Task<HttpStatusCode> Open(string address)
    {
        using var answer = await _http.GetAsync(new Uri(_at, address));
        return await Follow(answer);
    }

    /// <summary>Opens an address and stays there; gives where it leads.</summary>
    public async Task<Uri?> OpenOnly(string address)
    {
        using var answer = await _http.GetAsync(new Uri(_at, address));
        _at = answer.RequestMessage!.RequestUri!;
        _page = await answer.Content.ReadAsStringAsync();
        return answer.Headers.Location is { } to ? new Uri(_at, to) : null;
    }

    /// <summary>Sends the form of the page with these fields, and follows.</summary>
    public async Task<HttpStatusCode> Send(params (string Name, string Value)[] fields)
    {
        var form = new HtmlParser().ParseDocument(_page).QuerySelector("form") ?? throw new InvalidOperationException($"There is no form at {_at}: {_page}");
        var all = form.QuerySelectorAll("input[type=hidden]").ToDictionary(i => i.GetAttribute("name")!, i => i.GetAttribute("value") ?? "");
        foreach (var (name, value) in fields)
            all[name] = value;
        using var body = new FormUrlEncodedContent(all);
        using var answer = await _http.PostAsync(new Uri(_at, form.GetAttribute("action")), body);
        return await Follow(answer);
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpStatusCode> Follow(HttpResponseMessage first)
    {
        var answer = first;
        for (var hops = 0; ; hops++)
        {
            _at = answer.RequestMessage!.RequestUri!;
            _page = await answer.Content.ReadAsStringAsync();
            if (answer.Headers.Location is not { } to)
                return answer.StatusCode;
            Assert.True(hops < 10, $"More than ten redirects, the last one to {to}");
            answer = await _http.GetAsync(new Uri(_at, to));
        }
    }
}
