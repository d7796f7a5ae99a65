using System.Text.Json;
using Microsoft.AspNetCore.Http;
using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Rotation.Functions;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Services.Tests.Access;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Tests.Rotation.Functions;

/// <summary>Where runs end whose target a function alone knows. The function is a webhook that does as AWS's published ones do; its target is a variable.</summary>
public sealed class FunctionCycleTests : IAsyncLifetime
{
    private FunctionServer _server = null!;
    private TestPortal _portal = null!;
    private string _function = "";
    private string _target = "first value";
    private string? _failing;
    private Func<Task>? _during;
    private bool _readsMaster;

    public async ValueTask InitializeAsync()
    {
        _server = await FunctionServer.Begin();
        var options = _server.Options();
        _portal = await TestPortal.StartWith(options with { Functions = options.Functions with { Endpoint = new Uri("http://127.0.0.1:8210") } });
        _server.Respond = Answer;
        _function = (await _portal.Get<FunctionService>().Create(
            _portal.Admin, "rotate-it", RotationFunctionKind.Webhook, new FunctionSettings { Webhook = new WebhookSettings(_server.Url), AllowedSecrets = ["*"] }, default)).Function.Arn;
    }

    [Fact]
    public async Task A_value_that_a_failed_run_left_in_the_target_is_the_next_rotations()
    {
        await _portal.Create("s", "first value");
        _failing = "testSecret";
        await _portal.Rotate("s", 2, r => r with { RotationLambdaArn = _function });
        await _portal.ExecuteUntilEnded("s");

        var failed = Assert.Single(await _portal.History("s"));
        Assert.Equal((RotationRunState.Failed, RotationStep.TestSecret, failed.Message), (failed.State, failed.Steps[^1].Step, failed.Message));
        var secret = await _portal.Secret("s");
        Assert.Equal([StagingLabels.Current], secret.Labels.ByLabel.Keys);
        Assert.Equal("first value", await _portal.Value("s"));
        Assert.Equal($"value of {TestPortal.Token(2)}", _target);

        // The function knows pending and current, as published ones do: with a value of its own it could not get in any more.
        _failing = null;
        _portal.Clock.Advance(TimeSpan.FromSeconds(1));
        await _portal.Rotate("s", 3);
        await _portal.ExecuteQueue();

        var run = (await _portal.History("s"))[0];
        Assert.Equal(RotationRunState.Succeeded, run.State);
        Assert.Contains($"that of version {TestPortal.Token(2)}, which an earlier rotation may have left in the target", run.Steps[0].Message, StringComparison.Ordinal);
        Assert.Equal(_target, await _portal.Value("s"));
        Assert.Null((await _portal.Secret("s")).Labels.VersionOf(StagingLabels.Pending));
        await _portal.Rotate("s", 4);
        await _portal.ExecuteQueue();
        Assert.Equal($"value of {TestPortal.Token(4)}", await _portal.Value("s"));
    }

    [Fact]
    public async Task A_function_that_only_fails_to_finish_has_proved_its_value()
    {
        await _portal.Create("s", "first value");
        _failing = "finishSecret";
        await _portal.Rotate("s", 2, r => r with { RotationLambdaArn = _function });
        await _portal.ExecuteUntilEnded("s");

        var run = Assert.Single(await _portal.History("s"));
        Assert.Equal(RotationRunState.Succeeded, run.State);
        Assert.StartsWith("Finished after a fault: the target had accepted the new value.", run.Message, StringComparison.Ordinal);
        Assert.Equal(_target, await _portal.Value("s"));
    }

    [Fact]
    public async Task What_hangs_is_rotated_under_its_own_version_on_request_and_left_alone_otherwise()
    {
        await _portal.Create("s", "first value");
        await _portal.Rotate("s", 2, r => r with { RotationLambdaArn = _function });
        await _portal.ExecuteQueue();
        var refused = await Assert.ThrowsAsync<PortalException>(() => _portal.Get<RotationService>().Resolve(_portal.Admin, "s", default));
        Assert.StartsWith("Nothing hangs", refused.Message, StringComparison.Ordinal);
        await _portal.Put("s", "by hand", TestPortal.Token(3), StagingLabels.Pending);
        _portal.Clock.Advance(TimeSpan.FromHours(1));
        await _portal.Get<RotationDispatcher>().Tick(default);
        Assert.Empty(_portal.Queue.RunIds);

        var run = await _portal.Get<RotationService>().Resolve(_portal.Admin, "s", default);

        Assert.Equal((RotationMode.Rotate, RotationRunState.Succeeded, TestPortal.Token(3)), (run.Mode, run.State, run.Token));
        Assert.Equal(("by hand", "by hand"), (_target, await _portal.Value("s")));
    }

    [Fact]
    public async Task A_rotation_during_a_functions_test_rotates_to_a_new_value_and_not_to_the_tests_copy()
    {
        await _portal.Create("s", "first value");
        _during = async () =>
        {
            Assert.Equal(TestPortal.Token(2), (await _portal.Secret("s")).Labels.VersionOf(StagingLabels.Pending));
            _portal.Clock.Advance(TimeSpan.FromSeconds(1));
            await _portal.Rotate("s", 3);
        };
        await _portal.Rotate("s", 2, r => r with { RotationLambdaArn = _function, RotateImmediately = false });
        await _portal.ExecuteQueue();
        Assert.Null(_during);
        await _portal.ExecuteQueue();

        var runs = await _portal.History("s");
        Assert.Equal([(TestPortal.Token(3), RotationRunState.Succeeded), (TestPortal.Token(2), RotationRunState.Abandoned)], runs.Select(run => (run.Token, run.State)));
        var secret = await _portal.Secret("s");
        Assert.Equal((TestPortal.Token(3), TestPortal.Token(1), null), (secret.Labels.VersionOf(StagingLabels.Current), secret.Labels.VersionOf(StagingLabels.Previous), secret.Labels.VersionOf(StagingLabels.Pending)));
        Assert.Null(secret.FindVersion(TestPortal.Token(2)));
        Assert.Equal(_target, await _portal.Value("s"));
        Assert.Equal($"value of {TestPortal.Token(3)}", _target);
    }

    [Theory]
    [InlineData("cancel")]
    [InlineData("delete")]
    [InlineData("put")]
    public async Task What_ends_a_functions_test_takes_its_copy_away(string how)
    {
        await _portal.Create("s", "first value");
        _during = async () =>
        {
            Assert.Equal(TestPortal.Token(2), (await _portal.Secret("s")).Labels.VersionOf(StagingLabels.Pending));
            await (how switch
            {
                "cancel" => _portal.Get<RotationService>().Cancel(_portal.Admin, "s", default),
                "delete" => _portal.Writer.Delete(_portal.Admin, "s", null, force: false, default),
                _ => (Task)_portal.Put("s", "by hand", TestPortal.Token(3)),
            });
        };
        await _portal.Rotate("s", 2, r => r with { RotationLambdaArn = _function, RotateImmediately = false });
        await _portal.ExecuteQueue();
        Assert.Null(_during);

        Assert.Equal(RotationRunState.Abandoned, Assert.Single(await _portal.History("s")).State);
        var secret = await _portal.Secret("s");
        Assert.Null(secret.Labels.VersionOf(StagingLabels.Pending));
        Assert.Null(secret.FindVersion(TestPortal.Token(2)));
        Assert.Equal(how == "put" ? 2 : 1, secret.Versions.Count);
    }

    [Fact]
    public async Task A_test_leaves_an_AWSPENDING_that_somebody_put_alone()
    {
        await _portal.Create("s", "first value");
        await _portal.Rotate("s", 2, r => r with { RotationLambdaArn = _function, RotateImmediately = false });
        await _portal.ExecuteQueue();
        await _portal.Put("s", "by hand", TestPortal.Token(3), StagingLabels.Pending);

        var refused = await Assert.ThrowsAsync<PortalException>(() => _portal.Rotate("s", 3, r => r with { RotateImmediately = false }));
        Assert.StartsWith("You can't use ClientRequestToken", refused.Message, StringComparison.Ordinal);
        _portal.Clock.Advance(TimeSpan.FromSeconds(1));
        await _portal.Rotate("s", 4, r => r with { RotateImmediately = false });
        await _portal.ExecuteQueue();

        var run = (await _portal.History("s"))[0];
        Assert.Equal((RotationMode.TestOnly, RotationRunState.Failed, 1), (run.Mode, run.State, run.Attempt));
        Assert.Contains($"AWSPENDING is on version {TestPortal.Token(3)}", run.Message, StringComparison.Ordinal);
        Assert.Equal(TestPortal.Token(3), (await _portal.Secret("s")).Labels.VersionOf(StagingLabels.Pending));
        Assert.Equal("by hand", await _portal.Value("s", TestPortal.Token(3)));

        // One that comes between the request and the test.
        await _portal.Writer.UpdateVersionStage(_portal.Admin, "s", StagingLabels.Pending, null, TestPortal.Token(3), default);
        _portal.Clock.Advance(TimeSpan.FromSeconds(1));
        await _portal.Rotate("s", 5, r => r with { RotateImmediately = false });
        await _portal.Put("s", "by hand, too", TestPortal.Token(5), StagingLabels.Pending);
        await _portal.ExecuteQueue();

        Assert.Equal((RotationMode.TestOnly, RotationRunState.Abandoned), ((await _portal.History("s"))[0].Mode, (await _portal.History("s"))[0].State));
        Assert.Equal("by hand, too", await _portal.Value("s", TestPortal.Token(5)));
    }

    [Fact]
    public async Task A_master_goes_with_the_credentials_where_whoever_set_the_rotation_up_may_read_it_and_out_of_the_functions_words()
    {
        var master = await _portal.Create("master", "the-masters-password");
        var value = $$"""{"username":"u","password":"first value","masterarn":"{{master.Arn}}"}""";
        await _portal.Create("s", value);
        var policy = $$"""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"{{_function}}"},"Action":"secretsmanager:GetSecretValue","Resource":"*"} }""";
        await _portal.Get<SecretPolicies>().Put(_portal.Admin, "master", policy, blockPublic: false, default);
        _readsMaster = true;
        _target = value;

        // Who may rotate and may not read the master.
        var stranger = await _portal.UserWith("stranger", """{"Effect":"Allow","Action":"secretsmanager:RotateSecret","Resource":"*"}""");
        await _portal.Get<RotationService>().Rotate(stranger, new RotateSecretRequest { SecretId = "s", ClientRequestToken = TestPortal.Token(2), RotationLambdaArn = _function }, default);
        var asked = Assert.Single(await _portal.Log(), record => record.Action == "secretsmanager:RotateSecret" && record.Caller == stranger.Caller.Arn);
        Assert.Equal(
            $"version {TestPortal.Token(2)}, without the master secret that its value names: secretsmanager:GetSecretValue on it was denied", asked.Detail);
        await _portal.ExecuteUntilEnded("s");
        var without = Assert.Single(await _portal.History("s"));
        Assert.Equal(RotationRunState.Failed, without.State);
        Assert.Contains("AccessDenied", without.Message, StringComparison.Ordinal);

        _portal.Clock.Advance(TimeSpan.FromSeconds(1));
        await _portal.Rotate("s", 3);
        await _portal.ExecuteQueue();
        var with = (await _portal.History("s"))[0];
        Assert.Equal((RotationRunState.Retrying, RotationStep.CreateSecret), (with.State, with.Steps[^1].Step));
        Assert.Contains($"read {Scrubber.Mark} of the master", with.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_test_that_a_dead_node_began_and_that_can_not_go_on_leaves_no_copy_behind()
    {
        await _portal.Create("s", "first value");
        await _portal.Rotate("s", 2, r => r with { RotationLambdaArn = _function, RotateImmediately = false });
        var runId = Assert.Single(_portal.Queue.RunIds);
        var first = await Claim("a node");
        // While the function tests, that node's lease runs out and another one takes the run: the first can't remove its copy any more.
        _during = () => Claim("another node");
        await Assert.ThrowsAnyAsync<Exception>(() => _portal.Get<RotationSteps>().TestPending(new RotationWork(first, []), default));
        Assert.Equal(TestPortal.Token(2), (await _portal.Secret("s")).Labels.VersionOf(StagingLabels.Pending));
        await _portal.Get<FunctionService>().Update(
            _portal.Admin, "rotate-it", new FunctionSettings { Webhook = new WebhookSettings(_server.Url), AllowedSecrets = ["*"], IsDisabled = true }, default);

        _portal.Clock.Advance(TimeSpan.FromSeconds(2));
        await _portal.Get<RotationRunner>().Run(runId, default);

        Assert.Equal(RotationRunState.Failed, Assert.Single(await _portal.History("s")).State);
        var secret = await _portal.Secret("s");
        Assert.Equal([StagingLabels.Current], secret.Labels.ByLabel.Keys);
        Assert.Equal([TestPortal.Token(1)], secret.Versions.Select(version => version.VersionId));

        async Task<ClaimedRun> Claim(string node)
        {
            _portal.Clock.Advance(TimeSpan.FromSeconds(2));
            var now = _portal.Clock.GetUtcNow();
            return Assert.IsType<ClaimedRun>(await _portal.Get<RotationStore>().Claim(runId, node, now, now + TimeSpan.FromSeconds(1), default));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _portal.DisposeAsync();
        await _server.DisposeAsync();
    }

    private async Task Answer(HttpContext http)
    {
        JsonElement given;
        lock (_server.Received)
            given = JsonDocument.Parse(_server.Received[^1].Body).RootElement;
        var (step, id, token) = (given.GetProperty("Step").GetString()!, given.GetProperty("SecretId").GetString()!, given.GetProperty("ClientRequestToken").GetString()!);
        var ends = step != _failing;
        if (_readsMaster)
        {
            http.Response.StatusCode = 500;
            await http.Response.WriteAsJsonAsync(new { errorType = "Trial", errorMessage = await ReadMaster(given.GetProperty("Portal"), id) });
            return;
        }

        if (Interlocked.Exchange(ref _during, null) is { } during)
            await during();
        if (step == "createSecret" && (await _portal.Secret(id)).FindVersion(token) is not { HasValue: true })
            await _portal.Writer.PutValue(_portal.Admin, new PutSecretValueRequest(id, token, SecretValue.FromText($"value of {token}"), [StagingLabels.Pending]), default);
        if (step == "setSecret")
        {
            var pending = await _portal.Value(id, token);
            ends = _target == pending || _target == await _portal.Value(id);
            _target = ends ? pending : _target;
        }

        http.Response.StatusCode = ends ? 200 : 500;
    }

    private async Task<string> ReadMaster(JsonElement given, string id)
    {
        var caller = (await SignedCall.Authenticate(_portal, new SigningCredentials(
            given.GetProperty("AccessKeyId").GetString()!, new SecretText(given.GetProperty("SecretAccessKey").GetString()!), given.GetProperty("SessionToken").GetString()!))).Caller;
        try
        {
            Assert.NotNull(await _portal.Reader.Describe(_portal.CallOf(caller), id, default));
            return $"read {(await _portal.Reader.GetValue(_portal.CallOf(caller), "master", null, null, default)).Value.Text} of the master";
        }
        catch (PortalException fault)
        {
            return fault.Error.ToString();
        }
    }
}
