using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Admin.Infrastructure;

namespace SecretsPortal.Web.Admin;

/// <summary><c>/api/v1/clients/{name}/access-keys</c>: what clients sign with, two at a time.</summary>
internal static class AccessKeysResource
{
    private const string NewExample = """
        { "description": "From January on", "expiresAt": "2099-01-31T00:00:00Z", "secretAccessKey": "OnlyWhereItIsKeptElsewhereAlready4567890" }
        """;

    /// <summary>Maps its operations.</summary>
    public static void Map(AdminRoutes api)
    {
        api.Map("POST", "/clients/{name}/access-keys", PortalActions.CreateAccessKey, "Add an access key to a client", Create).Takes<NewAccessKeyBody>(NewExample);
        api.Map("PUT", "/clients/{name}/access-keys/{accessKeyId}", PortalActions.UpdateAccessKey, "Replace what can be changed of an access key", Update)
            .Takes<AccessKeyChangeBody>("""{ "description": "From January on", "expiresAt": "2099-01-31T00:00:00Z", "isDisabled": true }""");
        api.Map("DELETE", "/clients/{name}/access-keys/{accessKeyId}", PortalActions.DeleteAccessKey, "Delete an access key", Delete);
    }

    private static async Task<Created<NewAccessKeyAnswer>> Create(HttpContext http, ClientService clients, AccessKeyDelivery delivery, string name)
    {
        var body = http.Body<NewAccessKeyBody>();
        var request = new CreateAccessKeyRequest { Description = body.Description, ExpiresAt = body.ExpiresAt, SecretAccessKey = body.SecretAccessKey };
        var answer = body.StoreInSecret is { } secretId
            ? AnswerOf(await delivery.Create(http.Call(), name, request, secretId, http.RequestAborted))
            : AnswerOf(await clients.CreateKey(http.Call(), name, request, http.RequestAborted));
        return TypedResults.Created($"{AdminApi.Root}/clients/{Uri.EscapeDataString(name)}/access-keys/{answer.AccessKey.AccessKeyId}", answer);
    }

    private static NewAccessKeyAnswer AnswerOf(NewAccessKey added) => new(added.Key, added.SecretAccessKey);

    private static NewAccessKeyAnswer AnswerOf(DeliveredAccessKey delivered) =>
        new(delivered.Key, SecretAccessKey: null) { StoredInSecret = delivered.SecretArn, StoredVersionId = delivered.VersionId };

    private static Task<AccessKeySummary> Update(HttpContext http, ClientService clients, string name, string accessKeyId)
    {
        var body = http.Body<AccessKeyChangeBody>();
        return clients.UpdateKey(http.Call(), name, accessKeyId, new UpdateAccessKeyRequest
        {
            Description = body.Description ?? "", ExpiresAt = body.ExpiresAt ?? DateTimeOffset.MaxValue, IsDisabled = body.IsDisabled,
        }, http.RequestAborted);
    }

    private static async Task<NoContent> Delete(HttpContext http, ClientService clients, string name, string accessKeyId)
    {
        await clients.DeleteKey(http.Call(), name, accessKeyId, http.RequestAborted);
        return TypedResults.NoContent();
    }
}

/// <summary>A new access key.</summary>
public sealed record NewAccessKeyBody
{
    /// <summary>What it is there for.</summary>
    [StringLength(CommonBodies.LongestDescription)]
    public string? Description { get; init; }

    /// <summary>From then on it is refused; absent for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The secret half, 40 to 256 printable ASCII characters, for those who keep it elsewhere already; absent to have one made.</summary>
    [StringLength(256, MinimumLength = 40)]
    public SecretText? SecretAccessKey { get; init; }

    /// <summary>
    /// Name or ARN of a secret that the portal puts both halves into, as JSON with accessKeyId and secretAccessKey; then the answer has no secret
    /// half. Needs secretsmanager:PutSecretValue on it.
    /// </summary>
    [StringLength(2048, MinimumLength = 1)]
    public string? StoreInSecret { get; init; }
}

/// <summary>All that can be changed of an access key; what is left out is none.</summary>
public sealed record AccessKeyChangeBody
{
    /// <summary>What it is there for.</summary>
    [StringLength(CommonBodies.LongestDescription)]
    public string? Description { get; init; }

    /// <summary>From then on it is refused; absent for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>A disabled key is refused at once.</summary>
    public bool IsDisabled { get; init; }
}

/// <summary>An access key that was added.</summary>
/// <param name="AccessKey">The key.</param>
/// <param name="SecretAccessKey">The secret half that was made for it, told this once; absent where the request gave it or had it stored.</param>
public sealed record NewAccessKeyAnswer(AccessKeySummary AccessKey, SecretText? SecretAccessKey)
{
    /// <summary>The ARN of the secret that both halves were put into; absent where the request named none.</summary>
    public string? StoredInSecret { get; init; }

    /// <summary>The version that holds them.</summary>
    public string? StoredVersionId { get; init; }
}
