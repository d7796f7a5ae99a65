using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation;

/// <summary>The values that one rotation knows of.</summary>
/// <param name="Current">Of AWSCURRENT.</param>
/// <param name="Pending">Of the version that the rotation makes.</param>
/// <param name="Others">Values that the target may still have: AWSPREVIOUS first, then those that failed rotations left behind.</param>
internal sealed record RotationValues(SecretValue Current, SecretValue Pending, IReadOnlyList<SecretValue> Others);

/// <summary>
/// Changes a credential where it is used. Each method may be called again after it was done or interrupted. Faults are
/// <see cref="RotationException"/>s, whose messages are shown.
/// </summary>
internal interface IRotator
{
    /// <summary>The name of the rotation function whose work this is.</summary>
    string FunctionName { get; }

    /// <summary>True where a secret of this engine (lower case) needs no function to be named.</summary>
    bool Serves(string engine);

    /// <summary>createSecret: the current value with a new credential in it.</summary>
    SecretValue Create(SecretValue current);

    /// <summary>setSecret: the target accepts the pending value afterwards. Gives a sentence for the run's page.</summary>
    Task<string> Set(RotationValues values, CancellationToken cancel);

    /// <summary>testSecret: fails unless the target accepts the value. Gives a sentence for the run's page.</summary>
    Task<string> Test(SecretValue value, CancellationToken cancel);

    /// <summary>True where the target accepts the value, false where it refuses it; fails where it does not answer.</summary>
    Task<bool> IsAccepted(SecretValue value, CancellationToken cancel);
}

/// <summary>
/// A rotation cannot go on. <paramref name="message"/> names cause and remedy in plain words, never a credential.
/// </summary>
/// <param name="message">Shown on the secret's page and in the log.</param>
/// <param name="isFinal">True where trying again would change nothing.</param>
internal sealed class RotationException(string message, bool isFinal = false) : Exception(message)
{
    /// <summary>True where trying again would change nothing.</summary>
    public bool IsFinal { get; } = isFinal;
}
