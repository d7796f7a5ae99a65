using SecretsPortal.Services.Rotation.Functions;

namespace SecretsPortal.Services.Rotation;

/// <summary>How the portal rotates: <c>Portal:Rotation:…</c>.</summary>
public sealed record RotationOptions
{
    /// <summary>How many rotations of one target (server or function) are under way at most, those asked for by hand not held up but counted.</summary>
    public int TargetLimit { get; init; } = 5;

    /// <summary>How many runs wait or are worked on at most, so that a great day of rotations does not fill the queue; the others follow as room comes.</summary>
    public int OpenLimit { get; init; } = 2000;

    /// <summary>How often each target is asked whether it takes AWSCURRENT; zero for never.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Where databases may be that the built-in rotators log in to; empty for anywhere.</summary>
    public IReadOnlyList<AllowedAddress> AllowedTargets { get; init; } = [];
}
