using System.Security.Cryptography;
using System.Text.Json;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;

namespace SecretsPortal.Web.Api;

/// <summary><c>POST /</c>, and what else is plainly meant for the API: one request of the Secrets Manager API, from its bytes to its answer.</summary>
internal sealed partial class SecretsManagerEndpoint(
    RequestAuthenticator authenticator, AuditLog audit, PortalOptions options, IServiceProvider services, TimeProvider clock, ILogger<SecretsManagerEndpoint> log)
{
    private const string ContentType = "application/x-amz-json-1.1";
    private const string TargetHeader = "X-Amz-Target";
    private const string SignatureScheme = "AWS4-HMAC-SHA256";

    /// <summary>Answers; the door's only catch stands here.</summary>
    public async Task Answer(HttpContext http)
    {
        var requestId = Guid.CreateVersion7(clock.GetUtcNow()).ToString();
        http.Response.Headers["x-amzn-RequestId"] = requestId;
        var status = StatusCodes.Status200OK;
        byte[] body;
        try
        {
            body = await Carry(http, requestId);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            return; // The client has gone; there is nobody to answer.
        }
        catch (Exception fault)
        {
            (status, body) = Refusal(http, requestId, fault);
        }

        await Write(http, status, body);
    }

    /// <summary>
    /// True for a request that no browser and no page makes, wherever it was sent: one that is signed, in the header or in the query,
    /// names an operation or has the API's content type.
    /// </summary>
    public static bool IsMeant(HttpRequest request) =>
        request.Headers.ContainsKey(TargetHeader)
        || request.ContentType?.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase) == true
        || IsSigned(request);

    /// <summary>True for a request that is signed, in the header or in the query.</summary>
    public static bool IsSigned(HttpRequest request) =>
        request.Query.ContainsKey("X-Amz-Signature") || request.Query.ContainsKey("X-Amz-Credential")
        || request.Headers.Authorization.Any(value => value?.StartsWith(SignatureScheme, StringComparison.Ordinal) == true);

    // Operations are asked for at one place; elsewhere a target means nothing.
    private static string? Target(HttpRequest request) =>
        HttpMethods.IsPost(request.Method) && request.Path == "/" && request.Headers[TargetHeader] is [var only] ? only : null;

    private async Task<byte[]> Carry(HttpContext http, string requestId)
    {
        var cancel = http.RequestAborted;
        var target = Target(http.Request);
        var source = SourceAddress.Of(http);
        var action = OperationTable.ActionOf(target);
        var body = await ReadBody(http, action, source, requestId);
        try
        {
            var signed = await authenticator.Authenticate(RequestSignature.Of(http, body), action, source, requestId, cancel);
            var call = signed.ToCall(source, requestId, http.Request.IsHttps);
            var execute = await Decode(call, target, body, cancel);
            return await execute(new ApiCall(call, services, cancel));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(body);
        }
    }

    /// <summary>A body that is refused is never compared with its signature, so whoever claims to have sent it stays anonymous in the record.</summary>
    private async ValueTask<byte[]> ReadBody(HttpContext http, string action, string source, string requestId)
    {
        try
        {
            return await RequestBody.Read(http, clock);
        }
        catch (PortalException refused)
        {
            var nobody = new Caller { Id = "", Kind = CallerKind.Client, Name = "anonymous", Arn = "anonymous" };
            var call = new CallContext(nobody, options.Region, source, requestId);
            // Not cancelled with the request: after a broken body the connection is often gone.
            await audit.Record(audit.For(call, action, resource: null, AuditOutcome.Denied, refused.Error.ToString()), CancellationToken.None);
            throw;
        }
    }

    /// <summary>What is refused here never reaches a service, so the record of it is made here.</summary>
    private async ValueTask<Func<ApiCall, Task<byte[]>>> Decode(CallContext call, string? target, byte[] body, CancellationToken cancel)
    {
        try
        {
            return OperationTable.Find(target).Decode(body);
        }
        catch (PortalException refused)
        {
            await audit.Record(
                audit.For(call, OperationTable.ActionOf(target), resource: null, AuditOutcome.Failed, refused.Error.ToString()), cancel);
            throw;
        }
    }

    private (int Status, byte[] Body) Refusal(HttpContext http, string requestId, Exception fault)
    {
        var known = fault as PortalException;
        var error = AwsErrors.Of(known?.Error ?? PortalError.Internal);
        if (error.Status >= 500)
            LogFault(log, requestId, OperationTable.ActionOf(Target(http.Request)), fault);
        var message = known is null or { Error: PortalError.Internal } ? AwsErrors.InternalMessage : known.Message;
        return (error.Status, JsonSerializer.SerializeToUtf8Bytes(new ErrorBody(error.Type, message), AwsJson.Wire.ErrorBody));
    }

    private static async Task Write(HttpContext http, int status, byte[] body)
    {
        var response = http.Response;
        response.StatusCode = status;
        response.ContentType = ContentType;
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        try
        {
            await response.Body.WriteAsync(body, http.RequestAborted);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(body);
        }
    }

    [LoggerMessage(EventId = 3001, Level = LogLevel.Error, Message = "Request {RequestId} ({Action}) failed.")]
    private static partial void LogFault(ILogger logger, string requestId, string action, Exception fault);
}
