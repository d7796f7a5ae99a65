namespace SecretsPortal.Web.Api.Operations;

internal sealed record DescribeSecretInput(string? SecretId);

internal sealed record DescribeSecretOutput
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
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? VersionIdsToStages { get; init; }
    public DateTimeOffset CreatedDate { get; init; }
}

/// <summary>Tells all of a secret but its values.</summary>
internal static class DescribeSecret
{
    public static readonly Operation Operation = Api.Operation.Of(
        nameof(DescribeSecret), AwsJson.Wire.DescribeSecretInput, Decode, Call, AwsJson.Wire.DescribeSecretOutput);

    private static string Decode(DescribeSecretInput input)
    {
        new Constraints().SecretId(input.SecretId).Done();
        return input.SecretId!;
    }

    private static async Task<DescribeSecretOutput> Call(ApiCall api, string secretId)
    {
        var secret = await api.Reader.Describe(api.Context, secretId, api.Cancel);
        return new DescribeSecretOutput
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
            VersionIdsToStages = WireShapes.Stages(secret),
            CreatedDate = secret.CreatedAt,
        };
    }
}
