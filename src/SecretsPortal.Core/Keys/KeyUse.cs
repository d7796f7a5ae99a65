namespace SecretsPortal.Core.Keys;

/// <summary>What may use a KMS key, in the order in which it is listed.</summary>
public enum KeyUseKind
{
    /// <summary>A version's value lies under the key.</summary>
    SecretVersion,

    /// <summary>A secret names the key for its next values.</summary>
    Secret,

    /// <summary>A replica that is still to be made names the key.</summary>
    Replica,

    /// <summary>The secret half of an access key lies under the key.</summary>
    AccessKey,

    /// <summary>One of the portal's own keys lies under the key.</summary>
    PortalKey,

    /// <summary>A user's second factor lies under the key.</summary>
    SecondFactor,

    /// <summary>The key that requests to a rotation function are signed with lies under the key.</summary>
    RotationFunction,
}

/// <summary>One use of a KMS key.</summary>
/// <param name="Kind">What uses it.</param>
/// <param name="Name">The secret's ARN, the access key's id, the portal key's name, the user's id, or that of the function as a caller.</param>
/// <param name="Detail">The version's id, or the replica's region; null where there is no more to say.</param>
public sealed record KeyUse(KeyUseKind Kind, string Name, string? Detail);

/// <summary>How much lies under a KMS key.</summary>
/// <param name="KeyId">The key.</param>
/// <param name="Secrets">Secrets with at least one version under it.</param>
/// <param name="Versions">Their versions under it.</param>
/// <param name="OfPortal">Access keys, the portal's own keys, second factors and keys of rotation functions.</param>
public sealed record KeyUseCount(string KeyId, long Secrets, long Versions, long OfPortal);
