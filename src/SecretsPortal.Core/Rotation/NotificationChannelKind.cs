namespace SecretsPortal.Core.Rotation;

/// <summary>How a channel of notifications reaches somebody.</summary>
public enum NotificationChannelKind
{
    /// <summary>A signed POST of JSON.</summary>
    Webhook,

    /// <summary>A mail by SMTP.</summary>
    Email,
}
