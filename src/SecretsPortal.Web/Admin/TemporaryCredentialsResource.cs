using System.ComponentModel.DataAnnotations;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Admin.Infrastructure;

namespace SecretsPortal.Web.Admin;

/// <summary><c>/api/v1/…/temporary-credentials</c>: credentials for a while, narrowed where that is asked for.</summary>
internal static class TemporaryCredentialsResource
{
    private const string Example = """
        { "lifetimeSeconds": 3600, "sessionPolicy": "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"secretsmanager:GetSecretValue\",\"Resource\":\"*\"}]}" }
        """;

    /// <summary>Maps its operations.</summary>
    public static void Map(AdminRoutes api)
    {
        api.Map("POST", "/clients/{name}/temporary-credentials", PortalActions.IssueTemporaryCredentials, "Issue temporary credentials of a client",
            static (HttpContext http, TemporaryCredentialService credentials, string name) => Issue(http, credentials, CallerKind.Client, name),
            "IssueClientCredentials").Takes<TemporaryCredentialsBody>(Example);
        api.Map("POST", "/users/{name}/temporary-credentials", PortalActions.IssueTemporaryCredentials, "Issue temporary credentials of a user",
            static (HttpContext http, TemporaryCredentialService credentials, string name) => Issue(http, credentials, CallerKind.User, name),
            "IssueUserCredentials").Takes<TemporaryCredentialsBody>(Example);
    }

    private static async Task<TemporaryCredentialsAnswer> Issue(HttpContext http, TemporaryCredentialService credentials, CallerKind kind, string name)
    {
        var body = http.Body<TemporaryCredentialsBody>();
        var issued = await credentials.Issue(
            http.Call(), kind, name, TimeSpan.FromSeconds(body.LifetimeSeconds), body.SessionPolicy, http.RequestAborted);
        return new TemporaryCredentialsAnswer(issued.AccessKeyId, issued.SecretAccessKey, issued.SessionToken, issued.ExpiresAt);
    }
}

/// <summary>What temporary credentials are asked for.</summary>
public sealed record TemporaryCredentialsBody
{
    /// <summary>15 minutes to 12 hours, in seconds.</summary>
    [Range(900, 43_200)]
    public required int LifetimeSeconds { get; init; }

    /// <summary>An identity policy in IAM's JSON: only what it allows as well is allowed. Absent to narrow nothing.</summary>
    [StringLength(2048, MinimumLength = 1)]
    public string? SessionPolicy { get; init; }
}

/// <summary>Credentials for a while, told this once.</summary>
/// <param name="AccessKeyId">ASIA and 16 characters.</param>
/// <param name="SecretAccessKey">The secret half.</param>
/// <param name="SessionToken">Travels with each request in X-Amz-Security-Token.</param>
/// <param name="ExpiresAt">From then on they are refused.</param>
public sealed record TemporaryCredentialsAnswer(string AccessKeyId, SecretText SecretAccessKey, SecretText SessionToken, DateTimeOffset ExpiresAt);
