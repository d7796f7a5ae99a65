namespace SecretsPortal.Services.Rotation;

/// <summary>
/// Named points in a run, at which the kill drill (tests/drill.sh rotation-kill) kills the portal. Off unless the process was started with the
/// variable <see cref="Variable"/>, which only whoever starts the process can set: no setting, request or stored row does. Where it names a folder,
/// a run that comes to a point with a file of that name in it stands still for good, after it renamed the file to tell.
/// </summary>
internal sealed class RotationProbe(string? folder)
{
    /// <summary>The environment variable.</summary>
    public const string Variable = "SECRETSPORTAL_DRILL_ROTATION_POINTS";

    /// <summary>The probe that the process was started with.</summary>
    public static RotationProbe FromEnvironment() => new(Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder ? folder : null);

    /// <summary>A point is reached: nothing happens, unless the drill waits there.</summary>
    public Task At(string point, CancellationToken cancel) => folder is null ? Task.CompletedTask : StandStill(Path.Combine(folder, point), cancel);

    private static async Task StandStill(string file, CancellationToken cancel)
    {
        try
        {
            File.Move(file, file + ".reached");
        }
        catch (IOException)
        {
            // Nobody waits here, or another run was first.
            return;
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
    }
}
