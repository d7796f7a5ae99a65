namespace SecretsPortal.Core.Keys;

/// <summary>Whether a registered KMS key serves.</summary>
public enum KmsKeyState
{
    /// <summary>It wraps and unwraps.</summary>
    Enabled,

    /// <summary>It does neither; what lies under it can't be opened until it is enabled again.</summary>
    Disabled,

    /// <summary>As disabled, and removed from the registry when its waiting time is over, if nothing uses it then.</summary>
    PendingDeletion,
}
