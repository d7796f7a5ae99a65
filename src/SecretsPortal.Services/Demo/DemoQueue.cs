using SecretsPortal.Services.Rotation;

namespace SecretsPortal.Services.Demo;

/// <summary>Keeps runs for the filling, which carries them out at the times it tells of; afterwards hands them to the host's own queue.</summary>
internal sealed class DemoQueue(Func<IRotationQueue> live, DemoClock clock) : IRotationQueue
{
    private readonly List<string> _runs = [];

    /// <inheritdoc/>
    public void Enqueue(string runId)
    {
        if (clock.IsFilling)
            _runs.Add(runId);
        else
            live().Enqueue(runId);
    }

    /// <summary>What waits, each once.</summary>
    public IReadOnlyList<string> TakeAll()
    {
        string[] taken = [.. _runs.Distinct()];
        _runs.Clear();
        return taken;
    }
}
