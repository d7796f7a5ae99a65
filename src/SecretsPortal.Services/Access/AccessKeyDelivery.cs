using System.Text.Json;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

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
    /// version, in one transaction: whatever ends the portal, there is no key whose secret half nobody has. Both actions are the caller's:
    /// <c>secretsportal:CreateAccessKey</c> and <c>secretsmanager:PutSecretValue</c>. What has begun is carried through, whether or not somebody
    /// still waits for it.
    /// </summary>
    public async Task<DeliveredAccessKey> Create(CallContext call, string client, CreateAccessKeyRequest request, string secretId, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var secretHalf = request.SecretAccessKey ?? AccessRules.NewSecretHalf();
        var token = Guid.CreateVersion7(_clock.GetUtcNow()).ToString();
        Secret? secret = null;
        var added = await _clients.CreateKey(
            call, client, request with { SecretAccessKey = secretHalf },
            async (key, cancel) => secret = await Put(call, secretId, token, key, secretHalf, cancel), CancellationToken.None);
        return new DeliveredAccessKey(added.Key, secret!.Arn.ToString(), token);
    }

    private async Task<Secret> Put(CallContext call, string secretId, string token, DeliveredKey key, SecretText secretHalf, CancellationToken cancel)
    {
        var both = JsonSerializer.Serialize(new Dictionary<string, string> { ["accessKeyId"] = key.Key.AccessKeyId, ["secretAccessKey"] = secretHalf.Reveal() });
        try
        {
            var request = new PutSecretValueRequest(secretId, token, SecretValue.FromText(both), VersionStages: null);
            return (await _secrets.PutValue(call, request, key, cancel)).Secret;
        }
        catch
        {
            // A fault may come after both were stored.
            if (await _secrets.FindWritten(call, secretId, token, cancel) is { } secret)
                return secret;
            throw;
        }
    }
}
