using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.EndToEnd.Tests.Clients;

/// <summary>Runs <c>aws secretsmanager …</c>, and counts what was seen of each operation's answers. Calls may run side by side.</summary>
internal sealed partial class AwsCli(Uri endpoint, IReadOnlyDictionary<string, string?> environment)
{
    private readonly ConcurrentDictionary<string, int> _checks = new();

    /// <summary>How many checks passed of each operation.</summary>
    public IReadOnlyDictionary<string, int> Checks => _checks;

    /// <summary>Calls an operation that succeeds; its answer, or an empty object where it answers nothing.</summary>
    public async Task<JsonElement> Answer(string operation, params string[] arguments)
    {
        var answer = await Ask(operation, arguments);
        Count(operation);
        return answer;
    }

    /// <summary>The same without counting it.</summary>
    public async Task<JsonElement> Ask(string operation, params string[] arguments)
    {
        var output = (await Run(operation, arguments)).Succeeded($"aws secretsmanager {Command(operation)}");
        return JsonDocument.Parse(output.Length == 0 ? "{}" : output).RootElement;
    }

    /// <summary>Calls an operation that fails: the CLI's exit code for an error of the service, and its whole message.</summary>
    public async Task Refused(string operation, string code, string message, params string[] arguments) =>
        Equal(operation, Failure(operation, code) + message, await Error(operation, arguments));

    /// <summary>The same where the message is the portal's own: only a part of it.</summary>
    public async Task RefusedSaying(string operation, string code, string part, params string[] arguments)
    {
        var error = await Error(operation, arguments);
        Assert.StartsWith(Failure(operation, code), error, StringComparison.Ordinal);
        Assert.Contains(part, error[Failure(operation, code).Length..], StringComparison.Ordinal);
        Count(operation);
    }

    /// <summary>What the CLI prints to the standard error of a call that succeeds, with <c>--debug</c>.</summary>
    public async Task<string> Debug(string operation, params string[] arguments)
    {
        var result = await Run(operation, [.. arguments, "--debug"]);
        result.Succeeded($"aws secretsmanager {Command(operation)}");
        return result.Error;
    }

    public void Equal<T>(string operation, T expected, T actual)
    {
        Assert.Equal(expected, actual);
        Count(operation);
    }

    public void Matches(string operation, string pattern, string? actual)
    {
        Assert.Matches(pattern, actual);
        Count(operation);
    }

    /// <summary>A time stamp of ISO 8601 that lies within a quarter of an hour of now, or of so many days later.</summary>
    public void Recent(string operation, JsonElement time, int daysLater = 0)
    {
        var at = DateTimeOffset.ParseExact(time.GetString()!, "yyyy-MM-ddTHH:mm:ss.FFFFFFzzz", CultureInfo.InvariantCulture);
        Assert.InRange(at, Now.AddDays(daysLater).AddMinutes(-15), Now.AddDays(daysLater).AddMinutes(15));
        Count(operation);
    }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private void Count(string operation) => _checks.AddOrUpdate(operation, 1, (_, count) => count + 1);

    private static string Failure(string operation, string code) => $"An error occurred ({code}) when calling the {operation} operation: ";

    private async Task<string> Error(string operation, string[] arguments)
    {
        var result = await Run(operation, arguments);
        Assert.Equal((254, ""), (result.ExitCode, result.Output));
        return result.Error.Trim();
    }

    private Task<CommandResult> Run(string operation, string[] arguments) => ExternalCommand.Run(
        ExternalCommand.AwsCli!, ["secretsmanager", Command(operation), "--endpoint-url", endpoint.ToString(), "--output", "json", .. arguments], environment);

    private static string Command(string operation) => Words().Replace(operation, "-$0").ToLowerInvariant();

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex Words();
}
