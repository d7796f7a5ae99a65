using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Admin.Infrastructure;

namespace SecretsPortal.Web.Admin;

/// <summary><c>/api/v1/policies</c>, and what they are attached to.</summary>
internal static class PoliciesResource
{
    private const string Document =
        """{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"Read\",\"Effect\":\"Allow\",\"Action\":\"secretsmanager:GetSecretValue\",\"Resource\":\"*\"}]}""";

    /// <summary>Maps its operations.</summary>
    public static void Map(AdminRoutes api)
    {
        api.Map("GET", "/policies", PortalActions.ListPolicies, "List policies by name", List);
        api.Map("POST", "/policies", PortalActions.CreatePolicy, "Add a policy", Create)
            .Takes<NewPolicyBody>($$"""{ "name": "read-orders", "document": "{{Document}}", "description": "Reads the secrets of orders" }""");
        api.Map("GET", "/policies/{name}", PortalActions.GetPolicy, "See a policy and what it is attached to", Get);
        api.Map("PUT", "/policies/{name}", PortalActions.UpdatePolicy, "Replace a policy's document and description", Update)
            .Takes<PolicyChangeBody>($$"""{ "document": "{{Document}}", "description": "Reads the secrets of orders" }""");
        api.Map("DELETE", "/policies/{name}", PortalActions.DeletePolicy, "Delete a policy that is attached to nothing", Delete);
        MapAttachments(api, "users", "user", PolicyTargetKind.User);
        MapAttachments(api, "clients", "client", PolicyTargetKind.Client);
        MapAttachments(api, "groups", "group", PolicyTargetKind.Group);
    }

    private static void MapAttachments(AdminRoutes api, string holders, string word, PolicyTargetKind kind)
    {
        var title = char.ToUpperInvariant(word[0]) + word[1..];
        api.Map("PUT", $"/{holders}/{{name}}/policies/{{policy}}", PortalActions.AttachPolicy, $"Attach a policy to a {word}",
            async Task<NoContent> (HttpContext http, PolicyService policies, string name, string policy) =>
            {
                await policies.Attach(http.Call(), policy, new PolicyTarget(kind, name), http.RequestAborted);
                return TypedResults.NoContent();
            }, $"AttachPolicyTo{title}");
        api.Map("DELETE", $"/{holders}/{{name}}/policies/{{policy}}", PortalActions.DetachPolicy, $"Detach a policy from a {word}",
            async Task<NoContent> (HttpContext http, PolicyService policies, string name, string policy) =>
            {
                await policies.Detach(http.Call(), policy, new PolicyTarget(kind, name), http.RequestAborted);
                return TypedResults.NoContent();
            }, $"DetachPolicyFrom{title}");
    }

    private static Task<PolicyPage> List(
        HttpContext http, PolicyService policies, [StringLength(64)] string? namePrefix, [Range(1, 100)] int? limit, string? nextToken) =>
        policies.List(http.Call(), CommonBodies.Query(namePrefix, limit, nextToken), http.RequestAborted);

    private static async Task<Created<PolicyDetail>> Create(HttpContext http, PolicyService policies)
    {
        var body = http.Body<NewPolicyBody>();
        var added = await policies.Create(http.Call(), body.Name, body.Document, body.Description, http.RequestAborted);
        return TypedResults.Created($"{AdminApi.Root}/policies/{Uri.EscapeDataString(body.Name)}", Answer(http, added));
    }

    private static async Task<PolicyDetail> Get(HttpContext http, PolicyService policies, string name) =>
        Answer(http, await policies.Get(http.Call(), name, http.RequestAborted));

    private static async Task<PolicyDetail> Update(HttpContext http, PolicyService policies, string name, [FromHeader(Name = "If-Match")] string? ifMatch)
    {
        var body = http.Body<PolicyChangeBody>();
        var request = new UpdatePolicyRequest(body.Document, body.Description ?? "", AdminRequests.Revision(ifMatch));
        return Answer(http, await policies.Update(http.Call(), name, request, http.RequestAborted));
    }

    private static async Task<NoContent> Delete(HttpContext http, PolicyService policies, string name)
    {
        await policies.Delete(http.Call(), name, http.RequestAborted);
        return TypedResults.NoContent();
    }

    private static PolicyDetail Answer(HttpContext http, PolicyDetail policy)
    {
        http.SetRevision(policy.Revision);
        return policy;
    }
}

/// <summary>A new policy.</summary>
public sealed record NewPolicyBody
{
    /// <summary>1 to 64 ASCII letters, digits and +=,.@_-; it cannot be changed.</summary>
    [StringLength(64, MinimumLength = 1)]
    public required string Name { get; init; }

    /// <summary>An identity policy in IAM's JSON.</summary>
    [StringLength(20_480, MinimumLength = 1)]
    public required string Document { get; init; }

    /// <summary>What it is there for.</summary>
    [StringLength(CommonBodies.LongestDescription)]
    public string? Description { get; init; }
}

/// <summary>All that can be changed of a policy; a description that is left out is none.</summary>
public sealed record PolicyChangeBody
{
    /// <summary>An identity policy in IAM's JSON.</summary>
    [StringLength(20_480, MinimumLength = 1)]
    public required string Document { get; init; }

    /// <summary>What it is there for.</summary>
    [StringLength(CommonBodies.LongestDescription)]
    public string? Description { get; init; }
}
