using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation;

/// <summary>What a step works on, as it is when the step begins.</summary>
/// <param name="Secret">The secret.</param>
/// <param name="Current">The value of AWSCURRENT.</param>
internal sealed record RotationSubject(Secret Secret, SecretValue Current);

/// <summary>
/// Carries out the four steps of one run, whoever does the work: a built-in rotator or a function. Each may be called again after it was done
/// or interrupted. Faults are <see cref="RotationException"/>s, whose messages are shown. The runner moves the labels itself.
/// </summary>
internal interface IRotationDriver
{
    /// <summary>False where <see cref="Ask"/> never knows: a function's target is known to the function alone.</summary>
    bool CanAsk { get; }

    /// <summary>False where nobody but the portal has the value, so that setSecret and testSecret do nothing.</summary>
    bool HasTarget => true;

    /// <summary>True where the portal itself opens the master secret that the value names; a function reads it on its own account.</summary>
    bool NeedsMaster => false;

    /// <summary>createSecret: the run's version has a value under AWSPENDING afterwards. Gives a sentence for the run's page, as the others do.</summary>
    Task<string> CreateSecret(RotationWork work, RotationSubject subject, CancellationToken cancel);

    /// <summary>setSecret: the target accepts the pending value afterwards.</summary>
    Task<string> SetSecret(RotationWork work, RotationSubject subject, CancellationToken cancel);

    /// <summary>testSecret: fails unless the target accepts the pending value; in a run that only tests, AWSCURRENT's.</summary>
    Task<string> TestSecret(RotationWork work, RotationSubject subject, CancellationToken cancel);

    /// <summary>finishSecret: whatever is left to do but for the labels, which the runner makes final afterwards, whether or not this moved some.</summary>
    Task<string> FinishSecret(RotationWork work, RotationSubject subject, CancellationToken cancel);

    /// <summary>What the target says to a value; changes nothing, and fails for nothing that is the target's or the value's fault.</summary>
    Task<TargetAnswer> Ask(Secret secret, SecretValue value, CancellationToken cancel);

    /// <summary>Whether a rotation would work, without changing anything. A fault is a finding, not an exception.</summary>
    Task<PreflightReport> Check(Secret secret, CancellationToken cancel);
}
