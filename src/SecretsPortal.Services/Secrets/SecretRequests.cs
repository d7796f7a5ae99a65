using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Replicas;

namespace SecretsPortal.Services.Secrets;

/// <summary>A secret and the version that a call made or found; VersionId null where it made none.</summary>
/// <param name="Secret">The secret as it is now.</param>
/// <param name="VersionId">The version of the call's token.</param>
public sealed record WrittenSecret(Secret Secret, string? VersionId);

/// <summary>What CreateSecret is asked for.</summary>
public sealed record CreateSecretRequest
{
    /// <summary>1–512 characters.</summary>
    public required string Name { get; init; }

    /// <summary>32–64 characters; becomes the version's id. Null is refused as AWS refuses it.</summary>
    public string? ClientRequestToken { get; init; }

    /// <summary>At most 2,048 characters.</summary>
    public string? Description { get; init; }

    /// <summary>A key id, ARN or alias; null for the default key.</summary>
    public string? KmsKeyId { get; init; }

    /// <summary>The partner that holds the secret outside, at most 256 characters; null for a secret of one's own.</summary>
    public string? PartnerType { get; init; }

    /// <summary>The first value; null for a secret without any.</summary>
    public SecretValue? Value { get; init; }

    /// <summary>At most 50; null for a secret that was never tagged.</summary>
    public IReadOnlyList<SecretTag>? Tags { get; init; }

    /// <summary>Where to replicate the secret to.</summary>
    public IReadOnlyList<ReplicaRegion> ReplicaRegions { get; init; } = [];

    /// <summary>True to overwrite secrets of the same name there.</summary>
    public bool OverwritesReplicas { get; init; }
}

/// <summary>What PutSecretValue is asked for.</summary>
/// <param name="SecretId">Name or ARN.</param>
/// <param name="ClientRequestToken">32–64 characters; becomes the version's id.</param>
/// <param name="Value">The new value.</param>
/// <param name="VersionStages">Labels to attach; null for AWSCURRENT.</param>
public sealed record PutSecretValueRequest(
    string SecretId, string? ClientRequestToken, SecretValue? Value, IReadOnlyList<string>? VersionStages)
{
    /// <summary>From the event of the rotation that the value is for; null outside rotations.</summary>
    public SecretText? RotationToken { get; init; }

    /// <summary>
    /// The version of AWSCURRENT that the value was made from: <see cref="PortalError.PreconditionNotMet"/> where AWSCURRENT is at another one by then. Null
    /// where it was made from none, or is to be stored all the same.
    /// </summary>
    public string? MadeFromVersionId { get; init; }
}

/// <summary>What UpdateSecret is asked for; members that are null stay as they are.</summary>
public sealed record UpdateSecretRequest
{
    /// <summary>Name or ARN.</summary>
    public required string SecretId { get; init; }

    /// <summary>Required on the wire even where no value is given.</summary>
    public string? ClientRequestToken { get; init; }

    /// <summary>The new description; an empty one removes it.</summary>
    public string? Description { get; init; }

    /// <summary>The new key.</summary>
    public string? KmsKeyId { get; init; }

    /// <summary>The partner that holds the secret outside; an empty one removes it.</summary>
    public string? PartnerType { get; init; }

    /// <summary>The new value.</summary>
    public SecretValue? Value { get; init; }

    /// <summary>The secret as its editor saw it: <see cref="PortalError.PreconditionNotMet"/> where description or key has changed since. Null to overwrite.</summary>
    public Secret? Seen { get; init; }
}
