using System.Net;

namespace SecretsPortal.Web.Tests.Fuzz;

/// <summary>Many calls with one token, all at once: they must make one version between them.</summary>
public static class TokenDrill
{
    /// <summary>How many calls go out together.</summary>
    public const int Parallel = 64;

    /// <summary>One round: CreateSecret, then PutSecretValue, each <see cref="Parallel"/> times with one token; the secret is gone afterwards.</summary>
    /// <returns>What went wrong; null where nothing did.</returns>
    public static async Task<string?> Round(SigningClient aws, string name, string createToken, string putToken)
    {
        var fault = await Together(aws, "CreateSecret", new { Name = name, ClientRequestToken = createToken, SecretString = "first" }, createToken)
            ?? await Together(aws, "PutSecretValue", new { SecretId = name, ClientRequestToken = putToken, SecretString = "second" }, putToken);
        if (fault is null)
        {
            var versions = (await aws.Ok("ListSecretVersionIds", new { SecretId = name, IncludeDeprecated = true })).Json.GetProperty("Versions")
                .EnumerateArray().ToDictionary(v => v.GetProperty("VersionId").GetString()!, v => string.Join(',', v.GetProperty("VersionStages").EnumerateArray()));
            var isRight = versions.Count == 2 && versions.GetValueOrDefault(createToken) == "AWSPREVIOUS" && versions.GetValueOrDefault(putToken) == "AWSCURRENT";
            fault = isRight ? null : $"the versions are {string.Join("; ", versions)}";
        }

        await aws.Ok("DeleteSecret", new { SecretId = name, ForceDeleteWithoutRecovery = true });
        return fault;
    }

    private static async Task<string?> Together(SigningClient aws, string operation, object input, string token)
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, Parallel).Select(_ => Task.Run(() => aws.Call(operation, input))));
        if (answers.FirstOrDefault(a => a.Status != HttpStatusCode.OK) is { } refused)
            return $"{operation} answered {refused.Status} {refused.Text}";
        var made = answers.Select(a => (a["ARN"], a["VersionId"])).Distinct().ToList();
        return made.Count == 1 && made[0].Item2 == token ? null : $"{operation} made {string.Join("; ", made)}";
    }
}
