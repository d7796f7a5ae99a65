using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core.Audit;
using SecretsPortal.Services;
using SecretsPortal.Services.Audit;
using SecretsPortal.Web.Admin.Infrastructure;
using SecretsPortal.Web.Doors;
using SecretsPortal.Web.Tests.Admin;

namespace SecretsPortal.Web.Tests.Matrix;

/// <summary>Caller × door × action: each cell is tried against the running host and compared with what the policy documents say.</summary>
public sealed class MatrixTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Every_caller_passes_every_door_exactly_where_the_policies_say()
    {
        await using var portal = await TestPortal.Start("--Portal:Regions=us-east-1,eu-central-1");
        using var api = new AdminClient(portal.Address, TestPortal.Credentials);
        var callers = await new MatrixCallers(portal, api).Make();
        var doors = new MatrixDoors(portal).All([await Secret(portal, "matrix/inside"), await Secret(portal, "matrix/outside")]);
        var (wrong, answered, allowed, number) = (new ConcurrentBag<string>(), new ConcurrentDictionary<string, string>(), 0, 0);
        var cells = from door in doors from caller in callers select (door, caller);
        var began = TimeProvider.System.GetTimestamp();

        await Parallel.ForEachAsync(cells, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (cell, _) =>
        {
            var expected = Expected(cell.caller, cell.door);
            var (passed, answer) = await Try(cell.caller, cell.door, Interlocked.Increment(ref number));
            if (passed)
                Interlocked.Increment(ref allowed);
            if (cell.door.Rule.Kind is not (DoorKind.Public or DoorKind.SignedIn) && RequestId(answer) is { } requestId)
                answered[requestId] = $"{cell.caller.Name} at {cell.door}: {(int)answer.Status}";
            if (passed != expected || (int)answer.Status >= 500)
                wrong.Add($"{cell.caller.Name} at {cell.door}: {(expected ? "should pass" : "should not pass")}: {(int)answer.Status} {answer.Text[..Math.Min(answer.Text.Length, 300)]}");
        });

        output.WriteLine($"{callers.Count} callers × {doors.Count} doors = {number} cells, {allowed} of them allowed, in {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s");
        Assert.Equal(callers.Count * doors.Count, number);
        Assert.True(doors.Count > 90 && allowed > 200 && allowed < number / 2, "The matrix is not what it was.");
        Assert.True(wrong.IsEmpty, string.Join("\n", wrong.Order(StringComparer.Ordinal).Take(50)));
        Assert.True(answered.Count > number / 2, $"Only {answered.Count} answers told their id.");
        foreach (var recorded in await Recorded(portal))
            answered.TryRemove(recorded, out _);
        Assert.True(answered.IsEmpty, $"Not in the audit log:\n{string.Join("\n", answered.Values.Order(StringComparer.Ordinal).Take(50))}");
        foreach (var caller in callers)
            caller.Client.Dispose();
    }

    // The AWS API and the administration API tell the id by which the log knows a request.
    private static string? RequestId(AdminAnswer answer) =>
        answer.Message.Headers.TryGetValues("x-amzn-RequestId", out var ids) || answer.Message.Headers.TryGetValues(AdminGate.RequestIdHeader, out ids) ? ids.Single() : null;

    private static async Task<List<string>> Recorded(TestPortal portal)
    {
        var log = portal.Services.GetRequiredService<AuditLog>();
        var call = new CallContext(await portal.SignIn(), TestPortal.Region, "127.0.0.1", "matrix");
        var (ids, token) = (new List<string>(), (string?)null);
        do
        {
            var page = await log.Search(call, new AuditQuery { Limit = 500 }, token, TestContext.Current.CancellationToken);
            ids.AddRange(page.Events.Select(e => e.Record.RequestId));
            token = page.NextToken;
        }
        while (token is not null);
        return ids;
    }

    private static bool Expected(MatrixCaller caller, MatrixDoor door)
    {
        // A signature opens no page: a signed request is answered as an API call wherever it is sent.
        if (door.Place == DoorPlace.Portal && caller.IsSigning || door.Place == DoorPlace.Aws && !caller.IsSigning)
            return false;
        if (door.Rule.Kind == DoorKind.Public)
            return true;
        return caller.IsRecognised && door.Asked.All(asked => caller.May(asked.Action, asked.Resource));
    }

    private static async Task<(bool Passed, AdminAnswer Answer)> Try(MatrixCaller caller, MatrixDoor door, int number)
    {
        var body = door.Body?.Invoke(number);
        var answer = door.Place == DoorPlace.Aws
            ? await caller.Client.Send(door.Method, door.Path, body, ("X-Amz-Target", $"secretsmanager.{door.Target}"))
            : await caller.Client.Send(door.Method, door.Path, body);
        var isApiAnswer = answer.Message.Content.Headers.ContentType?.MediaType == "application/x-amz-json-1.1";
        return (door.Place switch
        {
            DoorPlace.Aws => !(answer.Status == HttpStatusCode.BadRequest && answer.Json.GetProperty("__type").GetString() is "AccessDeniedException"
                or "UnrecognizedClientException" or "MissingAuthenticationTokenException" or "InvalidSignatureException" or "IncompleteSignatureException"),
            DoorPlace.Portal when isApiAnswer => false,
            _ => answer.Status is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
                && answer.Message.Headers.Location?.OriginalString.Contains("/sign-in?", StringComparison.Ordinal) != true,
        }, answer);
    }

    private static async Task<(string Name, string Arn)> Secret(TestPortal portal, string name)
    {
        var made = await portal.Aws.Ok("CreateSecret", new { Name = name, SecretString = "x", ClientRequestToken = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString() });
        return (name, made["ARN"]!);
    }
}
