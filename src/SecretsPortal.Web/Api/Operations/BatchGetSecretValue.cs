using SecretsPortal.Services.Secrets;

namespace SecretsPortal.Web.Api.Operations;

internal sealed record BatchGetSecretValueInput
{
    public IReadOnlyList<string?>? SecretIdList { get; init; }
    public IReadOnlyList<WireFilter?>? Filters { get; init; }
    public long? MaxResults { get; init; }
    public string? NextToken { get; init; }
}

internal sealed record BatchGetSecretValueOutput(
    IReadOnlyList<GetSecretValueOutput> SecretValues, IReadOnlyList<WireBatchFailure> Errors, string? NextToken);

internal sealed record WireBatchFailure(string SecretId, string ErrorCode, string Message);

/// <summary>Gives the current values of several secrets, and says of each other one why not.</summary>
internal static class BatchGetSecretValue
{
    public static readonly Operation Operation = Api.Operation.Of(
        nameof(BatchGetSecretValue), AwsJson.Wire.BatchGetSecretValueInput, Decode, Call, AwsJson.Wire.BatchGetSecretValueOutput);

    private static BatchGetSecretValueRequest Decode(BatchGetSecretValueInput input)
    {
        var constraints = new Constraints();
        constraints
            .List("secretIdList", input.SecretIdList, 1, 20, (member, id) => constraints.Length(member, id, 1, Core.Secrets.SecretId.MaxLength))
            .Filters(input.Filters)
            .Range("maxResults", input.MaxResults, 1, 20)
            .NextToken(input.NextToken)
            .Done();
        return new BatchGetSecretValueRequest
        {
            SecretIds = input.SecretIdList is null ? null : [.. input.SecretIdList.Select(id => id!)],
            Filters = WireFilter.ToFilters(input.Filters),
            MaxResults = (int?)input.MaxResults,
            NextToken = input.NextToken,
        };
    }

    private static async Task<BatchGetSecretValueOutput> Call(ApiCall api, BatchGetSecretValueRequest request)
    {
        var batch = await api.BatchReader.GetValues(api.Context, request, api.Cancel);
        return new BatchGetSecretValueOutput(
            [.. batch.Values.Select(GetSecretValueOutput.From)],
            [.. batch.Failures.Select(f => new WireBatchFailure(f.SecretId, AwsErrors.Of(f.Error).Type, f.Message))],
            batch.NextToken);
    }
}
