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

    public IReadOnlyList<ReplicaRegion>? AddReplicaRegions { get; set; }

    public bool? ForceOverwriteReplicaSecret { get; set; }
}

internal sealed class ReplicaRegion
{
    public required string Region { get; set; }

    public string? KmsKeyId { get; set; }
}

internal sealed class ReplicationStatus
{
    public string Region { get; set; } = "";

    public string? KmsKeyId { get; set; }

    public string? Status { get; set; }
}

internal sealed class ReplicateSecretRequest
{
    public required string SecretId { get; set; }

    public required IReadOnlyList<ReplicaRegion> AddReplicaRegions { get; set; }

    public bool ForceOverwriteReplicaSecret { get; set; }
}

internal sealed class RemoveReplicasRequest
{
    public required string SecretId { get; set; }

    public required IReadOnlyList<string> RemoveReplicaRegions { get; set; }
}

internal sealed class PutResourcePolicyRequest
{
    public required string SecretId { get; set; }

    public required string ResourcePolicy { get; set; }

    public bool BlockPublicPolicy { get; set; }
}

internal sealed class ResourcePolicyResponse
{
    [JsonPropertyName("ARN")]
    public string Arn { get; set; } = "";

    public string? ResourcePolicy { get; set; }
}

internal sealed class ListFilter
{
    public required string Key { get; set; }

    public required IReadOnlyList<string> Values { get; set; }
}

internal sealed class ListSecretsRequest
{
    public IReadOnlyList<ListFilter>? Filters { get; set; }

    public int MaxResults { get; set; } = 100;

    public string? NextToken { get; set; }

    public bool? IncludePlannedDeletion { get; set; }
}

internal sealed class ListSecretsResponse
{
    public List<DescribeSecretResponse> SecretList { get; set; } = [];

    public string? NextToken { get; set; }
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

    /// <summary>What ListSecrets calls <see cref="VersionIdsToStages"/>.</summary>
    public Dictionary<string, List<string>>? SecretVersionsToStages { get; set; }

    public List<ReplicationStatus>? ReplicationStatus { get; set; }

    public string? PrimaryRegion { get; set; }

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

internal sealed class LookUpRequest
{
    [JsonPropertyName("secrets")]
    public required IReadOnlyList<LookUpQuestion> Secrets { get; set; }
}

internal sealed class LookUpQuestion
{
    [JsonPropertyName("secretId")]
    public required string SecretId { get; set; }

    [JsonPropertyName("fields")]
    public IReadOnlyList<string>? Fields { get; set; }
}

internal sealed class LookUpResponse
{
    [JsonPropertyName("secrets")]
    public List<SecretLookUp> Secrets { get; set; } = [];
}

/// <summary>What was found of one secret, or why it was not.</summary>
internal sealed class SecretLookUp
{
    /// <summary>As DescribeSecret gives it; null beside <see cref="Code"/>.</summary>
    [JsonPropertyName("secret")]
    public DescribeSecretResponse? Secret { get; set; }

    /// <summary>By version id; null where none were asked for or the caller may not see them.</summary>
    [JsonPropertyName("fingerprints")]
    public Dictionary<string, ValueFingerprint>? Fingerprints { get; set; }

    [JsonPropertyName("code")]
    public string? Code { get; set; }

    [JsonPropertyName("message")]
    public string? Message { get; set; }
}

/// <summary>Keyed fingerprints of one version: equal where the values are.</summary>
internal sealed class ValueFingerprint
{
    [JsonPropertyName("value")]
    public string Value { get; set; } = "";

    [JsonPropertyName("fields")]
    public Dictionary<string, string>? Fields { get; set; }
}

internal sealed class MergeFieldsRequest
{
    [JsonPropertyName("clientRequestToken")]
    public required string ClientRequestToken { get; set; }

    [JsonPropertyName("fields")]
    public required Dictionary<string, string> Fields { get; set; }
}

internal sealed class MergeFieldsResponse
{
    [JsonPropertyName("arn")]
    public string Arn { get; set; } = "";

    [JsonPropertyName("versionId")]
    public string VersionId { get; set; } = "";
}

internal sealed class KeyDeletion
{
    [JsonPropertyName("pendingWindowInDays")]
    public int PendingWindowInDays { get; set; }
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

    // The administration API's problem details.
    [JsonPropertyName("code")]
    public string? Code { get; set; }

    [JsonPropertyName("detail")]
    public string? Detail { get; set; }

    [JsonPropertyName("errors")]
    public Dictionary<string, List<string>>? Errors { get; set; }
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
[JsonSerializable(typeof(ReplicateSecretRequest))]
[JsonSerializable(typeof(RemoveReplicasRequest))]
[JsonSerializable(typeof(PutResourcePolicyRequest))]
[JsonSerializable(typeof(ResourcePolicyResponse))]
[JsonSerializable(typeof(ListSecretsRequest))]
[JsonSerializable(typeof(ListSecretsResponse))]
[JsonSerializable(typeof(SecretChangeResponse))]
[JsonSerializable(typeof(DescribeSecretResponse))]
[JsonSerializable(typeof(GetSecretValueResponse))]
[JsonSerializable(typeof(KeyDeletion))]
[JsonSerializable(typeof(LookUpRequest))]
[JsonSerializable(typeof(LookUpResponse))]
[JsonSerializable(typeof(MergeFieldsRequest))]
[JsonSerializable(typeof(MergeFieldsResponse))]
[JsonSerializable(typeof(EmptyResponse))]
[JsonSerializable(typeof(ErrorResponse))]
internal sealed partial class WireJson : JsonSerializerContext;
