using Bunit;
using Microsoft.Extensions.DependencyInjection;
using OtpNet;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Pages;

namespace SecretsPortal.Web.Tests.Portal;

public sealed class AccountTests : PortalPageTest
{
    [Fact]
    public async Task The_second_factor_is_set_up_with_a_picture_or_a_key_and_shows_its_codes_once()
    {
        var page = Open();
        await Button(page, "Set up…").ClickAsync();
        Field(page, "Password").Type(Password);
        await page.Find("form").SubmitAsync();
        page.WaitForAssertion(() => Assert.NotNull(page.Find(".qr svg")));
        var svg = page.Find(".qr").InnerHtml;
        Assert.DoesNotContain("<script", svg, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("data:", svg, StringComparison.OrdinalIgnoreCase);
        var app = new Totp(Base32Encoding.ToBytes(page.Find(".key code").TextContent));

        Field(page, "The code that the app shows now").Type("000000");
        await page.Find("form").SubmitAsync();
        page.WaitForAssertion(() => Assert.Contains("The code does not fit.", page.Markup, StringComparison.Ordinal));
        Field(page, "The code that the app shows now").Type(app.ComputeTotp(TimeProvider.System.GetUtcNow().UtcDateTime));
        await page.Find("form").SubmitAsync();

        page.WaitForAssertion(() => Assert.Equal(10, page.FindAll(".codes li").Count));
        var first = page.Find(".codes code").TextContent;
        await Button(page, "I have kept them").ClickAsync();
        page.WaitForAssertion(() => Assert.Contains("10 recovery codes are left.", page.Markup, StringComparison.Ordinal));
        Assert.DoesNotContain(first, page.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("<svg viewBox=\"0 0 1", page.Find("section").InnerHtml, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_changes_nothing_and_says_so()
    {
        var page = Open();
        await Button(page, "Change").ClickAsync();
        Field(page, "Present password").Type("wrong");
        Field(page, "New password").Input("passwordpassword");
        page.WaitForAssertion(() => Assert.Contains("guessed first", page.Markup, StringComparison.Ordinal));
        Field(page, "New password").Input("violet harbour lantern");
        page.WaitForAssertion(() => Assert.Contains("Strong.", page.Markup, StringComparison.Ordinal));
        Field(page, "New password, once more").Type("violet harbour lantern");
        await page.Find("form").SubmitAsync();

        page.WaitForAssertion(() => Assert.Contains("The password is wrong.", page.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_changed_password_ends_the_other_sessions_and_keeps_this_one()
    {
        var other = await SignInAgain(Password);
        var page = Open();
        page.WaitForAssertion(() => Assert.Equal(2, page.FindAll(".records li").Count));
        Assert.Single(page.FindAll(".chip.live"));
        await Button(page, "Change").ClickAsync();
        Field(page, "Present password").Type(Password);
        Field(page, "New password").Input("violet harbour lantern");
        Field(page, "New password, once more").Type("violet harbour lantern");
        await page.Find("form").SubmitAsync();

        page.WaitForAssertion(() => Assert.Contains("Your password is changed", page.Markup, StringComparison.Ordinal));
        page.WaitForAssertion(() => Assert.Single(page.FindAll(".records li")));
        Assert.Null(await Services.GetRequiredService<SessionService>().Find(other, isUse: false, CancellationToken.None));
        Assert.DoesNotContain("violet harbour lantern", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_with_a_change_of_the_password_stands_beside_its_field_and_what_was_typed_stays()
    {
        var page = Open();
        await Button(page, "Change").ClickAsync();
        await Field(page, "New password").InputAsync("short");
        await Field(page, "New password, once more").TypeAsync("other");
        await page.Find("form").SubmitAsync();
        Assert.Equal(3, page.FindAll(".mud-input-helper-text.mud-input-error").Count);

        await Field(page, "Present password").TypeAsync("not the password");
        await Field(page, "New password").InputAsync("violet harbour lantern");
        await Field(page, "New password, once more").TypeAsync("violet harbour lantern");
        await page.Find("form").SubmitAsync();

        page.WaitForAssertion(() => Assert.NotEmpty(page.Find(".mud-input-helper-text.mud-input-error").TextContent));
        Assert.Empty(page.FindAll(".fault"));
        Assert.Equal("violet harbour lantern", Field(page, "New password").GetAttribute("value"));
    }

    [Fact]
    public async Task Another_session_is_ended_from_the_list()
    {
        var other = await SignInAgain(Password);
        var page = Open();
        page.WaitForAssertion(() => Assert.Equal(2, page.FindAll(".records li").Count));

        await Button(page, "End").ClickAsync();

        page.WaitForAssertion(() => Assert.Single(page.FindAll(".records li")));
        Assert.Null(await Services.GetRequiredService<SessionService>().Find(other, isUse: false, CancellationToken.None));
    }

    private IRenderedComponent<Account> Open()
    {
        var page = Render<Account>();
        page.WaitForAssertion(() => Assert.Contains("Signs in", page.Markup, StringComparison.Ordinal));
        return page;
    }

    private async Task<string> SignInAgain(string password) => (await Services.GetRequiredService<SignInService>().SignIn(
        "admin", new SecretText(password), new SignInOrigin("198.51.100.7", "test", "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0"), CancellationToken.None)).Session!.Id;
}
