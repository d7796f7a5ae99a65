using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Tests.Secrets;

/// <summary>Days of reads are written behind the reads.</summary>
public sealed class AccessNotesTests
{
    private static readonly DateOnly s_day = new(2026, 3, 4);

    [Fact]
    public async Task Days_are_written_a_second_later_all_together()
    {
        await using var portal = await TestPortal.Start();
        var watch = portal.Get<ChangeWatch>();
        for (var i = 0; i < 3; i++)
            await portal.Create($"s{i}", "one");
        await portal.Log(); // Nothing that the creations left is still on its way.
        var before = await watch.Anything(default);

        for (var i = 0; i < 3; i++)
            await portal.Value($"s{i}");

        Assert.Equal(before, await watch.Anything(default));
        Assert.Null(await Stored(portal, "s0"));
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        await portal.Get<AccessNotes>().Flush(); // Waits for the one that the clock began.
        Assert.Equal([s_day, s_day, s_day], [await Stored(portal, "s0"), await Stored(portal, "s1"), await Stored(portal, "s2")]);
        Assert.Equal(before + 1, await watch.Anything(default));
    }

    [Fact]
    public async Task A_day_that_is_noted_is_not_written_again()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s", "one");
        await portal.Value("s");
        await portal.Get<AccessNotes>().Flush();
        await portal.Log();
        var before = await portal.Get<ChangeWatch>().Anything(default);

        for (var i = 0; i < 5; i++)
        {
            await portal.Value("s");
            await portal.Get<AccessNotes>().Flush();
        }

        Assert.Equal(before, await portal.Get<ChangeWatch>().Anything(default));
        portal.Clock.Advance(TimeSpan.FromDays(1));
        await portal.Value("s");
        await portal.Get<AccessNotes>().Flush();
        Assert.Equal(s_day.AddDays(1), await Stored(portal, "s"));
    }

    [Fact]
    public async Task What_waits_at_the_end_is_written()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s", "one");

        await using (var node = await portal.StartNode())
            await node.Value("s");

        Assert.Equal(s_day, await Stored(portal, "s"));
    }

    [Fact]
    public async Task A_day_that_cannot_be_written_takes_no_value_from_anybody_and_is_written_later()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s", "one");
        await portal.ExecuteUnseenAlways("CREATE TRIGGER full BEFORE UPDATE ON secret BEGIN SELECT RAISE(ABORT, 'no'); END");

        Assert.Equal("one", await portal.Value("s"));
        await portal.Get<AccessNotes>().Flush();
        Assert.Null(await Stored(portal, "s"));

        await portal.ExecuteUnseenAlways("DROP TRIGGER full");
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        await portal.Get<AccessNotes>().Flush();
        Assert.Equal(s_day, await Stored(portal, "s"));
    }

    private static async Task<DateOnly?> Stored(TestPortal portal, string name) =>
        (await portal.Get<SecretStore>().Find(TestPortal.Region, SecretId.Parse(name), default))!.LastAccessedOn;
}
