using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using static SecretsPortal.Services.Tests.Rotation.RotationTestExtensions;

namespace SecretsPortal.Services.Tests.Rotation;

/// <summary>Values that nothing can be done with: the step fails and says why, the credential in use goes on working, and the rotation can be repeated.</summary>
public sealed class BadRotationInputTests(PostgresFixture postgres)
{
    [Theory]
    [InlineData("\"host\":\"127.0.0.1\"", "\"hots\":\"127.0.0.1\"", "\"host\" must be")]
    [InlineData("\"username\":", "\"user\":", "\"username\" must be")]
    [InlineData("\"engine\":\"postgres\"", "\"engine\":\"mysql\"", "\"engine\" must be postgres")]
    [InlineData("\"dbname\":\"postgres\"", "\"dbname\":\"nowhere\"", "nowhere")]
    [InlineData("\"host\":\"127.0.0.1\"", "\"host\":\"https://127.0.0.1\"", "\"host\" must be")]
    [InlineData("\"host\":\"127.0.0.1\"", "\"host\":\"127.0.0.1:5432\"", "\"host\" must be")]
    [InlineData("\"host\":\"127.0.0.1\"", "\"host\":\"db:port\"", "\"host\" must be")]
    [InlineData("\"host\":\"127.0.0.1\"", "\"host\":\"db 1\"", "\"host\" must be")]
    [InlineData("\"username\":\"", "\"username\":\"\\ud800", "\"username\" must be")]
    [InlineData("\"dbname\":\"postgres\"", "\"dbname\":\"\\ud800\"", "\"dbname\" must be")]
    public async Task A_bad_value_fails_its_step_with_cause_and_remedy_and_can_be_put_right(string good, string bad, string expected)
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        await portal.Rotate("db", 2, r => r with { RotateImmediately = false, RotationLambdaArn = "SecretsManagerRDSPostgreSQLRotationSingleUser" });
        await portal.ExecuteQueue();
        await portal.Put("db", role.Json().Replace(good, bad, StringComparison.Ordinal), TestPortal.Token(3));
        portal.Clock.Advance(TimeSpan.FromSeconds(1));

        await portal.Rotate("db", 4);
        await portal.ExecuteUntilEnded("db");

        var run = (await portal.History("db"))[0];
        Assert.Equal(RotationRunState.Failed, run.State);
        Assert.Equal(1, run.Attempt);
        Assert.Contains(expected, run.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(role.Password, run.Message, StringComparison.Ordinal);
        var secret = await portal.Secret("db");
        Assert.Equal(TestPortal.Token(3), secret.Labels.VersionOf(StagingLabels.Current));
        Assert.Null(secret.Labels.VersionOf(StagingLabels.Pending));
        Assert.True(await role.Accepts(role.Password));

        await portal.Put("db", role.Json(), TestPortal.Token(5));
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        await portal.Rotate("db", 6);
        await portal.ExecuteQueue();
        Assert.Equal(RotationRunState.Succeeded, (await portal.History("db"))[0].State);
        Assert.True(await role.Accepts(PasswordOf(await portal.Value("db"))));
    }

    [Fact]
    public async Task A_host_that_is_not_there_is_told_and_a_corrected_value_ends_the_wait_for_it()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json().Replace("127.0.0.1", "no.such.host.invalid", StringComparison.Ordinal));
        await portal.Rotate("db", 2);
        await portal.ExecuteQueue();
        portal.Clock.Advance(RotationCycle.ManualWindow);
        await portal.Get<RotationDispatcher>().Tick(default);
        await portal.ExecuteQueue();
        var run = Assert.Single(await portal.History("db"));
        Assert.Equal((RotationRunState.Retrying, 2), (run.State, run.Attempt));
        Assert.NotNull(run.StalledAt);
        Assert.Contains("no.such.host.invalid", run.Message, StringComparison.Ordinal);
        Assert.Contains("can't be reached", run.Message, StringComparison.Ordinal);

        await portal.Put("db", role.Json(), TestPortal.Token(3));
        Assert.Equal(RotationRunState.Abandoned, Assert.Single(await portal.History("db")).State);
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        await portal.Rotate("db", 4);
        await portal.ExecuteQueue();
        Assert.Equal(RotationRunState.Succeeded, (await portal.History("db"))[0].State);
        Assert.True(await role.Accepts(PasswordOf(await portal.Value("db"))));
    }

    [Fact]
    public async Task A_fault_that_nobody_foresaw_is_no_answer_and_a_finding_and_says_nothing_of_the_value()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("db", "{}");
        var secret = await portal.Secret("db");
        var driver = new BuiltInDriver(new FaultyRotator(), portal.Get<BuiltInWork>());

        Assert.Equal(TargetAnswer.Unknown, await driver.Ask(secret, SecretValue.FromText("{}"), default));
        var finding = Assert.Single((await driver.Check(secret, default)).Findings);

        Assert.Equal(PreflightState.Failed, finding.State);
        Assert.Contains(nameof(FormatException), finding.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", finding.Message, StringComparison.Ordinal);
    }

    private sealed class FaultyRotator : IRotator
    {
        public IReadOnlyList<string> FunctionNames => [];

        public bool Serves(SecretValue current) => true;

        public SecretValue Create(RotationValues values) => throw new FormatException("hunter2");

        public Task<string> Set(RotationValues values, CancellationToken cancel) => throw new FormatException("hunter2");

        public Task<string> Test(SecretValue value, CancellationToken cancel) => throw new FormatException("hunter2");

        public Task<bool> IsAccepted(SecretValue value, CancellationToken cancel) => throw new FormatException("hunter2");

        public Task<PreflightReport> Check(RotationValues values, CancellationToken cancel) => throw new FormatException("hunter2");
    }
}
