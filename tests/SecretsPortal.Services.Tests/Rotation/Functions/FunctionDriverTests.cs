using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Rotation.Functions;

namespace SecretsPortal.Services.Tests.Rotation.Functions;

/// <summary>Runs whose function fails: real processes, time that the test moves.</summary>
public sealed class FunctionDriverTests : IDisposable
{
    private const string Arn = "arn:aws:lambda:us-east-1:123456789012:function:rotate";

    private readonly FunctionFolder _folder = new();

    [Theory]
    [InlineData("def run(event, context):\n    raise ValueError('no room for ' + event['Step'])", "The function rotate failed in createSecret with ValueError: no room for createSecret.")]
    [InlineData("def run(event, context):\n    pass", "createSecret ended without a value")]
    public async Task A_function_that_fails_for_good_leaves_AWSCURRENT_and_no_AWSPENDING(string code, string message)
    {
        await using var portal = await Start(code);
        await portal.Create("prod/db");

        await portal.Rotate("prod/db", 2, request => request with { RotationLambdaArn = Arn });
        await portal.ExecuteUntilEnded("prod/db");

        var run = Assert.Single(await portal.History("prod/db"));
        Assert.Equal(RotationRunState.Failed, run.State);
        Assert.Contains(message, run.Message, StringComparison.Ordinal);
        var secret = await portal.Secret("prod/db");
        Assert.Equal((TestPortal.Token(1), null), (secret.Labels.VersionOf(StagingLabels.Current), secret.Labels.VersionOf(StagingLabels.Pending)));
        Assert.Equal("first value", await portal.Value("prod/db"));
        var invoked = (await portal.Log()).Where(record => record.Action == "secretsportal:FunctionInvoked").ToList();
        Assert.NotEmpty(invoked);
        Assert.All(invoked, record => Assert.Contains("createSecret by rotate with ASIA", record.Detail, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Lines_that_a_function_writes_are_no_lines_of_the_portals_log()
    {
        var log = new LineLog<RotationRunner>();
        await using var portal = await Start(
            "def run(event, context):\n    print('first\\nFAKE: all secrets were read')\n    raise ValueError('no\\u2028FAKE: really')", services => services.AddSingleton<ILogger<RotationRunner>>(log));
        await portal.Create("prod/db");

        await portal.Rotate("prod/db", 2, request => request with { RotationLambdaArn = Arn });
        await portal.ExecuteQueue();

        Assert.Contains("\nFAKE: all secrets were read", (await portal.History("prod/db"))[0].Message, StringComparison.Ordinal);
        var line = Assert.Single(log.Lines, one => one.Contains("FAKE", StringComparison.Ordinal));
        Assert.Equal(line, line.ReplaceLineEndings(""));
    }

    [Fact]
    public async Task A_function_that_is_disabled_while_it_is_due_is_not_called_and_the_run_says_so()
    {
        await using var portal = await Start("def run(event, context):\n    open('/nothing')");
        await portal.Create("prod/db");
        await portal.Rotate("prod/db", 2, request => request with { RotationLambdaArn = Arn });
        await portal.Get<FunctionService>().Update(portal.Admin, "rotate", Settings("handler.run") with { IsDisabled = true }, default);

        await portal.ExecuteUntilEnded("prod/db");

        Assert.Contains("The rotation function rotate is disabled.", Assert.Single(await portal.History("prod/db")).Message, StringComparison.Ordinal);
        Assert.DoesNotContain(await portal.Log(), record => record.Action == "secretsportal:FunctionInvoked");
    }

    [Fact]
    public async Task Of_much_output_the_page_has_the_beginning_and_the_end_and_the_log_far_more()
    {
        var log = new LineLog<FunctionWork>();
        await using var portal = await Start(
            "def run(event, context):\n    print('connecting')\n    for i in range(3000):\n        print('line', i)\n    raise ValueError('no')", services => services.AddSingleton<ILogger<FunctionWork>>(log));
        await portal.Create("prod/db");

        await portal.Rotate("prod/db", 2, request => request with { RotationLambdaArn = Arn });
        await portal.ExecuteQueue();

        var message = (await portal.History("prod/db"))[0].Message!;
        Assert.Contains("\nIts output:\nconnecting\nline 0\n", message, StringComparison.Ordinal);
        Assert.Contains("line 2999", message, StringComparison.Ordinal);
        Assert.Matches(@"\nline \d+\n\[\d\d,\d{3} characters are left out\]\nline \d+\n", message);
        Assert.InRange(message.Length, 1_100, 2_000);
        var logged = Assert.Single(log.Lines);
        Assert.Contains("connecting | line 0 | ", logged, StringComparison.Ordinal);
        Assert.Contains("line 2999", logged, StringComparison.Ordinal);
        Assert.InRange(logged.Length, 15_000, 24_000);
        Assert.Equal(logged, logged.ReplaceLineEndings(""));
    }

    public void Dispose() => _folder.Dispose();

    private static FunctionSettings Settings(string handler) => new()
    {
        Process = new ProcessSettings { Runtime = ProcessRuntime.Python3, Folder = "f0", Handler = handler }, AllowedSecrets = ["prod/*"], TimeoutSeconds = 60,
    };

    private async Task<TestPortal> Start(string code, Action<IServiceCollection>? configure = null)
    {
        _folder.Python(code);
        var options = _folder.Options;
        var portal = await TestPortal.StartWith(options with { Functions = options.Functions with { Endpoint = new Uri("http://127.0.0.1:9") } }, configure);
        await portal.Get<FunctionService>().Create(portal.Admin, "rotate", RotationFunctionKind.Process, Settings("handler.run"), default);
        return portal;
    }
}
