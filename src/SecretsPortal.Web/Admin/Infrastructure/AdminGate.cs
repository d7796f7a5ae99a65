using System.Security.Cryptography;
using System.Text.Json;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Web.Api;
using SecretsPortal.Web.Doors;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Admin.Infrastructure;

/// <summary>The body of a request, read whole before its signature was compared.</summary>
/// <param name="Bytes">Cleared once the request is answered.</param>
internal sealed record AdminBody(byte[] Bytes);

/// <summary>
/// Stands before the administration API: reads the bounded body, recognises the caller by signature or session, and answers whatever is thrown
/// behind it. The door's only catch stands here.
/// </summary>
internal sealed partial class AdminGate(
    RequestAuthenticator authenticator, SessionGate sessions, AuditLog audit, PortalOptions options, TimeProvider clock, ILogger<AdminGate> log)
{
    /// <summary>What a session's request that changes something must carry: no form and no foreign page can set it.</summary>
    public const string SessionHeader = "X-Portal-Request";

    /// <summary>The id of a request in its answer.</summary>
    public const string RequestIdHeader = "X-Request-Id";

    private const string UnknownAction = "secretsportal:UnknownOperation";

    /// <summary>Puts the gate before that of all doors.</summary>
    public static void Use(WebApplication app) => app.Use(static (http, next) =>
        http.GetEndpoint()?.Metadata.GetMetadata<AdminOperation>() is { } operation
            ? http.RequestServices.GetRequiredService<AdminGate>().Answer(http, operation, next)
            : next(http));

    private async Task Answer(HttpContext http, AdminOperation operation, RequestDelegate next)
    {
        var requestId = Guid.CreateVersion7(clock.GetUtcNow()).ToString();
        http.Response.Headers[RequestIdHeader] = requestId;
        http.Response.Headers.CacheControl = "no-store";
        byte[] body = [];
        var call = Anonymous(http, requestId);
        try
        {
            body = await RequestBody.Read(http, clock);
            http.Features.Set(new AdminBody(body));
            call = await Recognise(http, body, ActionOf(http), requestId);
            http.Features.Set(new DoorCall(call));
            operation.CheckQuery(http.Request);
            await next(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client has gone; there is nobody to answer.
        }
        catch (Exception fault)
        {
            await Refuse(http, call, fault);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(body);
        }
    }

    private async Task<CallContext> Recognise(HttpContext http, byte[] body, string action, string requestId)
    {
        var source = SourceAddress.Of(http);
        if (!SecretsManagerEndpoint.IsSigned(http.Request) && await sessions.Find(http) is { } session)
        {
            var call = new CallContext(session.User, options.Region, source, requestId)
            {
                IsSecure = http.Request.IsHttps,
                Session = new SessionProof(session.Id, session.ProvedAt),
            };
            return HttpMethods.IsGet(http.Request.Method) || IsFromOurPages(http.Request) ? call : throw await Foreign(call, action);
        }

        // Without any credentials, too: it says so, and records the attempt.
        var signed = await authenticator.Authenticate(RequestSignature.Of(http, body), action, source, requestId, http.RequestAborted);
        return new CallContext(signed.Caller, signed.Region, source, requestId) { IsSecure = http.Request.IsHttps };
    }

    // Browsers tell where a request comes from, and let no other origin set the header without asking first, which nothing here answers.
    private static bool IsFromOurPages(HttpRequest request)
    {
        if (request.Headers[SessionHeader] is not ["1"])
            return false;
        if (request.Headers["Sec-Fetch-Site"] is [var site])
            return site == "same-origin";
        return request.Headers.Origin is not [var origin] || origin == $"{request.Scheme}://{request.Host}";
    }

    private async Task<PortalException> Foreign(CallContext call, string action)
    {
        await audit.Record(audit.For(call, action, resource: null, AuditOutcome.Denied, "not from the portal's own pages"), CancellationToken.None);
        return new PortalException(PortalError.AccessDenied,
            $"With a session, changes are taken from the portal's own pages alone: same origin, and the header {SessionHeader}: 1. Programs sign their requests.");
    }

    private async Task Refuse(HttpContext http, CallContext call, Exception fault)
    {
        fault = await Record(http, call, fault is BadHttpRequestException broken ? AdminOperation.Explain(broken) : fault);
        var problem = AdminProblems.Of(fault, call.RequestId).Naming(MembersOf(http));
        if (problem.Status >= 500)
            LogFault(log, call.RequestId, ActionOf(http), fault);
        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }

        http.Response.StatusCode = problem.Status;
        if (problem.Status == StatusCodes.Status401Unauthorized)
            http.Response.Headers.WWWAuthenticate = "AWS4-HMAC-SHA256";
        http.Response.ContentType = AdminProblems.ContentType;
        await JsonSerializer.SerializeAsync(http.Response.Body, problem, AdminJson.Options, http.RequestAborted);
    }

    /// <summary>What is refused before a service is reached leaves its record here; services and the authenticator record their own. Gives the fault to answer.</summary>
    private async Task<Exception> Record(HttpContext http, CallContext call, Exception fault)
    {
        if (fault is not (FieldException or BadHttpRequestException
            or PortalException { Error: PortalError.Serialization or PortalError.RequestTimeout or PortalError.UnknownOperation }))
            return fault;
        try
        {
            var outcome = http.Features.Get<DoorCall>() is null ? AuditOutcome.Denied : AuditOutcome.Failed;
            var reason = fault is PortalException known ? known.Error.ToString() : nameof(PortalError.Validation);
            // Not cancelled with the request: after a broken body the connection is often gone.
            await audit.Record(audit.For(call, ActionOf(http), resource: null, outcome, reason), CancellationToken.None);
            return fault;
        }
        catch (PortalException away)
        {
            return away;
        }
    }

    private CallContext Anonymous(HttpContext http, string requestId) => new(
        new Caller { Id = "", Kind = CallerKind.Client, Name = "anonymous", Arn = "anonymous" }, options.Region, SourceAddress.Of(http), requestId);

    private static IEnumerable<string> MembersOf(HttpContext http)
    {
        var metadata = http.GetEndpoint()!.Metadata;
        var body = metadata.GetMetadata<AdminBodyType>()?.Type;
        return [
            .. http.Request.RouteValues.Keys, .. metadata.GetMetadata<AdminOperation>()!.Query.Keys,
            .. body is null ? [] : AdminJson.Options.GetTypeInfo(body).Properties.Select(p => p.Name),
        ];
    }

    private static string ActionOf(HttpContext http) => DoorRule.Among(http.GetEndpoint()!.Metadata)?.Action ?? UnknownAction;

    [LoggerMessage(EventId = 3101, Level = LogLevel.Error, Message = "Request {RequestId} ({Action}) failed.")]
    private static partial void LogFault(ILogger logger, string requestId, string action, Exception fault);
}
