using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation;

/// <summary>Decides who rotates a secret.</summary>
internal sealed class DriverRegistry(RotatorRegistry rotators, BuiltInWork work)
{
    /// <summary>
    /// The driver of a secret: of the function that its settings name, else of what its current value says; null where there is none. To ask
    /// for another function, pass the secret with other settings.
    /// </summary>
    public Task<IRotationDriver?> Of(Secret secret, SecretValue? current, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return Task.FromResult<IRotationDriver?>(rotators.Of(secret.Rotation, current) is { } rotator ? new BuiltInDriver(rotator, work) : null);
    }

    /// <summary>As <see cref="Of"/>; a final <see cref="RotationException"/> where nothing rotates the secret.</summary>
    public async Task<IRotationDriver> Require(Secret secret, SecretValue current, CancellationToken cancel) => await Of(secret, current, cancel)
        ?? throw new RotationException(
            "Nothing rotates this secret: its JSON names no engine with a built-in rotator (docs/rotation.md lists them), and no rotation function that this portal knows is set.",
            isFinal: true);
}
