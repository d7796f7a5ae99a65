using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation;

/// <summary>What one rotation knows of.</summary>
internal sealed record RotationValues
{
    /// <summary>The value of AWSCURRENT.</summary>
    public required SecretValue Current { get; init; }

    /// <summary>The value of the version that the rotation makes; null before createSecret.</summary>
    public SecretValue? Pending { get; init; }

    /// <summary>Values that the target may still have, a few at most: AWSPREVIOUS first, then those that failed rotations left behind.</summary>
    public IReadOnlyList<SecretValue> Others { get; init; } = [];

    /// <summary>The AWSCURRENT value of the secret that the member <c>masterarn</c> names; null where it names none.</summary>
    public SecretValue? Master { get; init; }

    /// <summary>The settings that the rotation was given, beside the function: the API's ExternalSecretRotationMetadata.</summary>
    public IReadOnlyList<ExternalRotationItem> Settings { get; init; } = [];

    /// <summary>The pending value of a rotation that is past createSecret.</summary>
    public SecretValue NewValue => Pending ?? throw new InvalidOperationException("createSecret comes first.");
}

/// <summary>
/// Changes a credential where it is used. Each method may be called again after it was done or interrupted. Faults are
/// <see cref="RotationException"/>s, whose messages are shown.
/// </summary>
internal interface IRotator
{
    /// <summary>The names of the rotation functions whose work this is: those of AWS's templates.</summary>
    IReadOnlyList<string> FunctionNames { get; }

    /// <summary>False where nobody but the portal has the value: <see cref="Set"/> and <see cref="Test"/> do nothing then.</summary>
    bool HasTarget => true;

    /// <summary>True where setSecret needs the value of the master secret.</summary>
    bool NeedsMaster => false;

    /// <summary>True where a secret with this value needs no function to be named: its engine, and whether it names a master secret, say so.</summary>
    bool Serves(SecretValue current);

    /// <summary>createSecret: the current value with a new credential in it.</summary>
    SecretValue Create(RotationValues values);

    /// <summary>setSecret: the target accepts the pending value afterwards. Gives a sentence for the run's page.</summary>
    Task<string> Set(RotationValues values, CancellationToken cancel);

    /// <summary>testSecret: fails unless the target accepts the value. Gives a sentence for the run's page.</summary>
    Task<string> Test(SecretValue value, CancellationToken cancel);

    /// <summary>
    /// True where the target accepts the value, false where it refuses it; fails where it does not answer. A final fault that concerns the JSON
    /// means that the value itself can be no credential of the target (a member is missing), which counts as refused.
    /// </summary>
    Task<bool> IsAccepted(SecretValue value, CancellationToken cancel);

    /// <summary>Whether a rotation would work, without changing anything. A fault is a finding, not an exception.</summary>
    Task<PreflightReport> Check(RotationValues values, CancellationToken cancel);
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

    /// <summary>
    /// True where the target was asked about every value that comes into question and refused each: to ask it again would count as more wrong
    /// passwords there, and some targets lock the user out after a few.
    /// </summary>
    public bool IsRefusal { get; init; }

    /// <summary>What a preflight would have found at fault.</summary>
    public PreflightCheck Concerns { get; init; } = PreflightCheck.LogIn;
}
