using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;

namespace SecretsPortal.Web.Api.Operations;

internal sealed record ListSecretsInput
{
    public long? MaxResults { get; init; }
    public string? NextToken { get; init; }
    public IReadOnlyList<WireFilter?>? Filters { get; init; }
    public string? SortOrder { get; init; }
    public string? SortBy { get; init; }
    public bool? IncludePlannedDeletion { get; init; }
}

internal sealed record ListSecretsOutput(IReadOnlyList<WireListedSecret> SecretList, string? NextToken);

internal sealed record WireListedSecret
{
    public required string ARN { get; init; }
    public required string Name { get; init; }
    public string? Description { get; init; }
    public string? KmsKeyId { get; init; }
    public bool? RotationEnabled { get; init; }
    public string? RotationLambdaARN { get; init; }
    public WireRotationRules? RotationRules { get; init; }
    public DateTimeOffset? LastRotatedDate { get; init; }
    public DateTimeOffset? LastChangedDate { get; init; }
    public DateOnly? LastAccessedDate { get; init; }
    public DateTimeOffset? DeletedDate { get; init; }
    public DateTimeOffset? NextRotationDate { get; init; }
    public IReadOnlyList<WireTag>? Tags { get; init; }
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? SecretVersionsToStages { get; init; }
    public DateTimeOffset CreatedDate { get; init; }
}

/// <summary>Lists the secrets that the caller may list.</summary>
internal static class ListSecrets
{
    public static readonly Operation Operation = Api.Operation.Of(
        nameof(ListSecrets), AwsJson.Wire.ListSecretsInput, Decode, Call, AwsJson.Wire.ListSecretsOutput);

    private static ListSecretsRequest Decode(ListSecretsInput input)
    {
        new Constraints()
            .Range("maxResults", input.MaxResults, 1, 100)
            .NextToken(input.NextToken)
            .Enum("sortOrder", input.SortOrder, "asc", "desc")
            .Enum("sortBy", input.SortBy, "created-date", "last-accessed-date", "last-changed-date", "name")
            .Filters(input.Filters)
            .Done();
        if (input.SortBy is not (null or "created-date"))
            throw new PortalException(PortalError.NotOffered, "This version of Secrets Portal sorts by created-date only. Leave SortBy out.");
        return new ListSecretsRequest
        {
            Filters = WireFilter.ToFilters(input.Filters),
            IncludePlannedDeletion = input.IncludePlannedDeletion ?? false,
            Descending = input.SortOrder == "desc",
            MaxResults = (int?)input.MaxResults,
            NextToken = input.NextToken,
        };
    }

    private static async Task<ListSecretsOutput> Call(ApiCall api, ListSecretsRequest request)
    {
        var page = await api.Reader.List(api.Context, request, api.Cancel);
        return new ListSecretsOutput([.. page.Secrets.Select(Listed)], page.NextToken);
    }

    private static WireListedSecret Listed(Secret secret) => new()
    {
        ARN = secret.Arn.ToString(),
        Name = secret.Name,
        Description = secret.Description,
        KmsKeyId = secret.KmsKeyId,
        RotationEnabled = secret.Rotation?.Enabled,
        RotationLambdaARN = secret.Rotation?.FunctionArn,
        RotationRules = WireRotationRules.From(secret.Rotation?.Schedule),
        LastRotatedDate = secret.LastRotatedAt,
        LastChangedDate = secret.LastChangedAt,
        LastAccessedDate = secret.LastAccessedOn,
        DeletedDate = secret.DeletedAt,
        NextRotationDate = secret.Rotation?.NextWindowEnd,
        Tags = WireTag.From(secret.Tags),
        SecretVersionsToStages = WireShapes.Stages(secret),
        CreatedDate = secret.CreatedAt,
    };
}
