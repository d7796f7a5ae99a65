using SecretsPortal.Core.Rotation;

namespace SecretsPortal.Core.Tests.Rotation;

public sealed class RotationCycleTests
{
    private static readonly DateTimeOffset s_now = new(2026, 3, 4, 10, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset s_windowOpen = s_now.AddHours(1);
    private static readonly DateTimeOffset s_windowOver = s_now.AddMinutes(-1);
    private static readonly DateTimeOffset s_waitOver = s_now - RotationCycle.LongestWait;
    private static readonly TargetAnswer[] s_answers = Enum.GetValues<TargetAnswer>();
    private static readonly RotationStep?[] s_steps = [null, .. Enum.GetValues<RotationStep>().Select(step => (RotationStep?)step)];

    /// <summary>
    /// After the last attempt of a run that had begun setSecret: the rows are what the target says to the pending, the current and the other
    /// values (Accepted, Refused, Unknown; * for any).
    /// </summary>
    private static readonly (string Answers, CycleAction Begun, CycleAction NotBegun, CycleAction Resolving)[] s_table =
    [
        ("*A*", CycleAction.GiveUp, CycleAction.GiveUp, CycleAction.Keep),
        ("AR*", CycleAction.Finish, CycleAction.Finish, CycleAction.Finish),
        ("AU*", CycleAction.Finish, CycleAction.GiveUp, CycleAction.Wait),
        ("RRA", CycleAction.Restore, CycleAction.GiveUp, CycleAction.Restore),
        ("RRR", CycleAction.GiveUp, CycleAction.GiveUp, CycleAction.GiveUp),
        ("RRU", CycleAction.GiveUp, CycleAction.GiveUp, CycleAction.Wait),
        ("RU*", CycleAction.GiveUp, CycleAction.GiveUp, CycleAction.Wait),
        ("URA", CycleAction.Restore, CycleAction.GiveUp, CycleAction.Restore),
        ("URR", CycleAction.Wait, CycleAction.GiveUp, CycleAction.Wait),
        ("URU", CycleAction.Wait, CycleAction.GiveUp, CycleAction.Wait),
        ("UU*", CycleAction.Wait, CycleAction.GiveUp, CycleAction.Wait),
    ];

    [Fact]
    public void The_steps_follow_one_another_and_the_labels_last()
    {
        Assert.Equal(
            [
                new CycleDecision(CycleAction.Step, RotationStep.CreateSecret), new CycleDecision(CycleAction.Step, RotationStep.SetSecret),
                new CycleDecision(CycleAction.Step, RotationStep.TestSecret), new CycleDecision(CycleAction.Step, RotationStep.FinishSecret),
                new CycleDecision(CycleAction.Finish),
            ],
            s_steps.Select(done => RotationCycle.Decide(State() with { LastDone = done })));
        Assert.Equal(
            [new CycleDecision(CycleAction.Step, RotationStep.TestSecret), new CycleDecision(CycleAction.Keep)],
            new RotationStep?[] { null, RotationStep.TestSecret }.Select(done => RotationCycle.Decide(State() with { Mode = RotationMode.TestOnly, LastDone = done })));
        Assert.Equal(CycleAction.Ask, RotationCycle.Decide(State() with { Mode = RotationMode.Resolve }).Action);
    }

    [Fact]
    public void After_the_last_attempt_each_answer_of_the_target_has_its_end()
    {
        foreach (var (pending, current, others) in Answers())
        {
            var given = new TargetAnswers(pending, current, others);
            var row = Assert.Single(s_table, row => Matches(row.Answers, given));
            foreach (var (fault, until) in new[] { (CycleFault.Final, s_windowOpen), (CycleFault.Final, s_windowOver), (CycleFault.Passing, s_windowOver) })
            {
                var state = State() with { Fault = fault, RetryUntil = until, Answers = given, LastDone = RotationStep.CreateSecret };
                Assert.Equal((given, row.Begun), (given, RotationCycle.Decide(state with { HasBegunSet = true }).Action));
                Assert.Equal((given, row.NotBegun), (given, RotationCycle.Decide(state).Action));
            }

            Assert.Equal((given, row.Resolving), (given, RotationCycle.Decide(State() with { Mode = RotationMode.Resolve, RetryUntil = s_windowOver, Answers = given }).Action));
        }
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 60)]
    [InlineData(3, 300)]
    [InlineData(4, 900)]
    [InlineData(50, 900)]
    public void A_fault_that_may_pass_is_tried_again_inside_the_window_with_longer_and_longer_pauses(int attempt, int seconds)
    {
        var at = s_now.AddSeconds(seconds);
        foreach (var mode in new[] { RotationMode.Rotate, RotationMode.TestOnly })
        {
            var state = State() with { Mode = mode, Fault = CycleFault.Passing, Attempt = attempt };
            Assert.Equal(new CycleDecision(CycleAction.Retry, At: at), RotationCycle.Decide(state with { RetryUntil = at }));
            Assert.NotEqual(CycleAction.Retry, RotationCycle.Decide(state with { RetryUntil = at.AddTicks(-1) }).Action);
            Assert.NotEqual(CycleAction.Retry, RotationCycle.Decide(state with { Fault = CycleFault.Final }).Action);
        }

        var asked = State() with { Mode = RotationMode.Resolve, Attempt = attempt, Answers = new(TargetAnswer.Unknown, TargetAnswer.Unknown, TargetAnswer.Unknown) };
        Assert.Equal(new CycleDecision(CycleAction.Retry, At: at), RotationCycle.Decide(asked with { RetryUntil = at }));
    }

    [Theory]
    [InlineData(0, 15)]
    [InlineData(23 * 60, 15)]
    [InlineData(24 * 60, 60)]
    [InlineData((7 * 24 * 60) - 1, 60)]
    [InlineData(7 * 24 * 60, null)]
    public void A_run_waits_for_its_targets_word_seldom_and_not_for_ever(int minutesAfterWindow, int? pause)
    {
        var state = State() with
        {
            Fault = CycleFault.Passing, HasBegunSet = true, RetryUntil = s_now.AddMinutes(-minutesAfterWindow),
            Answers = new(TargetAnswer.Unknown, TargetAnswer.Unknown, TargetAnswer.Unknown),
        };
        Assert.Equal(
            pause is { } minutes ? new CycleDecision(CycleAction.Wait, At: s_now.AddMinutes(minutes)) : new CycleDecision(CycleAction.GiveUp),
            RotationCycle.Decide(state));
    }

    /// <summary>AWSPENDING taken away by hand: AWSCURRENT moves only where the target takes the new value and AWSCURRENT's no more.</summary>
    [Fact]
    public void A_run_without_its_label_follows_only_a_target_that_has_its_value_alone()
    {
        var state = State() with { Fault = CycleFault.Final, Place = RunPlace.Elsewhere, HasBegunSet = true, LastDone = RotationStep.SetSecret };

        Assert.Equal(CycleAction.Ask, RotationCycle.Decide(state).Action);
        Assert.Equal(CycleAction.GiveUp, RotationCycle.Decide(state with { HasBegunSet = false }).Action);
        Assert.Equal(CycleAction.GiveUp, RotationCycle.Decide(state with { CanAsk = false }).Action);
        foreach (var (pending, current, others) in Answers())
        {
            var isOnlyOne = pending == TargetAnswer.Accepted && current == TargetAnswer.Refused;
            var given = new TargetAnswers(pending, current, others);
            Assert.Equal((given, isOnlyOne ? CycleAction.Finish : CycleAction.GiveUp), (given, RotationCycle.Decide(state with { Answers = given }).Action));
        }
    }

    /// <summary>Every combination there is; what must never be decided never is.</summary>
    [Fact]
    public void No_combination_loses_a_credential()
    {
        var count = 0;
        foreach (var state in All())
        {
            count++;
            var decision = RotationCycle.Decide(state);
            var because = $"{state} -> {decision}";
            Assert.True(decision.Action == CycleAction.Step == decision.Step is not null, because);
            Assert.True(decision.Action is CycleAction.Retry or CycleAction.Wait == decision.At is not null, because);
            // Asking leads to another decision, and nobody is asked who knows nothing.
            Assert.False(decision.Action == CycleAction.Ask && (state.Answers is not null || !state.CanAsk || state.Mode == RotationMode.TestOnly), because);
            Assert.False(decision.At <= state.Now, because);
            Assert.False(decision.Action == CycleAction.Retry && decision.At > state.RetryUntil, because);
            Assert.False(decision.Action == CycleAction.Retry && state.Fault == CycleFault.Final && state.Mode != RotationMode.Resolve, because);
            Assert.False(decision.Action == CycleAction.Step && (state.Fault != CycleFault.None || state.Mode == RotationMode.Resolve), because);
            // The labels go to a version only where the target took its value, and away from AWSCURRENT never where that works.
            if (decision.Action == CycleAction.Finish)
                Assert.True(state.Answers?.Pending == TargetAnswer.Accepted || (state.LastDone >= RotationStep.TestSecret && state.Mode == RotationMode.Rotate), because);
            if (decision.Action == CycleAction.Finish && !(state.LastDone >= RotationStep.TestSecret))
                Assert.NotEqual((because, TargetAnswer.Accepted), (because, state.Answers!.Current));
            if (decision.Action == CycleAction.Restore)
                Assert.True(state.Answers is { Current: TargetAnswer.Refused, Others: TargetAnswer.Accepted } and not { Pending: TargetAnswer.Accepted }, because);
            if (decision.Action == CycleAction.Keep)
                Assert.True(state.Mode == RotationMode.TestOnly || state.Answers?.Current == TargetAnswer.Accepted, because);
            // What may be the only value that works keeps its AWSPENDING as long as the target has not spoken, and not longer than agreed.
            if (state is { Mode: RotationMode.Rotate, HasBegunSet: true, CanAsk: true, Place: not RunPlace.Elsewhere, Answers: { Pending: TargetAnswer.Unknown, Current: not TargetAnswer.Accepted } }
                && state.Now < state.RetryUntil + RotationCycle.LongestWait)
                Assert.NotEqual((because, CycleAction.GiveUp), (because, decision.Action));
            Assert.False(decision.Action == CycleAction.Wait && state.Now >= state.RetryUntil + RotationCycle.LongestWait, because);
            Assert.False(decision.Action == CycleAction.Wait && state.Place == RunPlace.Elsewhere, because);
        }

        Assert.Equal(3 * 5 * 2 * 3 * 2 * 3 * 28 * 3, count);
    }

    /// <summary>A target as it is, a run that may be broken off anywhere: the labels come to a value that works, and AWSPENDING goes.</summary>
    [Fact]
    public void Every_target_that_answers_in_the_end_leads_to_a_value_that_works()
    {
        foreach (var isAlternating in new[] { false, true })
            foreach (var has in new[] { 'P', 'C', 'O' })
                foreach (var done in s_steps.Take(3))
                    foreach (var silent in Enumerable.Range(0, 4))
                        foreach (var mode in new[] { RotationMode.Rotate, RotationMode.Resolve })
                            Assert.True(Ends(mode, has, isAlternating, done, silent), $"{mode}, the target has {has}, alternating {isAlternating}, done {done}, silent {silent} times");
    }

    private static bool Ends(RotationMode mode, char has, bool isAlternating, RotationStep? done, int silent)
    {
        // Under alternating users the current user's value goes on working beside the other user's.
        TargetAnswer Says(char value) => value == has || (isAlternating && value == 'C') ? TargetAnswer.Accepted : TargetAnswer.Refused;
        var state = State() with { Mode = mode, LastDone = done, HasBegunSet = true, RetryUntil = s_windowOver, Fault = CycleFault.Final };
        for (var round = 0; round < 20; round++)
        {
            var decision = RotationCycle.Decide(state);
            switch (decision.Action)
            {
                case CycleAction.Ask:
                    var answers = new TargetAnswers(Says('P'), Says('C'), Says('O'));
                    state = state with { Answers = silent-- > 0 ? new(TargetAnswer.Unknown, TargetAnswer.Unknown, TargetAnswer.Unknown) : answers };
                    break;
                case CycleAction.Wait:
                    state = state with { Now = decision.At!.Value, Answers = null, Attempt = state.Attempt + 1 };
                    break;
                case CycleAction.Finish:
                    return Says('P') == TargetAnswer.Accepted;
                case CycleAction.Restore:
                    return Says('O') == TargetAnswer.Accepted;
                case CycleAction.Keep or CycleAction.GiveUp:
                    return Says('C') == TargetAnswer.Accepted;
                default:
                    return false;
            }
        }

        return false;
    }

    private static IEnumerable<CycleState> All() =>
        from mode in Enum.GetValues<RotationMode>()
        from done in s_steps
        from hasBegun in new[] { false, true }
        from fault in Enum.GetValues<CycleFault>()
        from canAsk in new[] { false, true }
        from place in Enum.GetValues<RunPlace>()
        from answers in Answers().Select(a => new TargetAnswers(a.Pending, a.Current, a.Others)).Prepend(null)
        from until in new[] { s_windowOpen, s_windowOver, s_waitOver }
        select new CycleState
        {
            Mode = mode, LastDone = done, HasBegunSet = hasBegun, Fault = fault, CanAsk = canAsk, Place = place, Answers = answers, Attempt = 2, Now = s_now, RetryUntil = until,
        };

    private static IEnumerable<(TargetAnswer Pending, TargetAnswer Current, TargetAnswer Others)> Answers() =>
        from pending in s_answers from current in s_answers from others in s_answers select (pending, current, others);

    private static bool Matches(string row, TargetAnswers answers) =>
        new[] { answers.Pending, answers.Current, answers.Others }.Zip(row).All(pair => pair.Second == '*' || pair.First.ToString()[0] == pair.Second);

    private static CycleState State() => new() { Mode = RotationMode.Rotate, Attempt = 1, Now = s_now, RetryUntil = s_windowOpen };
}
