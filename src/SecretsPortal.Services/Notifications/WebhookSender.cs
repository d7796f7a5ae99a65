using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation.Functions;

namespace SecretsPortal.Services.Notifications;

/// <summary>
/// Posts JSON, signed as Standard Webhooks (version 1) says: HMAC-SHA-256 over id, time stamp and body. To permitted addresses alone, which are
/// looked at when the connection is made.
/// </summary>
internal sealed class WebhookSender(FunctionHttp http, TimeProvider clock)
{
    /// <summary>What keys begin with where they are shown.</summary>
    public const string KeyPrefix = "whsec_";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    /// <summary>Sends one message; <see cref="ChannelFaultException"/> unless it is answered with 2xx.</summary>
    public async Task Send(WebhookAddress settings, SecretText key, NotificationMessage message, CancellationToken cancel)
    {
        var address = new Uri(settings.Url);
        var (id, body) = ($"msg_{message.Id}", message.Json);
        var timestamp = clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        FunctionAnswer answer;
        try
        {
            answer = await http.Post(
                PeerWords.Channel, address, body, [new("webhook-id", id), new("webhook-timestamp", timestamp), new("webhook-signature", $"v1,{Signature(key, id, timestamp, body)}")],
                s_patience, cancel);
        }
        catch (FunctionHttpException fault)
        {
            throw new ChannelFaultException($"The webhook can't be called. {fault.Message}");
        }

        if (answer.Status is < 200 or >= 300)
            throw new ChannelFaultException($"{address.Authority} answered with HTTP {answer.Status}. Its own log may say why; let it answer with 2xx.");
    }

    private static string Signature(SecretText key, string id, string timestamp, ReadOnlySpan<byte> body)
    {
        var secret = Convert.FromBase64String(key.Reveal()[KeyPrefix.Length..]);
        try
        {
            return Convert.ToBase64String(HMACSHA256.HashData(secret, (byte[])[.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body]));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }
}
