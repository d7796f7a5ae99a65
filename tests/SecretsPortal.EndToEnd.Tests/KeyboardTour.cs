using Microsoft.Playwright;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.EndToEnd.Tests;

/// <summary>The portal without a mouse: every step is a key.</summary>
public sealed class KeyboardTour : BrowserTour
{
    [Fact]
    public async Task A_secret_is_stored_found_and_read_by_the_keyboard_alone()
    {
        Assert.SkipWhen(ExternalCommand.Chromium is null, "Chromium is not installed; check.sh installs it.");
        await using var portal = await PortalProcess.Start();
        await using var browser = await Browser.Start();
        var page = await NewPage(browser, portal, Screens[0]);
        await page.GotoAsync("/sign-in");
        await page.Keyboard.TypeAsync(PortalProcess.AdminUser);
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync(PortalProcess.AdminPassword);
        await page.Keyboard.PressAsync("Enter");
        await Heading(page, "Overview");

        await Go(page, "k", "Keys");
        await Go(page, "s", "Secrets");
        await page.Keyboard.PressAsync("?");
        await page.Locator(".shortcuts").WaitForAsync();
        await Look(page, "shortcuts");
        // Keys do nothing of their own while a dialog is open.
        await page.Keyboard.PressAsync("g");
        await page.Keyboard.PressAsync("k");
        await Assertions.Expect(page.Locator(".mud-dialog-container:focus-within, .mud-dialog:focus-within").First).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.Locator(".shortcuts")).ToHaveCountAsync(0);
        await Heading(page, "Secrets");

        await Palette(page, "store");
        await Look(page, "palette-actions");
        await page.Keyboard.PressAsync("Enter");
        await Heading(page, "Store a secret");
        await Store(page);
        await Go(page, "k", "Keys");
        await Palette(page, "keyboard");
        await page.GetByRole(AriaRole.Group, new() { Name = "Secrets" }).GetByRole(AriaRole.Option, new() { Name = "tour/keyboard" }).WaitForAsync();
        await page.Keyboard.PressAsync("Enter");
        await Heading(page, "tour/keyboard");
        await page.GetByRole(AriaRole.Button, new() { Name = "Reveal" }).WaitForAsync();
        await TabTo(page, page.GetByRole(AriaRole.Button, new() { Name = "Reveal" }));
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("[data-field=token] code")).ToHaveTextAsync("by-the-keyboard");
        AssertNoComplaints();
    }

    /// <summary>From the first step to the stored secret.</summary>
    private static async Task Store(IPage page)
    {
        await page.GetByText("What is kept in it?").WaitForAsync();
        await TabTo(page, page.Locator("input[type=radio][name=kind]:focus"));
        var chosen = page.Locator(".kind.chosen .kind-name");
        for (var press = 0; press < 6 && await chosen.TextContentAsync() != "Other type of secret"; press++)
        {
            var before = await chosen.TextContentAsync();
            await page.Keyboard.PressAsync("ArrowDown");
            await Assertions.Expect(chosen).Not.ToHaveTextAsync(before!);
        }

        await page.Keyboard.PressAsync("Enter");
        await Step(page, "Value");
        await TabTo(page, page.Locator("input").And(page.GetByLabel("Key", new() { Exact = true })));
        await page.Keyboard.TypeAsync("token");
        await TabTo(page, page.Locator("input").And(page.GetByLabel("Value", new() { Exact = true })));
        await page.Keyboard.TypeAsync("by-the-keyboard");
        await page.Keyboard.PressAsync("Enter");
        await Step(page, "Name");
        await TabTo(page, page.Locator("input").And(page.GetByLabel("Name", new() { Exact = true })));
        await page.Keyboard.TypeAsync("tour/keyboard");
        await page.Keyboard.PressAsync("Enter");
        await Step(page, "Rotation");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Enter");
        await Step(page, "Review");
        await TabTo(page, page.GetByRole(AriaRole.Button, new() { Name = "Store the secret" }));
        await page.Keyboard.PressAsync("Enter");
        await Heading(page, "tour/keyboard");
    }

    private static Task Step(IPage page, string heading) =>
        Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = heading, Exact = true, Level = 2 })).ToBeFocusedAsync();

    /// <summary>Presses Tab until the control has the focus.</summary>
    private static async Task TabTo(IPage page, ILocator control)
    {
        for (var press = 0; press < 60; press++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await control.CountAsync() > 0 && await control.First.EvaluateAsync<bool>("control => control === document.activeElement"))
                return;
        }

        Assert.Fail($"Tab does not lead to {control}.");
    }

    [Fact]
    public async Task The_palette_finds_what_the_user_may_see_and_rotates_after_asking()
    {
        Assert.SkipWhen(ExternalCommand.Chromium is null, "Chromium is not installed; check.sh installs it.");
        await using var portal = await PortalProcess.Start();
        await Store(portal);
        await using var browser = await Browser.Start();
        foreach (var screen in Screens)
        {
            var page = await NewPage(browser, portal, screen);
            await page.SignIn();
            await page.GotoAsync("/secret?id=prod%2Forders");
            await Heading(page, "prod/orders");
            await page.WaitForFunctionAsync("() => (sessionStorage.getItem('secretsportal.places') ?? '').includes('prod%2Forders')");
            await page.GotoAsync("/keys");
            await Heading(page, "Keys");
            await Palette(page, "");
            await page.GetByRole(AriaRole.Option, new() { Name = "prod/orders" }).WaitForAsync();
            await Look(page, $"palette-recent-{screen.Suffix}");
            await page.Keyboard.TypeAsync("orders");
            await page.GetByRole(AriaRole.Group, new() { Name = "Secrets" }).GetByRole(AriaRole.Option, new() { Name = "prod/orders" }).WaitForAsync();
            await Look(page, $"palette-found-{screen.Suffix}");
            await page.Keyboard.PressAsync("Enter");
            await Heading(page, "prod/orders");
        }

        var last = await NewPage(browser, portal, Screens[0]);
        await last.SignIn();
        await Palette(last, "no such thing");
        await last.GetByText("Nothing fits").WaitForAsync();
        await Look(last, "palette-nothing");
        await last.Keyboard.PressAsync("Escape");
        await Assertions.Expect(last.Locator(".palette")).ToHaveCountAsync(0);
        await Palette(last, "rotate orders");
        await last.GetByRole(AriaRole.Option, new() { Name = "Rotate prod/orders…" }).WaitForAsync();
        await last.Keyboard.PressAsync("Enter");
        await last.GetByText("gets a new value now").WaitForAsync();
        await Look(last, "palette-rotate");
        await last.GetByRole(AriaRole.Button, new() { Name = "Rotate now" }).PressAsync("Enter");
        await Heading(last, "prod/orders");
        await last.GotoAsync("/secret?id=prod%2Forders&tab=versions");
        await last.Locator(".versions").First.GetByText("AWSPREVIOUS").WaitForAsync(new() { Timeout = 60_000 });
        AssertNoComplaints();
    }

    private static async Task Store(PortalProcess portal)
    {
        using var aws = new Web.Tests.SigningClient(portal.Address,
            new Core.SigV4.SigningCredentials(PortalProcess.AccessKeyId, new Core.Secrets.SecretText(PortalProcess.SecretAccessKey)), "us-east-1");
        await aws.Ok("CreateSecret", new { Name = "prod/orders", Description = "Orders, application key", ClientRequestToken = Token(), SecretString = "first" });
        await aws.Ok("RotateSecret", new
        {
            SecretId = "prod/orders", ClientRequestToken = Token(), RotateImmediately = false, RotationRules = new { AutomaticallyAfterDays = 30 },
            RotationLambdaARN = "arn:aws:lambda:us-east-1:000000000000:function:SecretsPortalGenerate",
        });
    }

    private static string Token() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();

    private static Task Heading(IPage page, string name) => page.GetByRole(AriaRole.Heading, new() { Name = name, Exact = true, Level = 1 }).WaitForAsync();

    private static async Task Go(IPage page, string key, string heading)
    {
        await page.Keyboard.PressAsync("g");
        await page.Keyboard.PressAsync(key);
        await Heading(page, heading);
    }

    private static async Task Palette(IPage page, string text)
    {
        await page.Keyboard.PressAsync("Control+k");
        await Assertions.Expect(page.GetByRole(AriaRole.Combobox, new() { Name = "Go to, find or do" })).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync(text);
    }
}
