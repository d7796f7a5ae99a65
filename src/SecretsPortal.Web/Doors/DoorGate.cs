using Microsoft.AspNetCore.Authentication;
using SecretsPortal.Core;
using SecretsPortal.Services;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Doors;

/// <summary>Who was recognised, and the call as which it is recorded.</summary>
/// <param name="Call">For the services behind the door.</param>
internal sealed record DoorCall(CallContext Call);

/// <summary>Enforces the rule of every endpoint before anything behind it runs. An endpoint without a rule opens to nobody.</summary>
internal sealed class DoorGate(SessionGate sessions, Authorizer authorizer, PortalOptions options, TimeProvider clock)
{
    /// <summary>Puts the gate where the endpoint and the session are known.</summary>
    public static void Use(WebApplication app) => app.Use(static (http, next) =>
        http.GetEndpoint() is { } endpoint
            ? http.RequestServices.GetRequiredService<DoorGate>().Pass(http, endpoint, next)
            : next(http));

    private async Task Pass(HttpContext http, Endpoint endpoint, RequestDelegate next)
    {
        // Routing itself answers a wrong method or content type by an endpoint that is nobody's door: it holds nothing.
        if (endpoint is not RouteEndpoint)
        {
            await next(http);
            return;
        }

        var rule = DoorRule.Among(endpoint.Metadata)
            ?? throw new InvalidOperationException($"The endpoint {endpoint.DisplayName} has no door rule, so it opens to nobody. Give it one with WithDoor or an attribute.");
        if (rule.Kind is DoorKind.Public or DoorKind.Operations || await MayPass(http, rule))
            await next(http);
    }

    private async Task<bool> MayPass(HttpContext http, DoorRule rule)
    {
        try
        {
            if (await CallOf(http) is not { } call)
            {
                await AskToSignIn(http);
                return false;
            }

            http.Features.Set(new DoorCall(call));
            if (rule.Kind == DoorKind.Action)
                await authorizer.Require(call, rule.Action!, "*", secret: null, http.RequestAborted);
            return true;
        }
        catch (PortalException denied) when (denied.Error == PortalError.AccessDenied)
        {
            await Refuse(http, rule.Action!);
            return false;
        }
        catch (PortalException away) when (away.Error == PortalError.Unavailable)
        {
            await Away(http, away.Message);
            return false;
        }
    }

    // The REST API recognises its callers before, by signature or session; every other door by the session alone.
    private async Task<CallContext?> CallOf(HttpContext http)
    {
        if (http.Features.Get<DoorCall>() is { } recognised)
            return recognised.Call;
        if (await sessions.Find(http) is not { } session)
            return null;
        var named = PortalRoutes.RegionOf(http.Request);
        var region = named is not null && options.Regions.Contains(named, StringComparer.Ordinal) ? named : options.Region;
        return new CallContext(session.User, region, SourceAddress.Of(http), Guid.CreateVersion7(clock.GetUtcNow()).ToString())
        {
            IsSecure = http.Request.IsHttps,
            Session = new SessionProof(session.Id, session.ProvedAt),
        };
    }

    private static Task AskToSignIn(HttpContext http)
    {
        if (IsOpened(http.Request))
            return http.ChallengeAsync();
        http.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return Task.CompletedTask;
    }

    private static Task Refuse(HttpContext http, string action)
    {
        if (IsOpened(http.Request))
            return PageAnswers.Denied(http, action);
        http.Response.StatusCode = StatusCodes.Status403Forbidden;
        return http.Response.WriteAsync($"No policy of yours allows {action}.", http.RequestAborted);
    }

    private static Task Away(HttpContext http, string reason)
    {
        if (IsOpened(http.Request))
            return PageAnswers.Away(http);
        http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return http.Response.WriteAsync(reason, http.RequestAborted);
    }

    /// <summary>True where somebody opens a page in a browser; scripts and styles could make nothing of a page as answer.</summary>
    private static bool IsOpened(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) && (request.Headers.Accept.Count == 0 || request.Headers.Accept.Any(static accept =>
            accept?.Contains("text/html", StringComparison.OrdinalIgnoreCase) == true));
}
