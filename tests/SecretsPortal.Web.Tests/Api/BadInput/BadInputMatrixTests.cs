using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SecretsPortal.Web.Tests.Api.Model;

namespace SecretsPortal.Web.Tests.Api.BadInput;

/// <summary>
/// Every bad form of every member of every operation, against the running host: a 4xx in the service's form within the time, nothing
/// changed, and nothing of a value in an answer or in the log.
/// </summary>
public sealed class BadInputMatrixTests(BadInputMatrixTests.LoggedPortal portal) : IClassFixture<BadInputMatrixTests.LoggedPortal>
{
    private const int Attempts = 3;

    // What an answer may take: half of them, and each of them where the other tests leave too little of the machine.
    private static readonly TimeSpan s_usual = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(1);

    public static TheoryData<string> Operations => [.. ServiceModel.Instance.Operations.Keys];

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task Bad_input_is_refused_in_the_services_form(string operation)
    {
        var cases = BadCases.Of(ServiceModel.Instance.Operations[operation], portal.SecretId).ToList();
        var before = await portal.Picture();
        List<string> faults = [];
        List<TimeSpan> times = [];
        foreach (var bad in cases)
        {
            var (answer, took) = await Timed(bad);
            times.Add(took);
            if (Fault(bad, answer) is { } fault)
                faults.Add($"{bad}: {fault}");
            // A busy machine is not the portal's fault: a slow case has to be slow every time.
            for (var again = 1; again < Attempts && took > s_longest; again++)
                took = (await Timed(bad)).Took;
            if (took > s_longest)
                faults.Add($"{bad}: took {took.TotalMilliseconds:0} ms and more {Attempts} times");
        }

        times.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{operation}: {cases.Count} cases, median {times[times.Count / 2].TotalMilliseconds:0.0} ms, 99 % {times[times.Count * 99 / 100].TotalMilliseconds:0.0} ms, slowest {times[^1].TotalMilliseconds:0.0} ms");
        Assert.True(times[times.Count / 2] < s_usual, $"half of the answers took more than {times[times.Count / 2].TotalMilliseconds:0} ms");
        Assert.True(faults.Count == 0, $"{faults.Count} of {cases.Count}:\n{string.Join('\n', faults.Take(40))}");
        Assert.Equal(before, await portal.Picture());
        Assert.DoesNotContain(portal.Log, line => line.Contains(BadCases.Marker, StringComparison.Ordinal));
    }

    private async Task<(ApiAnswer Answer, TimeSpan Took)> Timed(BadCase bad)
    {
        var started = Stopwatch.GetTimestamp();
        var answer = await portal.Aws.Send($"secretsmanager.{bad.Operation}", bad.Body);
        return (answer, Stopwatch.GetElapsedTime(started));
    }

    private static string? Fault(BadCase bad, ApiAnswer answer)
    {
        if (!answer.Message.Headers.TryGetValues("x-amzn-RequestId", out var ids) || !Guid.TryParse(ids.Single(), out _))
            return "no request id";
        if (answer.Message.Content.Headers.ContentType?.MediaType != "application/x-amz-json-1.1")
            return $"content type {answer.Message.Content.Headers.ContentType}";
        if (bad.Error is null)
            return answer.Status == HttpStatusCode.OK || (answer.Status == HttpStatusCode.BadRequest && answer.ErrorType is not (BadCases.Serialization or BadCases.Validation))
                ? null
                : $"{answer.Status} {answer.Text}";
        if (answer.Status != HttpStatusCode.BadRequest || answer.ErrorType != bad.Error)
            return $"{answer.Status} {answer.Text[..Math.Min(300, answer.Text.Length)]} in place of {bad.Error}";
        var message = answer.ErrorMessage!;
        if (message.Length is 0 or > 4000 || message.Contains("   at ", StringComparison.Ordinal))
            return $"a message of {message.Length} characters";
        if (bad.Member is { } member && !message.Contains(member.Length == 0 ? "Value at '" : $"Value at '{member}' failed to satisfy constraint: Member must ", StringComparison.Ordinal))
            return $"{member} is not named: {message}";
        return answer.Text.Contains(BadCases.Marker, StringComparison.Ordinal) ? "the value is in the answer" : null;
    }

    /// <summary>A portal of its own that logs everything, with one secret.</summary>
    public sealed class LoggedPortal : IAsyncLifetime, ILoggerProvider
    {
        private readonly ConcurrentQueue<string> _log = new();
        private TestPortal? _portal;

        public IReadOnlyCollection<string> Log => _log;

        public SigningClient Aws => _portal!.Aws;

        public string SecretId { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            _portal = await TestPortal.Start("--Logging:LogLevel:Default=Debug", "--Logging:Console:LogLevel:Default=None");
            _portal.Services.GetRequiredService<ILoggerFactory>().AddProvider(this);
            SecretId = (await Aws.Ok("CreateSecret", new
            {
                Name = "bad-input/victim", ClientRequestToken = Guid.CreateVersion7().ToString(), SecretString = "kept", Description = "kept",
                Tags = new[] { new { Key = "kept", Value = "kept" } },
            }))["ARN"]!;
        }

        /// <summary>The secret with its value, as callers see it.</summary>
        public async Task<string> Picture()
        {
            var value = await Aws.Ok("GetSecretValue", new { SecretId });
            var secret = await Aws.Ok("DescribeSecret", new { SecretId });
            var versions = await Aws.Ok("ListSecretVersionIds", new { SecretId, IncludeDeprecated = true });
            return $"{value.Text}\n{secret.Text}\n{versions.Text}";
        }

        public ILogger CreateLogger(string categoryName) => new Recorder(_log);

        public ValueTask DisposeAsync() => _portal!.DisposeAsync();

        public void Dispose()
        {
            // The logger factory's, which lives as long as the portal.
        }

        private sealed class Recorder(ConcurrentQueue<string> log) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
                log.Enqueue($"{formatter(state, exception)} {exception}");
        }
    }
}
