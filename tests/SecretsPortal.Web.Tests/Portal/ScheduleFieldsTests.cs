using Bunit;
using SecretsPortal.Web.Portal.Components;
using SecretsPortal.Web.Portal.Model;

namespace SecretsPortal.Web.Tests.Portal;

/// <summary>The fields that put a schedule together.</summary>
public sealed class ScheduleFieldsTests : PortalPageTest
{
    private readonly ScheduleDraft _draft = new();

    [Fact]
    public async Task Windows_are_said_in_words_in_UTC_and_in_the_browsers_own_time()
    {
        JSInterop.Setup<string?>("portal.zone").SetResult("Asia/Kolkata");
        var fields = Show();
        await Radio(fields, "On weekdays");
        await fields.Find("input[aria-label=Wednesday]").ChangeAsync(true);
        await fields.Find("input[aria-label=Sunday]").ChangeAsync(false);

        Assert.Equal("cron(0 4 ? * WED *)", _draft.ToSchedule().Expression);
        Assert.Equal("At 04:00 UTC on Wednesdays", fields.Find(".preview strong").TextContent);
        Assert.Equal(5, fields.FindAll(".windows li").Count);
        Assert.Matches(@"^Wed \d+ \w+ \d{4}, 04:00 to 24:00 UTC$", fields.Find(".window-utc").TextContent.Trim());
        fields.WaitForAssertion(() => Assert.Matches(@"^Wed \d+ \w+ \d{4}, 09:30 to Thu 05:30$", fields.Find(".window-local").TextContent));
        Assert.Matches("^in .*(days?|hours|hour|minutes|moment)$", fields.Find(".window-when").TextContent);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Nowhere/Land")]
    [InlineData("UTC")]
    public void A_browser_whose_zone_says_nothing_new_is_shown_UTC_alone(string? zone)
    {
        JSInterop.Setup<string?>("portal.zone").SetResult(zone);

        var fields = Show();

        Assert.Equal(5, fields.FindAll(".window-utc").Count);
        Assert.Empty(fields.FindAll(".window-local"));
    }

    [Fact]
    public async Task Days_of_the_month_and_the_last_one_are_put_together()
    {
        var fields = Show();
        await Radio(fields, "On days of the month");
        foreach (var day in new[] { "15", "Last" })
            await fields.FindAll("label.day").Single(one => one.TextContent.Trim() == day).QuerySelector("input")!.ChangeAsync(true);
        await fields.FindAll("label.day").Single(one => one.TextContent.Trim() == "1").QuerySelector("input")!.ChangeAsync(false);

        Assert.Equal("cron(0 4 15,L * ? *)", _draft.ToSchedule().Expression);

        await fields.FindAll("label.day").Single(one => one.TextContent.Trim() == "15").QuerySelector("input")!.ChangeAsync(false);
        await fields.FindAll("label.day").Single(one => one.TextContent.Trim() == "Last").QuerySelector("input")!.ChangeAsync(false);
        Assert.Contains("Choose at least one day of the month.", fields.Find(".preview").TextContent, StringComparison.Ordinal);
    }

    private IRenderedComponent<ScheduleFields> Show() =>
        Render<ScheduleFields>(fields => fields.Add(one => one.Draft, _draft).Add(one => one.LastRotation, TimeProvider.System.GetUtcNow()));

    private static Task Radio(IRenderedComponent<ScheduleFields> fields, string name) =>
        fields.FindAll("label.mode").First(one => one.TextContent.Trim() == name).QuerySelector("input")!.ChangeAsync("on");
}
