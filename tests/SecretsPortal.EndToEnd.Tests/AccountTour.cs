using Microsoft.Playwright;
using OtpNet;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.EndToEnd.Tests;

/// <summary>Sign-in and the account page.</summary>
public sealed class AccountTour : BrowserTour
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_second_factor_is_set_up_used_and_turned_off(int screen)
    {
        var suffix = Screens[screen].Suffix;
        Assert.SkipWhen(ExternalCommand.Chromium is null, "Chromium is not installed; check.sh installs it.");
        // The provider need not answer to be offered.
        await using var portal = await PortalProcess.Start(
            "--Portal:Oidc:Authority=https://login.example.com", "--Portal:Oidc:ClientId=portal", "--Portal:Oidc:DisplayName=Example Login", "--Portal:Oidc:Groups:admins=Administrator");
        await using var browser = await Browser.Start();
        var page = await NewPage(browser, portal, Screens[screen]);

        await page.GotoAsync("/sign-in?returnUrl=%2Faccount&notice=no-group");
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in with Example Login" }).WaitForAsync();
        await Look(page, $"sign-in-provider-{suffix}");
        await Password(page);
        await page.GetByRole(AriaRole.Heading, new() { Name = "Your account" }).WaitForAsync();
        await page.GetByText("this one").WaitForAsync();
        await Look(page, $"account-{suffix}");

        var app = await Enrol(page, suffix);
        await page.GetByRole(AriaRole.Button, new() { Name = "Change" }).First.ClickAsync();
        await page.GetByLabel("New password", new() { Exact = true }).FillAsync("passwordpassword");
        await page.GetByText("guessed first").WaitForAsync();
        await Look(page, $"account-password-{suffix}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await page.GotoAsync("/sign-in?returnUrl=%2Faccount");
        await Password(page);
        await page.GetByRole(AriaRole.Heading, new() { Name = "Second factor" }).WaitForAsync();
        await page.GetByLabel("Code").FillAsync("000000");
        await page.GetByRole(AriaRole.Button, new() { Name = "Go on" }).ClickAsync();
        await page.GetByText("The code does not fit").WaitForAsync();
        await Look(page, $"sign-in-code-{suffix}");
        await page.GetByLabel("Code").FillAsync(Next(app));
        await page.GetByRole(AriaRole.Button, new() { Name = "Go on" }).ClickAsync();
        await page.GetByText("10 recovery codes are left.").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Turn off…" }).ClickAsync();
        await page.GetByLabel("Password", new() { Exact = true }).WaitForAsync();
        await Look(page, $"account-turn-off-{suffix}");

        AssertNoComplaints();
    }

    [Fact]
    public async Task A_password_that_has_to_be_changed_is_changed_before_anything_else()
    {
        Assert.SkipWhen(ExternalCommand.Chromium is null, "Chromium is not installed; check.sh installs it.");
        await using var portal = await PortalProcess.Start();
        await using var browser = await Browser.Start();
        await using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(portal.DataDirectory, "portal.db")}"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "UPDATE caller SET must_change_password = 1 WHERE kind = 'User'";
            Assert.Equal(1, await command.ExecuteNonQueryAsync());
        }

        var page = await NewPage(browser, portal, Screens[2]);
        await page.GotoAsync("/sign-in?returnUrl=%2Faccount");
        await Password(page);
        await page.GetByRole(AriaRole.Heading, new() { Name = "Choose a new password" }).WaitForAsync();
        await page.GetByLabel("New password").FillAsync("too short");
        await page.GetByLabel("Once more").FillAsync("too short");
        await page.GetByRole(AriaRole.Button, new() { Name = "Set the password and go on" }).ClickAsync();
        await page.GetByText("The password has 9 of at least 15 characters.").WaitForAsync();
        await Look(page, "sign-in-new-password-phone");
        await page.GetByLabel("New password").FillAsync("violet harbour lantern");
        await page.GetByLabel("Once more").FillAsync("violet harbour lantern");
        await page.GetByRole(AriaRole.Button, new() { Name = "Set the password and go on" }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Your account" }).WaitForAsync();
        AssertNoComplaints();
    }

    private async Task<Totp> Enrol(IPage page, string suffix)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Set up…" }).ClickAsync();
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(PortalProcess.AdminPassword);
        await page.GetByRole(AriaRole.Button, new() { Name = "Go on" }).ClickAsync();
        await page.Locator(".qr svg").WaitForAsync();
        await Look(page, $"account-scan-{suffix}");
        var app = new Totp(Base32Encoding.ToBytes(await page.Locator(".key code").InnerTextAsync()));
        await page.GetByLabel("The code that the app shows now").FillAsync(app.ComputeTotp(TimeProvider.System.GetUtcNow().UtcDateTime));
        await page.GetByRole(AriaRole.Button, new() { Name = "Turn on" }).ClickAsync();
        await page.Locator(".codes li").First.WaitForAsync();
        await Look(page, $"account-codes-{suffix}");
        await page.GetByRole(AriaRole.Button, new() { Name = "I have kept them" }).ClickAsync();
        await page.GetByText("10 recovery codes are left.").WaitForAsync();
        await Look(page, $"account-on-{suffix}");
        return app;
    }

    // The code of the step to come: that of this one confirmed the set-up and is used up.
    private static string Next(Totp app) => app.ComputeTotp(TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(30));

    private static async Task Password(IPage page)
    {
        await page.GetByLabel("User name", new() { Exact = true }).FillAsync(PortalProcess.AdminUser);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(PortalProcess.AdminPassword);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }
}
