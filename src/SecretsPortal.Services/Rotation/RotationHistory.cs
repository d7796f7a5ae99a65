using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation;

/// <summary>What became of a secret's rotations.</summary>
public sealed class RotationHistory
{
    private readonly RotationStore _rotations;
    private readonly SecretFinder _finder;
    private readonly Authorizer _authorizer;
    private readonly AuditRecorder _recorder;

    internal RotationHistory(RotationStore rotations, SecretFinder finder, Authorizer authorizer, AuditRecorder recorder)
    {
        _rotations = rotations;
        _finder = finder;
        _authorizer = authorizer;
        _recorder = recorder;
    }

    /// <summary>
    /// The secret's runs, newest first, with their steps (action <c>secretsmanager:DescribeSecret</c>). Their messages name host and user, which are
    /// content of the value: whoever may neither rotate the secret nor read its value is told the step that failed and no more. Only refusals are
    /// recorded: pages ask every second while a run is under way, after DescribeSecret was recorded once.
    /// </summary>
    public async Task<IReadOnlyList<RotationRun>> Latest(CallContext call, string secretId, int limit, CancellationToken cancel)
    {
        SecretRules.Range("limit", limit, 1, 100);
        var secret = await _finder.Find(new RecordedCall(call, SecretActions.DescribeSecret, secretId), secretId, cancel);
        return await Told(call, secret, await _rotations.History(secret.Id, limit, cancel), cancel);
    }

    /// <summary>As <see cref="Latest"/>, those before one of them.</summary>
    public async Task<IReadOnlyList<RotationRun>> Older(CallContext call, string secretId, RotationRun than, int limit, CancellationToken cancel)
    {
        SecretRules.Range("limit", limit, 1, 100);
        var secret = await _finder.Find(new RecordedCall(call, SecretActions.DescribeSecret, secretId), secretId, cancel);
        return await Told(call, secret, await _rotations.Older(secret.Id, than, limit, cancel), cancel);
    }

    /// <summary>As <see cref="Latest"/>, each call recorded.</summary>
    public Task<IReadOnlyList<RotationRun>> ListRuns(CallContext call, string secretId, int limit, CancellationToken cancel) =>
        _recorder.Recording(call, SecretActions.DescribeSecret, secretId, async op =>
        {
            SecretRules.Range("limit", limit, 1, 100);
            var secret = await _finder.Find(op, secretId, cancel);
            return await Told(call, secret, await _rotations.History(secret.Id, limit, cancel), cancel);
        }, cancel);

    private async Task<IReadOnlyList<RotationRun>> Told(CallContext call, Secret secret, IReadOnlyList<RotationRun> runs, CancellationToken cancel)
    {
        foreach (var action in (string[])[SecretActions.RotateSecret, SecretActions.GetSecretValue])
            if ((await _authorizer.Decide(call, action, secret.Arn.ToString(), secret, cancel)).IsAllowed)
                return runs;
        return [.. runs.Select(RotationWords.WithoutParticulars)];
    }
}
