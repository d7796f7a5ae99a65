using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Scalar.AspNetCore;
using SecretsPortal.Core;
using SecretsPortal.Services;
using SecretsPortal.Web.Doors;

namespace SecretsPortal.Web.Admin.Infrastructure;

/// <summary>The OpenAPI document of the administration API, made from its routes, and the page that shows it.</summary>
internal static class AdminDocument
{
    private const string Name = "v1";
    private const string Signature = "signature";
    private const string Session = "session";
    private const string SessionHeader = "sessionHeader";

    // The page's own script starts the viewer inline, which a nonce allows; the viewer comes from the portal and sets styles as it draws.
    private static readonly CompositeFormat s_pageContentSecurityPolicy = CompositeFormat.Parse(
        "default-src 'none'; script-src 'self' 'nonce-{0}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
        + "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'");

    private static readonly (int Status, string Meaning)[] s_errors =
    [
        (400, "A member or parameter is wrong; `errors` names each."),
        (401, "No credentials, or none that are good."),
        (403, "The caller's policies do not allow it."),
        (408, "The body came too slowly."),
        (413, "The body is too long."),
        (429, "Too many requests; try again later."),
        (500, "The portal is at fault; its log has the request's id."),
        (503, "Something is away, such as the database; try again later."),
    ];

    /// <summary>Adds the document.</summary>
    public static IServiceCollection AddAdminDocument(this IServiceCollection services) => services.AddOpenApi(Name, static document =>
    {
        document.ShouldInclude = static operation => operation.ActionDescriptor.EndpointMetadata.OfType<AdminOperation>().Any();
        document.AddDocumentTransformer(Introduce);
        document.AddOperationTransformer(Complete);
        document.AddSchemaTransformer(static (schema, context, _) =>
        {
            if (context.JsonTypeInfo.Type == typeof(Core.Secrets.SecretText))
            {
                schema.Type = JsonSchemaType.String;
                schema.Format = "password";
                schema.Properties = null;
            }

            return Task.CompletedTask;
        });
    });

    /// <summary>Maps the document and its page.</summary>
    public static void MapAdminDocument(this RouteGroupBuilder group)
    {
        group.MapOpenApi("/openapi.json").WithDoor(DoorRule.SignedIn).WithMetadata(AdminOperation.WithoutQuery).ExcludeFromDescription();
        group.MapScalarApiReference("/docs", static (options, http) =>
        {
            var nonce = RandomNumberGenerator.GetHexString(32, lowercase: true);
            http.Response.Headers.ContentSecurityPolicy = string.Format(CultureInfo.InvariantCulture, s_pageContentSecurityPolicy, nonce);
            options.WithTitle("Secrets Portal administration API").WithFavicon("/favicon.svg").WithOpenApiRoutePattern($"{AdminApi.Root}/openapi.json");
            options.DisableTelemetry().DisableDefaultFonts().DisableAgent().DisableMcp().HideClientButton().WithNonce(nonce);
        }).WithDoor(DoorRule.SignedIn).ExcludeFromDescription();
    }

    private static Task Introduce(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancel)
    {
        var options = context.ApplicationServices.GetRequiredService<PortalOptions>();
        document.Info = new OpenApiInfo
        {
            Title = "Secrets Portal administration API",
            Version = Name,
            Description = $"""
                Users, clients, groups, policies, keys, the audit log and the running portal. Secrets themselves are served by the AWS Secrets Manager API at `POST /`.

                Programs sign each request by Signature Version 4 with an access key, the service name `secretsmanager` and a region that the portal serves ({string.Join(", ", options.Regions)}).
                The portal's pages use their session; what changes something then needs the header `{AdminGate.SessionHeader}: 1` from the same origin.
                Errors are problem details (RFC 9457) with a `code`; every answer has the request's id in `{AdminGate.RequestIdHeader}`, which the audit log knows it by.
                """,
        };
        document.Servers = [new OpenApiServer { Url = "/", Description = "This portal" }];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Signature] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "Authorization",
                Description = "AWS Signature Version 4 (AWS4-HMAC-SHA256) of the service secretsmanager; the body's hash is part of it.",
            },
            [Session] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Cookie, Name = "secretsportal.session", Description = "The session of a signed-in user.",
            },
            [SessionHeader] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = AdminGate.SessionHeader,
                Description = "1, beside a session, wherever something is changed.",
            },
        };
        return Task.CompletedTask;
    }

    private static async Task Complete(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancel)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var rule = DoorRule.Among(metadata)!;
        operation.Description = rule.Action is { } action
            ? $"Needs `{action}`.{(operation.Description is { } more ? $" {more}" : "")}"
            : $"Open to every recognised caller.{(operation.Description is { } rest ? $" {rest}" : "")}";
        await Define(typeof(AdminProblem), context, cancel);
        var isRead = HttpMethods.IsGet(context.Description.HttpMethod!);
        operation.Responses ??= [];
        IEnumerable<(int Status, string Meaning)> further = context.Description.RelativePath!.Contains('{', StringComparison.Ordinal)
            ? [(404, "There is none of this name, for those who may know.")]
            : [];
        if (!isRead)
            further = [.. further, (409, "There is one already, or the state does not allow it."), (412, "It was changed since the revision in If-Match.")];
        foreach (var (status, meaning) in s_errors.Concat(further).OrderBy(e => e.Status))
            operation.Responses[$"{status}"] = Problem(status, meaning, context.Document!);
        operation.Security =
        [
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Signature, context.Document)] = [] },
            isRead
                ? new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Session, context.Document)] = [] }
                : new OpenApiSecurityRequirement
                {
                    [new OpenApiSecuritySchemeReference(Session, context.Document)] = [],
                    [new OpenApiSecuritySchemeReference(SessionHeader, context.Document)] = [],
                },
        ];
        if (metadata.OfType<AdminBodyType>().LastOrDefault() is not { } body)
            return;
        await Define(body.Type, context, cancel);
        operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/json"] = new() { Schema = new OpenApiSchemaReference(body.Type.Name, context.Document), Example = JsonNode.Parse(body.Example) },
            },
        };
    }

    private static async Task Define(Type type, OpenApiOperationTransformerContext context, CancellationToken cancel)
    {
        if (context.Document!.Components?.Schemas?.ContainsKey(type.Name) != true)
            context.Document.AddComponent(type.Name, await context.GetOrCreateSchemaAsync(type, null, cancel));
    }

    private static OpenApiResponse Problem(int status, string meaning, OpenApiDocument document) => new()
    {
        Description = meaning,
        Content = new Dictionary<string, OpenApiMediaType>
        {
            [AdminProblems.ContentType] = new() { Schema = new OpenApiSchemaReference(nameof(AdminProblem), document), Example = Example(status) },
        },
    };

    private static JsonObject Example(int status)
    {
        var error = Enum.GetValues<PortalError>().First(e => AdminProblems.StatusOf(e) == status || status == 413 && e == PortalError.Serialization);
        return new JsonObject
        {
            ["type"] = "about:blank",
            ["title"] = AdminProblems.TitleOf(error),
            ["status"] = status,
            ["code"] = error.ToString(),
            ["requestId"] = "01923b1e-7f9a-7c31-9d0e-1f2a3b4c5d6e",
        };
    }
}
