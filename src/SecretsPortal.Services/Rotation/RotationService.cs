using SecretsPortal.Core.Rotation;
using SecretsPortal.Services.Secrets;

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

    /// <summary>False to store the settings and only run testSecret; true by default.</summary>
    public bool RotateImmediately { get; init; } = true;
}

/// <summary>Hands runs to whatever executes them. Two in use: Hangfire in the host, and direct execution in tests.</summary>
public interface IRotationQueue
{
    /// <summary>Asks for the run to be executed soon, at least once. Only ids travel.</summary>
    void Enqueue(string runId);
}

/// <summary>Turning rotation on, off, and asking for one by hand.</summary>
public sealed class RotationService
{
    /// <summary>RotateSecret: stores the settings, registers the token under AWSPENDING and the run, and returns at once.</summary>
    public Task<WrittenSecret> Rotate(CallContext call, RotateSecretRequest request, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>CancelRotateSecret: the schedule stops; an open run is abandoned and AWSPENDING removed.</summary>
    public Task<WrittenSecret> Cancel(CallContext call, string secretId, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>The secret's runs, newest first, with their steps.</summary>
    public Task<IReadOnlyList<RotationRun>> History(CallContext call, string secretId, int limit, CancellationToken cancel) => throw new NotImplementedException();
}
