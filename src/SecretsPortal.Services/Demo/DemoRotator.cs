using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;

namespace SecretsPortal.Services.Demo;

/// <summary>A rotator as it is, but for its database: that is one of the <see cref="DemoTargets"/>.</summary>
internal sealed class DemoRotator(IRotator real, DemoTargets targets) : IRotator
{
    /// <inheritdoc/>
    public IReadOnlyList<string> FunctionNames => real.FunctionNames;

    /// <inheritdoc/>
    public bool NeedsMaster => real.NeedsMaster;

    /// <inheritdoc/>
    public bool Serves(SecretValue current) => real.Serves(current);

    /// <inheritdoc/>
    public SecretValue Create(RotationValues values) => real.Create(values);

    /// <inheritdoc/>
    public async Task<string> Set(RotationValues values, CancellationToken cancel)
    {
        var host = DemoTargets.HostOf(values.Current);
        return await targets.Call(host, cancel) == DemoMood.Forbids
            ? throw new RotationException($"{host} lets the user in, but not change its password: permission denied. Let an administrator of the database allow it, then rotate again.", isFinal: true)
            : $"{host} has the new password.";
    }

    /// <inheritdoc/>
    public async Task<string> Test(SecretValue value, CancellationToken cancel)
    {
        var host = DemoTargets.HostOf(value);
        await targets.Call(host, cancel);
        return $"{host} accepts the new password.";
    }

    /// <inheritdoc/>
    public async Task<bool> IsAccepted(SecretValue value, CancellationToken cancel) => await targets.Call(DemoTargets.HostOf(value), cancel) != DemoMood.Refuses;

    /// <inheritdoc/>
    public Task<PreflightReport> Check(RotationValues values, CancellationToken cancel)
    {
        var host = DemoTargets.HostOf(values.Current);
        var mood = targets.MoodOf(host);
        if (mood == DemoMood.Silent)
            return Task.FromResult(new PreflightReport([new PreflightFinding(PreflightCheck.Reachable, PreflightState.Failed, $"{host} does not answer.")]));
        return Task.FromResult(new PreflightReport(
        [
            new PreflightFinding(PreflightCheck.Json, PreflightState.Passed, "The secret's value has all that a log-in takes."),
            new PreflightFinding(PreflightCheck.Reachable, PreflightState.Passed, $"{host} answers. It is one of the demonstration's: nothing is connected to."),
            mood == DemoMood.Refuses
                ? new PreflightFinding(PreflightCheck.LogIn, PreflightState.Failed, $"{host} refuses the password of AWSCURRENT.")
                : new PreflightFinding(PreflightCheck.LogIn, PreflightState.Passed, $"{host} accepts the password."),
            mood == DemoMood.Forbids
                ? new PreflightFinding(PreflightCheck.Privileges, PreflightState.Failed, $"{host} does not let the user change its password.")
                : new PreflightFinding(PreflightCheck.Privileges, PreflightState.Passed, "The user may change its password."),
        ]));
    }
}
