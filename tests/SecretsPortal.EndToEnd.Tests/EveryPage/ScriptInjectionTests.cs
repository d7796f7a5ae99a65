using Microsoft.Playwright;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.EndToEnd.Tests.EveryPage;

/// <summary>
/// Markup in every text that a person or a program can fill, and in every part of an address: it is shown as it was written, on every page and in
/// every dialog. Nothing of it runs, nothing becomes an element, and the content security policy has nothing to stop.
/// </summary>
[Collection(nameof(FilledPortal))]
public sealed class ScriptInjectionTests(FilledPortal portal)
{
    private static readonly string s_markup = Uri.EscapeDataString(FilledPortal.Markup);

    // What looks like a file is answered without a page.
    private static readonly string s_path = $"/{Uri.EscapeDataString(FilledPortal.Markup.Replace('.', '_').Replace('/', '_'))}";

    [Fact]
    public async Task The_watch_sees_what_a_page_would_let_through()
    {
        var page = await portal.Browser.NewPage(portal.Process.Address);
        await page.AddInitScriptAsync(Walk.Watch);
        await page.GotoAsync("/sign-in");

        await page.EvaluateAsync("text => { document.querySelector('main').innerHTML += text; }", FilledPortal.Markup);
        await page.WaitForFunctionAsync("window.stopped.length > 0");

        var seen = await Walk.Injections(page, "here");
        Assert.Contains(seen, line => line.StartsWith("here: element: <img", StringComparison.Ordinal));
        Assert.Contains(seen, line => line.StartsWith("here: script-src", StringComparison.Ordinal));
        Assert.DoesNotContain(seen, line => line.StartsWith("here: ran", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_that_is_stored_runs_on_any_page()
    {
        var found = await portal.Walks;

        Assert.Empty(found.SelectMany(one => one.Injections.Select(injection => $"{one.Screen} {injection}")));
        // The texts were there to be seen: descriptions, fields and values of secrets, tags, policies, keys, what a function said, the log.
        var shown = found.Count(one => one.Shown > 0);
        Assert.True(shown >= 12, $"The markup was shown at {shown} looks only.");
    }

    [Fact]
    public async Task Nothing_in_an_address_runs()
    {
        var (page, seen) = await Visitor();
        foreach (var address in new[]
        {
            $"/secrets?q={s_markup}&search={s_markup}&words={s_markup}&folder={s_markup}&view={s_markup}&region={s_markup}", $"/secret?id={s_markup}", $"/secret?id={Uri.EscapeDataString(FilledPortal.Secret)}&tab={s_markup}&version={s_markup}",
            $"/audit?resource={s_markup}&action={s_markup}&caller={s_markup}&from={s_markup}&outcome={s_markup}", $"/key?name={s_markup}", $"/access/user?name={s_markup}", $"/access/group?name={s_markup}",
            $"/access/client?name={s_markup}", $"/access/policy?name={s_markup}", $"/access/why?caller={s_markup}&action={s_markup}&resource={s_markup}", s_path, $"/secrets/new?kind={s_markup}&name={s_markup}",
            "/access/why?caller=javascript:window.ranHere=1&action=javascript:window.ranHere=1",
        })
        {
            var answer = await page.GotoAsync(address);
            Assert.True(answer!.Status is 200 or 404, $"{address} answered {answer.Status}");
            await page.WaitUntilShown();
            seen.AddRange(await Walk.Injections(page, address));
        }

        var stranger = await portal.Browser.NewPage(portal.Process.Address);
        await stranger.AddInitScriptAsync(Walk.Watch);
        foreach (var address in new[] { $"/sign-in?notice={s_markup}&returnUrl={s_markup}", $"/sign-in?returnUrl=javascript:window.ranHere=1", s_path })
        {
            await stranger.GotoAsync(address);
            await stranger.WaitUntilShown();
            seen.AddRange(await Walk.Injections(stranger, address));
        }

        Assert.Empty(seen);
    }

    [Fact]
    public async Task Nothing_that_is_typed_at_sign_in_or_said_by_a_browser_runs()
    {
        var page = await portal.Browser.NewPage(portal.Process.Address, userAgent: FilledPortal.Markup);
        await page.AddInitScriptAsync(Walk.Watch);
        await page.GotoAsync("/sign-in?returnUrl=%2Faccount");
        await page.GetByLabel("User name", new() { Exact = true }).FillAsync(FilledPortal.Markup[..64]);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(FilledPortal.Markup);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.Locator(".refusal").WaitForAsync();
        var seen = new List<string>(await Walk.Injections(page, "/sign-in refused"));

        await page.GetByLabel("User name", new() { Exact = true }).FillAsync(PortalProcess.AdminUser);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(PortalProcess.AdminPassword);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.WaitUntilShown();
        seen.AddRange(await Walk.Injections(page, "/account"));
        await page.GotoAsync("/audit");
        await page.WaitUntilShown();
        seen.AddRange(await Walk.Injections(page, "/audit"));
        Assert.Empty(seen);
    }

    private async Task<(IPage Page, List<string> Seen)> Visitor()
    {
        var page = await portal.NewVisitor(ColorScheme.Light, 1440);
        var seen = new List<string>();
        page.Dialog += (_, dialog) => seen.Add($"a dialog of the browser: {dialog.Message}");
        return (page, seen);
    }
}
