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

internal sealed record WireListedSecret : WireSecret
{
    public WireListedSecret(Secret secret)
        : base(secret) => SecretVersionsToStages = WireShapes.Stages(secret);

    public IReadOnlyDictionary<string, IReadOnlyList<string>>? SecretVersionsToStages { get; }
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
        return new ListSecretsRequest
        {
            Filters = WireFilter.ToFilters(input.Filters),
            IncludePlannedDeletion = input.IncludePlannedDeletion ?? false,
            OrderBy = input.SortBy switch
            {
                "last-accessed-date" => SecretOrder.LastAccessed,
                "last-changed-date" => SecretOrder.LastChanged,
                "name" => SecretOrder.Name,
                _ => SecretOrder.Created,
            },
            Descending = input.SortOrder == "desc",
            MaxResults = (int?)input.MaxResults,
            NextToken = input.NextToken,
        };
    }

    private static async Task<ListSecretsOutput> Call(ApiCall api, ListSecretsRequest request)
    {
        var page = await api.Reader.List(api.Context, request, api.Cancel);
        return new ListSecretsOutput([.. page.Secrets.Select(secret => new WireListedSecret(secret))], page.NextToken);
    }
}
