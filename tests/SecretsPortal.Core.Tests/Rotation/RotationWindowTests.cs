using SecretsPortal.Core.Rotation;

namespace SecretsPortal.Core.Tests.Rotation;

public sealed class RotationWindowTests
{
    private static readonly DateTimeOffset s_start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1, 30)]
    [InlineData(2, 60)]
    [InlineData(24, 60)]
    public void Rotations_begin_spread_over_the_first_half_of_a_window_and_at_most_an_hour_into_it(int hours, int spreadMinutes)
    {
        var window = new RotationWindow(s_start, s_start.AddHours(hours));

        var begins = Enumerable.Range(0, 10_000).Select(i => (window.BeginOf($"{i:x32}") - s_start).TotalMinutes).ToList();

        Assert.All(begins, minutes => Assert.InRange(minutes, 0, spreadMinutes - 1 / 60.0));
        // Every tenth of the stretch has its tenth of the secrets, give or take.
        Assert.All(begins.CountBy(minutes => (int)(minutes * 10 / spreadMinutes)), tenth => Assert.InRange(tenth.Value, 850, 1150));
    }

    [Fact]
    public void A_secret_begins_at_the_same_place_of_every_window_and_on_every_node()
    {
        // By hand: SHA-256 of 32 zeros, first eight bytes as a number, modulo 3,600 seconds.
        var id = new string('0', 32);
        var expected = TimeSpan.FromSeconds(BitConverter.ToUInt64([.. System.Security.Cryptography.SHA256.HashData("00000000000000000000000000000000"u8)[..8].Reverse()]) % 3600);

        Assert.Equal(s_start + expected, new RotationWindow(s_start, s_start.AddDays(1)).BeginOf(id));
        Assert.Equal(s_start.AddDays(9) + expected, new RotationWindow(s_start.AddDays(9), s_start.AddDays(9).AddHours(2)).BeginOf(id));
    }

    [Fact]
    public void A_window_too_short_to_spread_begins_at_its_start() =>
        Assert.Equal(s_start, new RotationWindow(s_start, s_start.AddSeconds(1)).BeginOf("any"));
}
