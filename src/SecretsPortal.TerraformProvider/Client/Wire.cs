using System.Text.Json.Serialization;

namespace SecretsPortal.TerraformProvider.Client;

// The API's messages, as far as the provider uses them. Classes and not records: a record would print its content.

internal sealed class SecretTag
{
    public string Key { get; set; } = "";

    public string Value { get; set; } = "";
}

internal sealed class WireRotationRules
{
    public int? AutomaticallyAfterDays { get; set; }

    public string? ScheduleExpression { get; set; }

    public string? Duration { get; set; }
}

internal sealed class CreateSecretRequest
{
    public required string Name { get; set; }

    public required string ClientRequestToken { get; set; }

    public string? Description { get; set; }

    public string? KmsKeyId { get; set; }

    public IReadOnlyList<SecretTag>? Tags { get; set; }
}

internal sealed class UpdateSecretRequest
{
    public required string SecretId { get; set; }

    public required string ClientRequestToken { get; set; }

    public string? Description { get; set; }

    public string? KmsKeyId { get; set; }
}

internal sealed class SecretIdRequest
{
    public required string SecretId { get; set; }
}

internal sealed class DeleteSecretRequest
{
    public required string SecretId { get; set; }

    public int? RecoveryWindowInDays { get; set; }

    public bool? ForceDeleteWithoutRecovery { get; set; }
}

internal sealed class TagResourceRequest
{
    public required string SecretId { get; set; }

    public required IReadOnlyList<SecretTag> Tags { get; set; }
}

internal sealed class UntagResourceRequest
{
    public required string SecretId { get; set; }

    public required IReadOnlyList<string> TagKeys { get; set; }
}

internal sealed class GetSecretValueRequest
{
    public required string SecretId { get; set; }

    public string? VersionId { get; set; }

    public string? VersionStage { get; set; }
}

internal sealed class PutSecretValueRequest
{
    public required string SecretId { get; set; }

    public required string ClientRequestToken { get; set; }

    public required string SecretString { get; set; }

    public IReadOnlyList<string>? VersionStages { get; set; }
}

internal sealed class UpdateSecretVersionStageRequest
{
    public required string SecretId { get; set; }

    public required string VersionStage { get; set; }

    public string? RemoveFromVersionId { get; set; }

    public string? MoveToVersionId { get; set; }
}

internal sealed class RotateSecretRequest
{
    public required string SecretId { get; set; }

    public required string ClientRequestToken { get; set; }

    [JsonPropertyName("RotationLambdaARN")]
    public string? RotationLambdaArn { get; set; }

    public required WireRotationRules RotationRules { get; set; }

    public bool RotateImmediately { get; set; }
}

/// <summary>The answer of every operation that changes a secret; each sets the members that it knows.</summary>
internal sealed class SecretChangeResponse
{
    [JsonPropertyName("ARN")]
    public string Arn { get; set; } = "";

    public string Name { get; set; } = "";

    public string? VersionId { get; set; }

    public IReadOnlyList<string>? VersionStages { get; set; }
}

internal sealed class DescribeSecretResponse
{
    [JsonPropertyName("ARN")]
    public string Arn { get; set; } = "";

    public string Name { get; set; } = "";

    public string? Description { get; set; }

    public string? KmsKeyId { get; set; }

    public IReadOnlyList<SecretTag>? Tags { get; set; }

    public bool? RotationEnabled { get; set; }

    [JsonPropertyName("RotationLambdaARN")]
    public string? RotationLambdaArn { get; set; }

    public WireRotationRules? RotationRules { get; set; }

    public Dictionary<string, List<string>>? VersionIdsToStages { get; set; }

    public double? CreatedDate { get; set; }

    public double? LastChangedDate { get; set; }

    public double? LastRotatedDate { get; set; }

    public double? NextRotationDate { get; set; }

    public double? DeletedDate { get; set; }
}

internal sealed class GetSecretValueResponse
{
    [JsonPropertyName("ARN")]
    public string Arn { get; set; } = "";

    public string Name { get; set; } = "";

    public string VersionId { get; set; } = "";

    public IReadOnlyList<string>? VersionStages { get; set; }

    public string? SecretString { get; set; }

    /// <summary>Base64, as it stood on the wire.</summary>
    public string? SecretBinary { get; set; }

    public double? CreatedDate { get; set; }
}

internal sealed class EmptyResponse
{
}

internal sealed class ErrorResponse
{
    [JsonPropertyName("__type")]
    public string? Type { get; set; }

    public string? Message { get; set; }

    [JsonPropertyName("message")]
    public string? LowerCaseMessage { get; set; }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CreateSecretRequest))]
[JsonSerializable(typeof(UpdateSecretRequest))]
[JsonSerializable(typeof(SecretIdRequest))]
[JsonSerializable(typeof(DeleteSecretRequest))]
[JsonSerializable(typeof(TagResourceRequest))]
[JsonSerializable(typeof(UntagResourceRequest))]
[JsonSerializable(typeof(GetSecretValueRequest))]
[JsonSerializable(typeof(PutSecretValueRequest))]
[JsonSerializable(typeof(UpdateSecretVersionStageRequest))]
[JsonSerializable(typeof(RotateSecretRequest))]
[JsonSerializable(typeof(SecretChangeResponse))]
[JsonSerializable(typeof(DescribeSecretResponse))]
[JsonSerializable(typeof(GetSecretValueResponse))]
[JsonSerializable(typeof(EmptyResponse))]
[JsonSerializable(typeof(ErrorResponse))]
internal sealed partial class WireJson : JsonSerializerContext;
