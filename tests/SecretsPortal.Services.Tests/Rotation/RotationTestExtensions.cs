using System.Text.Json;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Tests.Rotation;

/// <summary>What tests of rotation say often.</summary>
internal static class RotationTestExtensions
{
    public static Task<WrittenSecret> Rotate(this TestPortal portal, string id, int token, Func<RotateSecretRequest, RotateSecretRequest>? with = null)
    {
        var request = new RotateSecretRequest { SecretId = id, ClientRequestToken = TestPortal.Token(token) };
        return portal.Get<RotationService>().Rotate(portal.Admin, with is null ? request : with(request), default);
    }

    /// <summary>Executes everything that was enqueued, and only that.</summary>
    public static async Task ExecuteQueue(this TestPortal portal)
    {
        List<string> ids = [.. portal.Queue.RunIds];
        portal.Queue.RunIds.Clear();
        foreach (var id in ids)
            await portal.Get<RotationRunner>().Run(id, default);
    }

    /// <summary>Lets time pass, ticks and executes, until the secret has no open run.</summary>
    public static async Task ExecuteUntilEnded(this TestPortal portal, string id)
    {
        for (var round = 0; round < 10; round++)
        {
            await portal.ExecuteQueue();
            if ((await portal.History(id)).All(r => !r.IsOpen))
                return;
            portal.Clock.Advance(TimeSpan.FromMinutes(2));
            await portal.Get<RotationDispatcher>().Tick(default);
        }

        Assert.Fail("The run did not end.");
    }

    public static Task<IReadOnlyList<RotationRun>> History(this TestPortal portal, string id) =>
        portal.Get<RotationHistory>().Latest(portal.Admin, id, 100, default);

    public static Task<Secret> Secret(this TestPortal portal, string id) => portal.Reader.Describe(portal.Admin, id, default);

    /// <summary>What the rotation itself recorded, in order.</summary>
    public static async Task<IReadOnlyList<string>> RotationRecords(this TestPortal portal) =>
        [.. (await portal.Log()).Where(r => r.Caller.EndsWith("role/secretsportal/rotation", StringComparison.Ordinal)).Select(r => r.Action["secretsportal:".Length..])];

    /// <summary>Works as another node would that dies after a step: the lease stays until it runs out.</summary>
    public static async Task<RotationWork> DieAfter(this TestPortal portal, RotationStep last)
    {
        var runId = Assert.Single(portal.Queue.RunIds);
        portal.Queue.RunIds.Clear();
        var rotations = portal.Get<RotationStore>();
        var now = portal.Clock.GetUtcNow();
        var claim = await rotations.Claim(runId, "another node", now, now.AddMinutes(1), default);
        var work = new RotationWork(claim!, []);
        var steps = portal.Get<RotationSteps>();
        Func<RotationWork, CancellationToken, Task<string>>[] acts = [steps.CreatePending, steps.SetPending, steps.TestPending];
        for (var step = RotationStep.CreateSecret; step <= last; step++)
        {
            await acts[(int)step](work, default);
            Assert.True(await rotations.SaveStep(runId, work.Fence, new RotationStepRecord(step, 1, now, now, Succeeded: true, "done before"), default));
        }

        portal.Queue.RunIds.Add(runId);
        return work;
    }

    /// <summary>The password in a database's secret.</summary>
    public static string PasswordOf(string json) => JsonDocument.Parse(json).RootElement.GetProperty("password").GetString()!;
}
