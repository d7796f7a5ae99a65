using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using SecretsPortal.Core;
using SecretsPortal.Services;
using SecretsPortal.Web.Doors;

namespace SecretsPortal.Web.Admin.Infrastructure;

/// <summary>The routes of one resource of the administration API.</summary>
/// <param name="group">Below <c>/api/v1</c>.</param>
/// <param name="tag">The resource, as the documentation groups by.</param>
internal sealed class AdminRoutes(RouteGroupBuilder group, string tag)
{
    /// <summary>Maps an operation that the service behind decides by <paramref name="action"/>; it is named after the action unless it says otherwise.</summary>
    public RouteHandlerBuilder Map(string method, string path, string action, string summary, Delegate handler, string? name = null) =>
        Map(method, path, DoorRule.ByService(action), summary, handler, name ?? action[(action.IndexOf(':', StringComparison.Ordinal) + 1)..]);

    /// <summary>Maps an operation with a rule of its own.</summary>
    public RouteHandlerBuilder Map(string method, string path, DoorRule rule, string summary, Delegate handler, string name) => group
        .MapMethods(path, [method], handler)
        .WithDoor(rule)
        .WithName(name)
        .WithTags(tag)
        .WithSummary(summary)
        .WithMetadata(AdminOperation.Of(handler, path));
}

/// <summary>What handlers take from a request, and put into an answer.</summary>
internal static class AdminRequests
{
    /// <summary>Says which body an operation reads by <see cref="Body{T}"/>.</summary>
    /// <param name="route">The operation.</param>
    /// <param name="example">JSON that it takes.</param>
    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder route, string example)
        where T : class => route.WithMetadata(new AdminBodyType(typeof(T), example));

    /// <summary>The call, for the services.</summary>
    public static CallContext Call(this HttpContext http) => http.Features.GetRequiredFeature<DoorCall>().Call;

    /// <summary>The body, read and checked; <see cref="FieldException"/> names what is wrong with it.</summary>
    public static T Body<T>(this HttpContext http)
        where T : class => AdminJson.Read<T>(http.Features.GetRequiredFeature<AdminBody>().Bytes);

    /// <summary>The revision that the client saw last, from If-Match; null where it does not care.</summary>
    public static long? Revision(string? ifMatch) => ifMatch switch
    {
        null or "*" => null,
        ['"', .. var number, '"'] when long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var revision) => revision,
        _ => throw new FieldException("If-Match", "must be an ETag as a GET gave it, such as \"3\", or *"),
    };

    /// <summary>Tells the client the revision of what it gets.</summary>
    public static void SetRevision(this HttpContext http, long revision) =>
        http.Response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{revision}\"");

    /// <summary>There is no such operation.</summary>
    public static PortalException Unknown(HttpContext http) => new(PortalError.UnknownOperation,
        $"There is no {(http.Request.Method.Length <= 10 ? http.Request.Method : "such method")} here; /api/v1/docs lists all operations.");
}

/// <summary>
/// The body that an operation reads, for the document. Not the framework's own metadata for it, by which routing would answer a request that has
/// another content type, or none, as if there were no such operation: bodies are JSON, whatever they are called.
/// </summary>
/// <param name="Type">What it becomes.</param>
/// <param name="Example">JSON.</param>
internal sealed record AdminBodyType(Type Type, string Example);
