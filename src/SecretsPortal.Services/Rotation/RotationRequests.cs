using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation;

/// <summary>What RotateSecret is asked for.</summary>
public sealed record RotateSecretRequest
{
    /// <summary>Name or ARN.</summary>
    public required string SecretId { get; init; }

    /// <summary>32–64 characters; becomes the new version's id.</summary>
    public string? ClientRequestToken { get; init; }

    /// <summary>The rotation function; null to keep what is set, or to use the built-in rotator of the secret's engine.</summary>
    public string? RotationLambdaArn { get; init; }

    /// <summary>The schedule; null to keep what is set. Build it with <see cref="RotationSchedule.Parse"/>.</summary>
    public RotationSchedule? Schedule { get; init; }

    /// <summary>What a partner's rotation needs to know; null to keep what is set.</summary>
    public IReadOnlyList<ExternalRotationItem>? ExternalMetadata { get; init; }

    /// <summary>The role that a partner's rotation assumes; null to keep what is set.</summary>
    public string? ExternalRoleArn { get; init; }

    /// <summary>False to store the settings and only run testSecret; true by default.</summary>
    public bool RotateImmediately { get; init; } = true;

    /// <summary>The secret as its editor saw it: <see cref="PortalError.PreconditionNotMet"/> where schedule, function or whether it rotates has changed since. Null to overwrite.</summary>
    public Secret? Seen { get; init; }
}

/// <summary>Hands runs to whatever executes them. Two in use: Hangfire in the host, and direct execution in tests.</summary>
public interface IRotationQueue
{
    /// <summary>Asks for the run to be executed soon, at least once. Only ids travel.</summary>
    void Enqueue(string runId);
}
