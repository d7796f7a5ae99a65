using System.Diagnostics;
using System.Text;
using System.Text.Json;
using CsCheck;

namespace SecretsPortal.Web.Tests.Fuzz;

/// <summary>Drives a portal with drawn calls, several at a time, and watches what must hold whatever is sent.</summary>
public sealed class FuzzRun(SigningClient aws, ulong seed)
{
    private const int CallsBetweenLooks = 250;

    // Beside the errors that the model gives each operation.
    private static readonly HashSet<string> s_doorErrors = ["ValidationException", "SerializationException", "AccessDeniedException"];

    // Long enough for a machine that other tests keep busy: what is looked for are calls that hang.
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(15);

    private static readonly string[] s_tokens = [.. Enumerable.Range(0, 8).Select(i => $"token-{i}".PadRight(36, '0'))];

    private readonly string[] _shared = [$"fuzz/{seed:x}/shared-a", $"fuzz/{seed:x}/shared-b"];

    /// <summary>What was tried and found.</summary>
    public FuzzReport Report { get; } = new(seed);

    /// <summary>Sends <paramref name="inputs"/> calls from <paramref name="workers"/> sides, then looks whether all is in order.</summary>
    public async Task<FuzzReport> Run(int inputs, int workers)
    {
        await Task.WhenAll(Enumerable.Range(0, workers).Select(worker => Work((uint)worker, inputs / workers)));
        foreach (var name in Enumerable.Range(0, workers).SelectMany(worker => Names((uint)worker)).Concat(_shared))
            await Look(name);
        await LookThroughPages();
        return Report;
    }

    private string[] Names(uint worker) => [.. Enumerable.Range(0, 4).Select(i => $"fuzz/{seed:x}/{worker}/{i}")];

    private async Task Work(uint worker, int inputs)
    {
        var names = Names(worker);
        var calls = CallGenerator.Calls([.. names, .. _shared, "nobody"], s_tokens);
        var random = new PCG(worker, seed);
        var pages = new Dictionary<string, string>();
        for (var i = 1; i <= inputs; i++)
        {
            var call = calls.Generate(random, null, out _);
            if (pages.TryGetValue(call.Operation.Name, out var page) && Encoding.UTF8.GetString(call.Body) is var text && text.Contains(CallGenerator.PageToken, StringComparison.Ordinal))
                call = call with { Body = Encoding.UTF8.GetBytes(text.Replace(CallGenerator.PageToken, page, StringComparison.Ordinal)) };
            await Send(call, $"worker {worker}, input {i}", pages);
            if (i % CallsBetweenLooks == 0)
                foreach (var name in names)
                    await Look(name);
        }
    }

    private async Task Send(FuzzCall call, string at, Dictionary<string, string> pages)
    {
        var operation = call.Operation;
        var started = Stopwatch.GetTimestamp();
        try
        {
            var answer = await aws.Send($"secretsmanager.{operation.Name}", call.Body);
            var took = Stopwatch.GetElapsedTime(started);
            var (kind, fault) = Judge(call, answer, pages);
            Report.Count(operation.Name, (int)answer.Status, kind, took);
            fault ??= took > s_longest ? $"took {took.TotalSeconds:0.0} s" : null;
            if (fault is not null)
                Report.Found($"{operation.Name} at {at}: {fault}; body in base64: {Convert.ToBase64String(call.Body)}");
        }
        catch (HttpRequestException broken)
        {
            Report.Found($"{operation.Name} at {at}: no answer ({broken.Message}); body in base64: {Convert.ToBase64String(call.Body)}");
        }
    }

    private static (string Kind, string? Fault) Judge(FuzzCall call, ApiAnswer answer, Dictionary<string, string> pages)
    {
        if (!answer.Message.Headers.Contains("x-amzn-RequestId") || answer.Message.Content.Headers.ContentType?.MediaType != "application/x-amz-json-1.1")
            return ($"{(int)answer.Status}", $"not in the service's form: {answer.Text}");
        try
        {
            if ((int)answer.Status == 200)
            {
                if (answer.Text.Length > 0 && answer.Json.TryGetProperty("NextToken", out var next))
                    pages[call.Operation.Name] = next.GetString()!;
                return ("200", answer.Text.Length > 0 && answer.Json.ValueKind != JsonValueKind.Object ? "an answer that is no object" : null);
            }

            var type = answer.ErrorType ?? "";
            var isKnown = (int)answer.Status == 400 && answer.ErrorMessage is { Length: > 0 and < 20_000 }
                && (call.Operation.Errors.Contains(type) || s_doorErrors.Contains(type));
            return (type, isKnown ? null : $"{(int)answer.Status} {answer.Text}");
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return ($"{(int)answer.Status}", $"not in the service's form: {answer.Text}");
        }
    }

    /// <summary>A label belongs to one version, and a secret with a value has AWSCURRENT on one that can be read.</summary>
    private async Task Look(string name)
    {
        // Rotations and replicas move in the background: what is wrong once must still be wrong a moment later.
        string? fault = null;
        for (var attempt = 0; attempt < 5; attempt++)
        {
            if ((fault = await Fault(name)) is null)
                return;
            await Task.Delay(200);
        }

        Report.Found($"{name}: {fault}");
    }

    private async Task<string?> Fault(string name)
    {
        var described = await aws.Call("DescribeSecret", new { SecretId = name });
        if ((int)described.Status != 200)
            return described.ErrorType is "ResourceNotFoundException" or "AccessDeniedException" ? null : $"DescribeSecret answers {described.Text}";
        var labels = described.Json.TryGetProperty("VersionIdsToStages", out var stages)
            ? stages.EnumerateObject().SelectMany(version => version.Value.EnumerateArray().Select(label => (Label: label.GetString()!, Version: version.Name))).ToList()
            : [];
        if (labels.GroupBy(l => l.Label).FirstOrDefault(group => group.Count() > 1) is { } twice)
            return $"the label {twice.Key} is on {twice.Count()} versions";
        if (described.Json.TryGetProperty("DeletedDate", out _))
            return null;
        var value = await aws.Call("GetSecretValue", new { SecretId = name });
        if (value.Status != System.Net.HttpStatusCode.OK && value.ErrorType == "AccessDeniedException")
            return null; // A policy that the run has put.
        if (labels.FirstOrDefault(l => l.Label == "AWSCURRENT") is { Version: { } current })
            return value.Status == System.Net.HttpStatusCode.OK && value["VersionId"] == current ? null : $"AWSCURRENT is on {current}, and GetSecretValue answers {value.Text}";
        var versions = await aws.Ok("ListSecretVersionIds", new { SecretId = name, IncludeDeprecated = true });
        return versions.Json.GetProperty("Versions").EnumerateArray().Any(version => version.TryGetProperty("KmsKeyIds", out _))
            ? $"there is a value, but no AWSCURRENT: {described.Text}"
            : null;
    }

    /// <summary>Pages of two secrets give each secret once, in the order of one long page.</summary>
    private async Task LookThroughPages()
    {
        var filter = new[] { new { Key = "name", Values = new[] { $"fuzz/{seed:x}/" } } };
        var whole = await Arns(await aws.Ok("ListSecrets", new { MaxResults = 100, Filters = filter, IncludePlannedDeletion = true }));
        List<string> paged = [];
        string? next = null;
        do
        {
            var page = await aws.Ok("ListSecrets", new { MaxResults = 2, Filters = filter, IncludePlannedDeletion = true, NextToken = next });
            paged.AddRange(await Arns(page));
            next = page.Json.TryGetProperty("NextToken", out var token) ? token.GetString() : null;
        }
        while (next is not null);
        if (!whole.SequenceEqual(paged))
            Report.Found($"ListSecrets in pages gives {paged.Count} secrets, in one {whole.Count}");

        static Task<List<string>> Arns(ApiAnswer page) =>
            Task.FromResult(page.Json.GetProperty("SecretList").EnumerateArray().Select(secret => secret.GetProperty("ARN").GetString()!).ToList());
    }
}
