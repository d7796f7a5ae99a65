using SecretsPortal.Core.Rotation;

namespace SecretsPortal.Core.Tests.Rotation;

public sealed class RotationHealthTests
{
    private static readonly DateTimeOffset s_now = new(2026, 3, 4, 10, 0, 0, TimeSpan.Zero);

    /// <summary>Every combination of what counts, each time before, at and after now.</summary>
    public static IEnumerable<RotationFacts> All =>
        from enabled in (bool[])[true, false]
        from deleted in (bool[])[true, false]
        from due in Times
        from overdue in Times
        from run in (RotationRunState?[])[null, RotationRunState.Queued, RotationRunState.Running, RotationRunState.Retrying]
        from failed in (DateTimeOffset?[])[null, s_now.AddDays(-2)]
        from changed in (DateTimeOffset?[])[null, s_now.AddDays(-3), s_now.AddDays(-2), s_now.AddDays(-1)]
        from refused in (bool[])[true, false]
        select new RotationFacts
        {
            IsEnabled = enabled, IsDeleted = deleted, DueAt = due, OverdueAt = overdue, OpenRun = run, FailedAt = failed, ChangedAt = changed, IsRefused = refused,
        };

    private static IEnumerable<DateTimeOffset?> Times => [null, s_now.AddHours(-1), s_now, s_now.AddHours(1), s_now.AddHours(2)];

    [Fact]
    public void Every_combination_has_the_health_of_the_first_rule_that_fits()
    {
        var seen = new HashSet<RotationHealth>();
        foreach (var facts in All)
        {
            // Written down as the documentation has it, rule by rule.
            (bool Fits, RotationHealth Health)[] rules =
            [
                (facts.IsDeleted, RotationHealth.Off),
                (facts.IsEnabled && facts.OpenRun is not null && HasCome(facts.OverdueAt), RotationHealth.Overdue),
                (facts.OpenRun == RotationRunState.Retrying, RotationHealth.Retrying),
                (facts.OpenRun is RotationRunState.Queued or RotationRunState.Running, RotationHealth.Rotating),
                (!facts.IsEnabled, RotationHealth.Off),
                (facts.IsRefused, RotationHealth.OutOfSync),
                (facts.FailedAt is not null && (facts.ChangedAt is null || facts.ChangedAt < facts.FailedAt), RotationHealth.Failed),
                (HasCome(facts.OverdueAt), RotationHealth.Overdue),
                (HasCome(facts.DueAt), RotationHealth.Due),
                (true, RotationHealth.Healthy),
            ];
            var expected = rules.First(rule => rule.Fits).Health;
            Assert.True(expected == facts.At(s_now), $"{expected} expected for {facts}, not {facts.At(s_now)}");
            seen.Add(expected);
        }

        Assert.Equal(Enum.GetValues<RotationHealth>(), seen.Order());

        static bool HasCome(DateTimeOffset? at) => at is { } known && known <= s_now;
    }

    [Fact]
    public void The_next_change_is_the_first_instant_at_which_the_health_is_another_one()
    {
        foreach (var facts in All)
        {
            var health = facts.At(s_now);
            // Nothing but the two times passes by itself, and they lie on half hours here.
            var expected = Enumerable.Range(1, 8).Select(i => s_now.AddMinutes(30 * i)).Where(at => facts.At(at) != health).Cast<DateTimeOffset?>().FirstOrDefault();
            Assert.Equal(expected, facts.ChangesAfter(s_now));
            if (expected is { } at)
                Assert.Equal(health, facts.At(at.AddTicks(-1)));
        }
    }

    [Fact]
    public void Each_trouble_is_told_once_and_its_end_once()
    {
        RotationHealth[] healths =
        [
            RotationHealth.Healthy, RotationHealth.Due, RotationHealth.Overdue, RotationHealth.Overdue, RotationHealth.Healthy, RotationHealth.OutOfSync,
            RotationHealth.Rotating, RotationHealth.OutOfSync, RotationHealth.Rotating, RotationHealth.Healthy, RotationHealth.Healthy,
        ];
        Assert.Equal([RotationEvent.Overdue, RotationEvent.Recovered, RotationEvent.OutOfSync, RotationEvent.Recovered], Told(healths.Select(h => (h, false))));
    }

    [Fact]
    public void Each_rotation_that_was_given_up_is_told_and_what_follows_from_it_is_not()
    {
        (RotationHealth, bool)[] course =
        [
            (RotationHealth.Rotating, false), (RotationHealth.Retrying, false), (RotationHealth.Failed, true), (RotationHealth.Failed, false),
            (RotationHealth.Overdue, false), (RotationHealth.Failed, true), (RotationHealth.Rotating, false), (RotationHealth.Healthy, false),
        ];
        Assert.Equal([RotationEvent.Failed, RotationEvent.Failed, RotationEvent.Recovered], Told(course));
    }

    [Fact]
    public void A_rotation_that_was_stopped_is_no_recovery() => Assert.Equal(
        [RotationEvent.Failed], Told([(RotationHealth.Failed, true), (RotationHealth.Off, false), (RotationHealth.Healthy, false)]));

    private static IEnumerable<RotationEvent> Told(IEnumerable<(RotationHealth Health, bool HasFailed)> course)
    {
        RotationEvent? open = null;
        foreach (var (health, hasFailed) in course)
        {
            (var tell, open) = RotationAlarms.After(open, health, hasFailed);
            if (tell is { } told)
                yield return told;
        }
    }
}
