using System.Text.Json;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;

namespace SecretsPortal.Services.Access;

/// <summary>An access key whose secret half went into a secret.</summary>
/// <param name="Key">The key.</param>
/// <param name="SecretArn">The secret that holds both halves.</param>
/// <param name="VersionId">The version that holds them.</param>
public sealed record DeliveredAccessKey(AccessKeySummary Key, string SecretArn, string VersionId);

/// <summary>Makes access keys whose secret half no caller sees: the portal puts it into a secret, from which the client fetches it.</summary>
public sealed class AccessKeyDelivery
{
    private readonly ClientService _clients;
    private readonly SecretWriter _secrets;
    private readonly TimeProvider _clock;

    internal AccessKeyDelivery(ClientService clients, SecretWriter secrets, TimeProvider clock)
    {
        _clients = clients;
        _secrets = secrets;
        _clock = clock;
    }

    /// <summary>
    /// Adds a key to a client and puts both halves, as JSON with <c>accessKeyId</c> and <c>secretAccessKey</c>, into the secret as its AWSCURRENT
    /// version. Both actions are the caller's: <c>secretsportal:CreateAccessKey</c> and <c>secretsmanager:PutSecretValue</c>. Where the secret can't
    /// take it, the key is deleted again. What has begun is carried through, whether or not somebody still waits for it.
    /// </summary>
    public async Task<DeliveredAccessKey> Create(CallContext call, string client, CreateAccessKeyRequest request, string secretId, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var secretHalf = request.SecretAccessKey ?? AccessRules.NewSecretHalf();
        var added = await _clients.CreateKey(call, client, request with { SecretAccessKey = secretHalf }, CancellationToken.None);
        var both = JsonSerializer.Serialize(new Dictionary<string, string> { ["accessKeyId"] = added.Key.AccessKeyId, ["secretAccessKey"] = secretHalf.Reveal() });
        var token = Guid.CreateVersion7(_clock.GetUtcNow()).ToString();
        try
        {
            var written = await _secrets.PutValue(call, new PutSecretValueRequest(secretId, token, SecretValue.FromText(both), VersionStages: null), CancellationToken.None);
            return new DeliveredAccessKey(added.Key, written.Secret.Arn.ToString(), token);
        }
        catch
        {
            // A fault may come after the value was stored: then AWSCURRENT names the key. Where not even that can be told, the key stays.
            if (await _secrets.FindWritten(call, secretId, token, CancellationToken.None) is { } secret)
                return new DeliveredAccessKey(added.Key, secret.Arn.ToString(), token);
            // Nobody has the secret half now: a key that nobody can use must not count among the client's two.
            await _clients.WithdrawKey(call, client, added.Key.AccessKeyId, CancellationToken.None);
            throw;
        }
    }
}
