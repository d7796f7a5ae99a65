using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation.Functions;

/// <summary>
/// Posts the event as JSON, signed as Standard Webhooks (version 1) says: HMAC-SHA-256 over id, time stamp and body. A receiver that refuses old
/// time stamps and ids that it has seen can't be played to twice.
/// </summary>
internal sealed class Webhook(FunctionHttp http, TimeProvider clock) : IFunctionInvoker
{
    /// <summary>What keys begin with where they are shown.</summary>
    public const string KeyPrefix = "whsec_";

    /// <summary>The size of a key in bytes.</summary>
    public const int KeySize = 32;

    /// <inheritdoc/>
    public FunctionKind Kind => FunctionKind.Webhook;

    /// <inheritdoc/>
    public async Task<InvocationResult> Invoke(StoredFunction function, SecretText? key, FunctionCall call, CancellationToken cancel)
    {
        var body = BodyOf(call);
        var now = clock.GetUtcNow();
        var id = $"msg_{Guid.CreateVersion7(now):N}";
        var timestamp = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var address = new Uri(function.Url!);
        FunctionAnswer answer;
        try
        {
            answer = await http.Post(
                PeerWords.Function, address, body,
                [new("webhook-id", id), new("webhook-timestamp", timestamp), new("webhook-signature", $"v1,{Signature(key!.Value, id, timestamp, body)}")],
                function.Timeout, cancel);
        }
        catch (FunctionHttpException fault)
        {
            return InvocationResult.Fault(fault.Message, "", fault.IsFinal);
        }

        if (answer.Status is >= 200 and < 300)
            return InvocationResult.Success("");
        var (type, message) = FunctionErrors.Read(answer.Body);
        return message is null
            ? InvocationResult.Fault(
                $"The webhook at {address.Authority} answered with HTTP {answer.Status} and no errorMessage. Its own log has more; let it answer with 2xx, or with errorType and errorMessage.", "",
                // Nobody is there, or does not take what the portal sends: the same once more would fare no better.
                isFinal: answer.Status is 400 or 401 or 403 or 404 or 405 or 410)
            : InvocationResult.Error(type, message, "");
    }

    /// <summary>The signature of a message, in base64.</summary>
    public static string Signature(SecretText key, string id, string timestamp, ReadOnlySpan<byte> body)
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

    // The event's own members stay where functions of every kind find them; what the portal gives stands beside them.
    private static byte[] BodyOf(FunctionCall call)
    {
        var body = JsonNode.Parse(call.Event.Reveal())!.AsObject();
        body["Portal"] = JsonSerializer.SerializeToNode(PortalAccess.Of(call));
        return JsonSerializer.SerializeToUtf8Bytes(body);
    }
}
