using SecretsPortal.Core.Secrets;

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

    /// <summary>The first value; null for a secret without any.</summary>
    public SecretValue? Value { get; init; }

    /// <summary>At most 50; null for a secret that was never tagged.</summary>
    public IReadOnlyList<SecretTag>? Tags { get; init; }
}

/// <summary>What PutSecretValue is asked for.</summary>
/// <param name="SecretId">Name or ARN.</param>
/// <param name="ClientRequestToken">32–64 characters; becomes the version's id.</param>
/// <param name="Value">The new value.</param>
/// <param name="VersionStages">Labels to attach; null for AWSCURRENT.</param>
public sealed record PutSecretValueRequest(
    string SecretId, string? ClientRequestToken, SecretValue? Value, IReadOnlyList<string>? VersionStages);

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

    /// <summary>The new value.</summary>
    public SecretValue? Value { get; init; }
}

/// <summary>All changes of secrets: find, authorize, seal, change with its record in one transaction.</summary>
public sealed class SecretWriter
{
    /// <summary>CreateSecret; the same token with the same data again is a no-op.</summary>
    public Task<WrittenSecret> Create(CallContext call, CreateSecretRequest request, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>PutSecretValue; ends an open rotation where it moves AWSCURRENT.</summary>
    public Task<WrittenSecret> PutValue(CallContext call, PutSecretValueRequest request, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>UpdateSecret; VersionId only where the value changed.</summary>
    public Task<WrittenSecret> Update(CallContext call, UpdateSecretRequest request, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>UpdateSecretVersionStage.</summary>
    public Task<Secret> UpdateVersionStage(CallContext call, string secretId, string versionStage, string? moveToVersionId, string? removeFromVersionId, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>DeleteSecret. With <paramref name="force"/> at once, and an unknown secret succeeds with a null Secret; the name asked for is in <paramref name="secretId"/>.</summary>
    public Task<Secret?> Delete(CallContext call, string secretId, long? recoveryWindowInDays, bool force, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>RestoreSecret.</summary>
    public Task<Secret> Restore(CallContext call, string secretId, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>TagResource: adds tags, replaces the values of those that are there.</summary>
    public Task Tag(CallContext call, string secretId, IReadOnlyList<SecretTag> tags, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>UntagResource: removes tags by key; keys that are not there are no error.</summary>
    public Task Untag(CallContext call, string secretId, IReadOnlyList<string> tagKeys, CancellationToken cancel) => throw new NotImplementedException();
}
