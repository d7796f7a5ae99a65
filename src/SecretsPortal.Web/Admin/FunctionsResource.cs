using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation.Functions;
using SecretsPortal.Web.Admin.Infrastructure;

namespace SecretsPortal.Web.Admin;

/// <summary><c>/api/v1/functions</c>: rotation functions of one's own, in each region by an ARN of that region.</summary>
internal static class FunctionsResource
{
    private const string Settings = """
        "description": "Rotates the orders database", "timeoutSeconds": 30, "allowedSecrets": ["prod/orders/*"], "isDisabled": false,
        "process": { "runtime": "Python3", "folder": "orders", "handler": "lambda_function.lambda_handler", "variables": { "PASSWORD_LENGTH": "40" }, "memoryMiB": 256 }
        """;

    private const string Example = "{ " + Settings + " }";
    private const string NewExample = """{ "name": "rotate-orders", "kind": "Process", """ + Settings + " }";

    /// <summary>Maps its operations.</summary>
    public static void Map(AdminRoutes api)
    {
        api.Map("GET", "/functions", PortalActions.ListFunctions, "List rotation functions by name", List);
        api.Map("POST", "/functions", PortalActions.CreateFunction, "Register a rotation function", Create).Takes<NewFunctionBody>(NewExample);
        api.Map("GET", "/functions/{name}", PortalActions.GetFunction, "See a rotation function with the secrets that name it", Get);
        api.Map("PUT", "/functions/{name}", PortalActions.UpdateFunction, "Replace what can be changed of a rotation function", Update).Takes<FunctionChangeBody>(Example);
        api.Map("DELETE", "/functions/{name}", PortalActions.DeleteFunction, "Delete a rotation function that no secret names", Delete);
        api.Map("POST", "/functions/{name}/signing-key", PortalActions.UpdateFunction, "Make a webhook's key anew", RenewKey, "RenewFunctionSigningKey");
        api.Map("POST", "/functions/{name}/test", PortalActions.TestFunction, "Give a function an event that is no rotation's, with credentials that reach no secret", Test)
            .Takes<FunctionTestBody>("""{ "event": { "Step": "testSecret" } }""");
    }

    private static async Task<FunctionList> List(
        HttpContext http, FunctionService functions, [StringLength(64)] string? namePrefix, [Range(1, 100)] int? limit, string? nextToken)
    {
        var page = await functions.List(http.Call(), CommonBodies.Query(namePrefix, limit, nextToken), http.RequestAborted);
        return new FunctionList(page.Functions, page.NextToken);
    }

    private static async Task<Created<NewFunctionAnswer>> Create(HttpContext http, FunctionService functions)
    {
        var body = http.Body<NewFunctionBody>();
        var added = await functions.Create(http.Call(), body.Name, body.Kind, body.ToSettings(revision: null), http.RequestAborted);
        http.SetRevision(added.Function.Revision);
        return TypedResults.Created($"{AdminApi.Root}/functions/{body.Name}", new NewFunctionAnswer(added.Function, added.SigningKey));
    }

    private static async Task<FunctionDetail> Get(HttpContext http, FunctionService functions, string name) =>
        Answer(http, await functions.Get(http.Call(), name, http.RequestAborted));

    private static async Task<FunctionDetail> Update(HttpContext http, FunctionService functions, string name, [FromHeader(Name = "If-Match")] string? ifMatch) =>
        Answer(http, await functions.Update(http.Call(), name, http.Body<FunctionChangeBody>().ToSettings(AdminRequests.Revision(ifMatch)), http.RequestAborted));

    private static async Task<NoContent> Delete(HttpContext http, FunctionService functions, string name)
    {
        await functions.Delete(http.Call(), name, http.RequestAborted);
        return TypedResults.NoContent();
    }

    private static async Task<NewFunctionAnswer> RenewKey(HttpContext http, FunctionService functions, string name)
    {
        var renewed = await functions.RenewKey(http.Call(), name, http.RequestAborted);
        http.SetRevision(renewed.Function.Revision);
        return new NewFunctionAnswer(renewed.Function, renewed.SigningKey);
    }

    private static Task<FunctionTest> Test(HttpContext http, FunctionService functions, string name) =>
        functions.Test(http.Call(), name, http.Body<FunctionTestBody>().Event, http.RequestAborted);

    private static FunctionDetail Answer(HttpContext http, FunctionDetail function)
    {
        http.SetRevision(function.Revision);
        return function;
    }
}

/// <summary>All that can be changed of a function; what is left out is none, or the default.</summary>
public record FunctionChangeBody
{
    /// <summary>What it is there for.</summary>
    [StringLength(CommonBodies.LongestDescription)]
    public string? Description { get; init; }

    /// <summary>Of the kind Process.</summary>
    public ProcessBody? Process { get; init; }

    /// <summary>Of the kind Endpoint.</summary>
    public EndpointBody? Endpoint { get; init; }

    /// <summary>Of the kind Webhook.</summary>
    public WebhookBody? Webhook { get; init; }

    /// <summary>How long one event may take; 30 where it is absent.</summary>
    [Range(1, 900)]
    public int? TimeoutSeconds { get; init; }

    /// <summary>Names of the secrets that it may be used for, in which * stands for anything and ? for one character; none permits nothing.</summary>
    [MaxLength(100)]
    public IReadOnlyList<string>? AllowedSecrets { get; init; }

    /// <summary>A disabled function is not called, and its credentials are refused at once.</summary>
    public bool IsDisabled { get; init; }

    /// <summary>What the service takes.</summary>
    internal FunctionSettings ToSettings(long? revision) => new()
    {
        Description = Description,
        Process = Process is null ? null : new ProcessSettings
        {
            Runtime = Process.Runtime, Folder = Process.Folder, Handler = Process.Handler, Command = Process.Command, Variables = Process.Variables, MemoryMiB = Process.MemoryMiB,
        },
        Endpoint = Endpoint is null ? null : new EndpointSettings
        {
            Url = Endpoint.Url, RemoteName = Endpoint.RemoteName, Region = Endpoint.Region, AccessKeyId = Endpoint.AccessKeyId, SecretAccessKey = Endpoint.SecretAccessKey,
        },
        Webhook = Webhook is null ? null : new WebhookSettings(Webhook.Url),
        TimeoutSeconds = TimeoutSeconds,
        AllowedSecrets = AllowedSecrets ?? [],
        IsDisabled = IsDisabled,
        Revision = revision,
    };
}

/// <summary>A new function.</summary>
public sealed record NewFunctionBody : FunctionChangeBody
{
    /// <summary>1 to 64 ASCII letters, digits, hyphens or underscores; it cannot be changed.</summary>
    [StringLength(64, MinimumLength = 1)]
    public required string Name { get; init; }

    /// <summary>How it is called; it cannot be changed.</summary>
    public required RotationFunctionKind Kind { get; init; }
}

/// <summary>A program that the portal starts on its own machine, and serves the AWS Lambda Runtime API.</summary>
public sealed record ProcessBody
{
    /// <summary>What runs it.</summary>
    public required ProcessRuntime Runtime { get; init; }

    /// <summary>Its folder below the one that Portal:Functions:Directory names.</summary>
    [StringLength(512, MinimumLength = 1)]
    public required string Folder { get; init; }

    /// <summary>MODULE.FUNCTION of Python3 and NodeJs; for a Program what it makes of it.</summary>
    [StringLength(256, MinimumLength = 1)]
    public string? Handler { get; init; }

    /// <summary>Of a Program: its file in the folder, and arguments; bootstrap where it is absent.</summary>
    [MaxLength(50)]
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>Variables of its environment. They are stored in the clear: a secret belongs into a secret.</summary>
    [MaxLength(50)]
    public IReadOnlyDictionary<string, string>? Variables { get; init; }

    /// <summary>The most memory of each of its processes; 256 where it is absent.</summary>
    [Range(64, 10_240)]
    public int? MemoryMiB { get; init; }
}

/// <summary>The Invoke operation of AWS Lambda, or of what speaks like it.</summary>
public sealed record EndpointBody
{
    /// <summary>The address that /2015-03-31/functions/NAME/invocations follows.</summary>
    [StringLength(2048, MinimumLength = 1)]
    public required string Url { get; init; }

    /// <summary>What the function is called there; its own name where it is absent.</summary>
    [StringLength(170, MinimumLength = 1)]
    public string? RemoteName { get; init; }

    /// <summary>The region that requests are signed for.</summary>
    [StringLength(64, MinimumLength = 1)]
    public required string Region { get; init; }

    /// <summary>The access key that signs them.</summary>
    [StringLength(128, MinimumLength = 16)]
    public required string AccessKeyId { get; init; }

    /// <summary>Its secret half; absent in a change that keeps access key and address. It is never given back.</summary>
    [StringLength(256, MinimumLength = 16)]
    public SecretText? SecretAccessKey { get; init; }
}

/// <summary>An HTTPS POST, signed as Standard Webhooks says.</summary>
public sealed record WebhookBody
{
    /// <summary>Where to post.</summary>
    [StringLength(2048, MinimumLength = 1)]
    public required string Url { get; init; }
}

/// <summary>A test event.</summary>
public sealed record FunctionTestBody
{
    /// <summary>The event; absent for the testSecret of a secret that there is not.</summary>
    public JsonElement? Event { get; init; }
}

/// <summary>A page of functions.</summary>
/// <param name="Functions">By name.</param>
/// <param name="NextToken">Asks for the next page, with the same parameters; absent on the last one.</param>
public sealed record FunctionList(IReadOnlyList<FunctionSummary> Functions, string? NextToken);

/// <summary>A function that was added, or whose key was made anew.</summary>
/// <param name="Function">The function.</param>
/// <param name="SigningKey">The key that signs a webhook's requests, told this once; absent for other kinds.</param>
public sealed record NewFunctionAnswer(FunctionDetail Function, SecretText? SigningKey);
