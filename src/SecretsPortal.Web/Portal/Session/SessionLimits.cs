namespace SecretsPortal.Web.Portal.Session;

/// <summary>How long a session lasts, and the claims that say so.</summary>
internal static class SessionLimits
{
    /// <summary>A session without any action ends after this time.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromMinutes(30);

    /// <summary>Every session ends after this time, however busy it is.</summary>
    public static readonly TimeSpan Absolute = TimeSpan.FromHours(12);

    /// <summary>How soon an open page notices that its user was disabled or signed out elsewhere.</summary>
    public static readonly TimeSpan Revalidation = TimeSpan.FromSeconds(5);

    /// <summary>The claim with the time of sign-in, in seconds since 1970.</summary>
    public const string SignedInAt = "signed_in_at";

    /// <summary>The claim with the session's own id.</summary>
    public const string SessionId = "session_id";
}
