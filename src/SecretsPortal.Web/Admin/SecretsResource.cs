using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Admin.Infrastructure;
using SecretsPortal.Web.Api;
using SecretsPortal.Web.Api.Operations;

namespace SecretsPortal.Web.Admin;

/// <summary><c>/api/v1/secrets</c>: what the AWS API has no operation for. Everything else of secrets is there.</summary>
internal static class SecretsResource
{
    /// <summary>Maps its operations.</summary>
    public static void Map(AdminRoutes api)
    {
        api.Map("POST", "/secrets/lookup", SecretActions.DescribeSecret, "Describe up to 100 secrets, with fingerprints of their values where they are asked for", LookUp, "LookUpSecrets")
            .Takes<SecretLookUpBody>("""{ "secrets": [{ "secretId": "prod/orders", "fields": ["password"] }] }""");
        api.Map("POST", "/secrets/{secret}/fields", SecretActions.PutSecretValue, "Put members into the current value, a JSON object, as a new version", Merge, "MergeSecretFields")
            .Takes<SecretFieldsBody>("""{ "clientRequestToken": "11111111-2222-3333-4444-555555555555", "fields": { "host": "db.example" } }""");
    }

    private static async Task<SecretLookUpAnswer> LookUp(HttpContext http, SecretLookUp lookUp)
    {
        var questions = http.Body<SecretLookUpBody>().Secrets.Select(secret => new SecretQuestion(secret.SecretId, secret.Fields));
        return new SecretLookUpAnswer([.. (await lookUp.Find(http.Call(), [.. questions], http.RequestAborted)).Select(FoundSecretBody.From)]);
    }

    private static async Task<SecretFieldsAnswer> Merge(HttpContext http, SecretWriter secrets, string secret)
    {
        var body = http.Body<SecretFieldsBody>();
        var written = await secrets.MergeFields(http.Call(), KeysResource.NameOf(secret), body.ClientRequestToken, body.Fields, http.RequestAborted);
        return new SecretFieldsAnswer(written.Secret.Arn.ToString(), written.VersionId!);
    }
}

/// <summary>Secrets that are looked up.</summary>
public sealed record SecretLookUpBody
{
    /// <summary>1 to 100.</summary>
    [MinLength(1), MaxLength(SecretLookUp.MostSecrets)]
    public required IReadOnlyList<SecretQuestionBody> Secrets { get; init; }
}

/// <summary>A secret that is looked up.</summary>
public sealed record SecretQuestionBody
{
    /// <summary>Name or ARN.</summary>
    [StringLength(2048, MinimumLength = 1)]
    public required string SecretId { get; init; }

    /// <summary>Members of the value whose fingerprints are wanted beside those of the versions; absent for no fingerprints.</summary>
    [MaxLength(64)]
    public IReadOnlyList<string>? Fields { get; init; }
}

/// <summary>What was found.</summary>
/// <param name="Secrets">In the order of the request.</param>
public sealed record SecretLookUpAnswer(IReadOnlyList<FoundSecretBody> Secrets);

/// <summary>What was found of one secret, or why it was refused.</summary>
public sealed record FoundSecretBody
{
    /// <summary>As DescribeSecret of the AWS API gives it; absent where it was refused.</summary>
    public JsonElement? Secret { get; init; }

    /// <summary>
    /// By version id, of labelled versions: equal where the values are. Absent where none were asked for, or the caller may not secretsportal:GetSecretFingerprints.
    /// </summary>
    public IReadOnlyDictionary<string, VersionFingerprint>? Fingerprints { get; init; }

    /// <summary>The error's code, as the problem details of other operations have it.</summary>
    public string? Code { get; init; }

    /// <summary>What was refused and why.</summary>
    public string? Message { get; init; }

    /// <summary>The form of what the service tells.</summary>
    internal static FoundSecretBody From(FoundSecret found) => new()
    {
        Secret = found.Secret is null ? null : JsonSerializer.SerializeToElement(new DescribeSecretOutput(found.Secret), AwsJson.Wire.DescribeSecretOutput),
        Fingerprints = found.Fingerprints,
        Code = found.Fault?.Error.ToString(),
        Message = found.Fault?.Message,
    };
}

/// <summary>Members of a value.</summary>
public sealed record SecretFieldsBody
{
    /// <summary>32 to 64 characters; becomes the version's id. The same token again changes nothing.</summary>
    [StringLength(64, MinimumLength = 32)]
    public required string ClientRequestToken { get; init; }

    /// <summary>Names and texts. What is there stays, but for these.</summary>
    [MinLength(1), MaxLength(64)]
    public required IReadOnlyDictionary<string, SecretText> Fields { get; init; }
}

/// <summary>The version that was made.</summary>
/// <param name="Arn">The secret's ARN.</param>
/// <param name="VersionId">The version's id.</param>
public sealed record SecretFieldsAnswer(string Arn, string VersionId);
