using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation.Functions;

/// <summary>
/// Calls the Invoke operation of AWS Lambda (2015-03-31), or of what speaks like it, signed by Signature Version 4. The credentials for the portal's
/// API travel in the client context, which handlers find as <c>context.client_context.custom</c>.
/// </summary>
internal sealed class LambdaEndpoint(FunctionHttp http, TimeProvider clock) : IFunctionInvoker
{
    // How much Lambda gives, in bytes. Half a character at the beginning may have been dropped.
    private const int TailLength = 4096 - 3;

    /// <inheritdoc/>
    public FunctionKind Kind => FunctionKind.Endpoint;

    /// <inheritdoc/>
    public async Task<InvocationResult> Invoke(StoredFunction function, SecretText? key, FunctionCall call, CancellationToken cancel)
    {
        var address = AddressOf(function);
        var body = Encoding.UTF8.GetBytes(call.Event.Reveal());
        FunctionAnswer answer;
        try
        {
            answer = await http.Post(PeerWords.Function, address, body, Headers(function, key!.Value, call, address, body), function.Timeout, cancel);
        }
        catch (FunctionHttpException fault)
        {
            return InvocationResult.Fault(fault.Message, "", fault.IsFinal);
        }

        var log = LogOf(answer);
        if (answer.Status is >= 200 and < 300)
        {
            if (!answer.Headers.ContainsKey("X-Amz-Function-Error"))
                return InvocationResult.Success(log);
            var (type, message) = FunctionErrors.Read(answer.Body);
            return InvocationResult.Error(type, message ?? "The function failed without a message.", log);
        }

        var place = address.Authority;
        return answer.Status switch
        {
            400 or 401 or 403 => InvocationResult.Fault(
                $"{place} refuses the request (HTTP {answer.Status}). Check the function's access key, its region, what the key may invoke, and the clock of this machine.", log, isFinal: true),
            404 => InvocationResult.Fault($"{place} has no function {function.RemoteName ?? function.Caller.Name}. Correct \"remoteName\" or \"url\".", log, isFinal: true),
            _ => InvocationResult.Fault($"{place} could not run the function (HTTP {answer.Status}). Its own log has more.", log),
        };
    }

    private static Uri AddressOf(StoredFunction function) => new(
        $"{function.Url!.TrimEnd('/')}/2015-03-31/functions/{Uri.EscapeDataString(function.RemoteName ?? function.Caller.Name)}/invocations");

    private List<KeyValuePair<string, string>> Headers(StoredFunction function, SecretText secret, FunctionCall call, Uri address, byte[] body)
    {
        var context = JsonSerializer.SerializeToUtf8Bytes(new { custom = PortalAccess.Of(call) });
        List<KeyValuePair<string, string>> headers =
        [
            new("X-Amz-Invocation-Type", "RequestResponse"),
            new("X-Amz-Log-Type", "Tail"),
            new("X-Amz-Client-Context", Convert.ToBase64String(context)),
        ];
        var request = new SignedRequest
        {
            Method = "POST",
            Path = address.AbsolutePath,
            Query = "",
            Headers = [new("Host", address.Authority), new("Content-Type", "application/json"), .. headers],
            BodyHash = Convert.ToHexStringLower(SHA256.HashData(body)),
        };
        headers.AddRange(SigV4Signer.Sign(
            request, new SigningCredentials(function.RemoteAccessKeyId!, secret), function.RemoteRegion!, "lambda", clock.GetUtcNow()));
        return headers;
    }

    /// <summary>The tail of the log, which Lambda cuts to a number of bytes wherever that falls.</summary>
    private static string LogOf(FunctionAnswer answer)
    {
        if (!answer.Headers.TryGetValue("X-Amz-Log-Result", out var tail))
            return "";
        try
        {
            var bytes = Convert.FromBase64String(tail);
            var text = Encoding.UTF8.GetString(bytes);
            return bytes.Length >= TailLength ? BoundedLog.WithoutFirstLine(text) : text;
        }
        catch (FormatException)
        {
            return "";
        }
    }
}

/// <summary>How functions elsewhere are told what they may use of the portal.</summary>
internal static class PortalAccess
{
    /// <summary>Endpoint, region and temporary credentials.</summary>
    public static Dictionary<string, string> Of(FunctionCall call) => new()
    {
        ["Endpoint"] = call.Endpoint.GetLeftPart(UriPartial.Authority),
        ["Region"] = call.Region,
        ["AccessKeyId"] = call.Access.AccessKeyId,
        ["SecretAccessKey"] = call.Access.SecretAccessKey.Reveal(),
        ["SessionToken"] = call.Access.SessionToken.Reveal(),
        ["Expiration"] = call.Access.ExpiresAt.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
    };
}
