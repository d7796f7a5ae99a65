using System.ComponentModel.DataAnnotations;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Admin.Infrastructure;
using SecretsPortal.Web.Doors;

namespace SecretsPortal.Web.Admin;

/// <summary><c>/api/v1/access</c>: why somebody may, and who may.</summary>
internal static class AccessResource
{
    /// <summary>Maps its operations.</summary>
    public static void Map(AdminRoutes api)
    {
        // Everybody may ask about themselves; the service asks for ExplainAccess about others.
        api.Map("POST", "/access/explain", DoorRule.SignedIn, "Ask why a caller may or may not do something", Explain, "ExplainAccess").Takes<ExplainBody>("""
            { "callerArn": "arn:aws:iam::000000000000:user/ada", "action": "secretsmanager:GetSecretValue", "resource": "prod/orders", "context": { "aws:SourceIp": ["192.0.2.7"] } }
            """);
        api.Map("POST", "/access/who-can", PortalActions.ExplainAccess, "Ask who may do something with a secret, and by which statements", WhoCan, "WhoCan")
            .Takes<WhoCanBody>("""{ "secretId": "prod/orders", "action": "secretsmanager:GetSecretValue" }""");
    }

    private static Task<AccessExplanation> Explain(HttpContext http, AccessExplainer explainer)
    {
        var body = http.Body<ExplainBody>();
        return explainer.Explain(http.Call(), new AccessQuestion(body.CallerArn, body.Action, body.Resource, body.Context), http.RequestAborted);
    }

    private static Task<AccessHolderPage> WhoCan(HttpContext http, SecretAccessList list)
    {
        var body = http.Body<WhoCanBody>();
        return list.Find(http.Call(), body.SecretId, body.Action, body.NextToken, http.RequestAborted);
    }
}

/// <summary>A question about access.</summary>
public sealed record ExplainBody
{
    /// <summary>Whose access: the ARN of a user, client or rotation function.</summary>
    [StringLength(2048, MinimumLength = 1)]
    public required string CallerArn { get; init; }

    /// <summary>Such as secretsmanager:GetSecretValue.</summary>
    [StringLength(128, MinimumLength = 1)]
    public required string Action { get; init; }

    /// <summary>A secret's name or ARN, another ARN, or *.</summary>
    [StringLength(2048, MinimumLength = 1)]
    public required string Resource { get; init; }

    /// <summary>Condition keys that the request would have, such as aws:SourceIp; they take the place of what is known.</summary>
    [MaxLength(50)]
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Context { get; init; }
}

/// <summary>A question about who may.</summary>
public sealed record WhoCanBody
{
    /// <summary>The secret's name or ARN.</summary>
    [StringLength(2048, MinimumLength = 1)]
    public required string SecretId { get; init; }

    /// <summary>Such as secretsmanager:GetSecretValue.</summary>
    [StringLength(128, MinimumLength = 1)]
    public required string Action { get; init; }

    /// <summary>Asks for the next page, beside the same members.</summary>
    public string? NextToken { get; init; }
}
