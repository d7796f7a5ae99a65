using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation.Functions;

namespace SecretsPortal.Services.Rotation;

/// <summary>Decides who rotates a secret.</summary>
internal sealed class DriverRegistry(RotatorRegistry rotators, BuiltInWork work, FunctionWork functions)
{
    /// <summary>
    /// The driver of a secret: of the function that its settings name, else of what its current value says; null where there is none. To ask
    /// for another function, pass the secret with other settings.
    /// </summary>
    public async Task<IRotationDriver?> Of(Secret secret, SecretValue? current, CancellationToken cancel)
    {
        try
        {
            return BuiltIn(secret, current) ?? (secret.Rotation?.FunctionArn is null ? null : await functions.Require(secret, cancel));
        }
        catch (RotationException)
        {
            // Its words are for those who have been let in.
            return null;
        }
    }

    /// <summary>As <see cref="Of"/>; a final <see cref="RotationException"/> where nothing rotates the secret.</summary>
    public async Task<IRotationDriver> Require(Secret secret, SecretValue current, CancellationToken cancel) => BuiltIn(secret, current)
        ?? (secret.Rotation?.FunctionArn is not null ? await functions.Require(secret, cancel) : null)
        ?? throw new RotationException(
            "Nothing rotates this secret: its JSON names no engine with a built-in rotator (docs/rotation.md lists them), and no rotation function that this portal knows is set.",
            isFinal: true);

    private BuiltInDriver? BuiltIn(Secret secret, SecretValue? current) => rotators.Of(secret.Rotation, current) is { } rotator ? new BuiltInDriver(rotator, work) : null;
}
