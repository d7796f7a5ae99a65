using SecretsPortal.Services.Access;

namespace SecretsPortal.Web.Portal.Session;

/// <summary>How long a session lasts, as the cookie and open pages see it. The services decide.</summary>
internal static class SessionLimits
{
    /// <inheritdoc cref="SessionService.Idle"/>
    public static TimeSpan Idle => SessionService.Idle;

    /// <summary>How long a page whose connection was lost waits for its browser: enough for a short cut, a change of networks, a closed lid for a moment.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromMinutes(2);

    /// <summary>How many such pages wait at most, of all users; the oldest goes first.</summary>
    public const int RetainedAtMost = 100;

    /// <summary>How often an open page asks whether its session still holds: one that does not is over within 5 seconds, on a busy machine too.</summary>
    public static readonly TimeSpan Revalidation = TimeSpan.FromSeconds(2);
}
