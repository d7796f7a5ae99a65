using System.Globalization;

namespace SecretsPortal.Web.Tests.Drills;

/// <summary>
/// The first request after a revocation is refused. A few rounds here; <c>tests/drill.sh revocation 1000</c> makes as many as it is told and
/// prints what came of them.
/// </summary>
public sealed class RevocationDrillTests
{
    private static readonly int? s_longRounds =
        int.TryParse(Environment.GetEnvironmentVariable("REVOCATION_ROUNDS"), CultureInfo.InvariantCulture, out var rounds) ? rounds : null;

    [Fact]
    public async Task The_first_request_after_a_revocation_is_refused_on_the_other_host()
    {
        await using var first = await TestPortal.Start("--Logging:LogLevel:Default=Error");
        await using var second = await first.StartNode("--Logging:LogLevel:Default=Error");
        var drill = await RevocationDrill.Begin(first, second);

        for (var round = 0; round < (s_longRounds ?? 70); round++)
        {
            await drill.Round(round);
            if (s_longRounds is not null && (round + 1) % 100 == 0)
                Console.WriteLine($"{round + 1} rounds: {drill.Refused} refused on the first request after it, {drill.Late} not");
        }

        Console.WriteLine(drill);
        Assert.True(drill.Late == 0, drill.ToString());
        Assert.Equal(s_longRounds ?? 70, drill.Refused);
    }
}
