using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;

namespace SecretsPortal.Web.Api.Operations;

internal sealed record ListSecretVersionIdsInput(string? SecretId, long? MaxResults, string? NextToken, bool? IncludeDeprecated);

internal sealed record ListSecretVersionIdsOutput(IReadOnlyList<WireVersion> Versions, string? NextToken, string ARN, string Name);

internal sealed record WireVersion
{
    public required string VersionId { get; init; }
    public IReadOnlyList<string>? VersionStages { get; init; }
    public DateOnly? LastAccessedDate { get; init; }
    public DateTimeOffset CreatedDate { get; init; }
    public IReadOnlyList<string>? KmsKeyIds { get; init; }
}

/// <summary>Lists a secret's versions with their labels.</summary>
internal static class ListSecretVersionIds
{
    // What the service calls its default key here, whatever the key's id is.
    private const string DefaultKey = "DefaultEncryptionKey";

    public static readonly Operation Operation = Api.Operation.Of(
        nameof(ListSecretVersionIds), AwsJson.Wire.ListSecretVersionIdsInput, Decode, Call, AwsJson.Wire.ListSecretVersionIdsOutput);

    private static ListSecretVersionIdsInput Decode(ListSecretVersionIdsInput input)
    {
        new Constraints()
            .SecretId(input.SecretId)
            .Range("maxResults", input.MaxResults, 1, 100)
            .NextToken(input.NextToken)
            .Done();
        return input;
    }

    private static async Task<ListSecretVersionIdsOutput> Call(ApiCall api, ListSecretVersionIdsInput input)
    {
        var page = await api.Reader.ListVersions(
            api.Context, input.SecretId!, input.IncludeDeprecated ?? false, (int?)input.MaxResults, input.NextToken, api.Cancel);
        return new ListSecretVersionIdsOutput(
            [.. page.Versions.Select(version => Listed(page, version))], page.NextToken, page.Secret.Arn.ToString(), page.Secret.Name);
    }

    private static WireVersion Listed(VersionPage page, SecretVersion version) => new()
    {
        VersionId = version.VersionId,
        VersionStages = WireShapes.Stages(page.Secret, version.VersionId),
        LastAccessedDate = version.LastAccessedOn,
        CreatedDate = version.CreatedAt,
        KmsKeyIds = version.KmsKeyId is { } key ? [key == page.DefaultKeyId ? DefaultKey : key] : null,
    };
}
