namespace SecretsPortal.Services.Rotation;

/// <summary>How much is under way, on each target and in all, while a tick adds to it.</summary>
/// <param name="byTarget">Queued and running runs of each target; those of an unknown one under the empty key.</param>
/// <param name="options">The limits.</param>
internal sealed class TargetLoad(IReadOnlyDictionary<string, int> byTarget, RotationOptions options)
{
    private readonly Dictionary<string, int> _byTarget = new(byTarget, StringComparer.Ordinal);

    /// <summary>All of them.</summary>
    public int Total { get; private set; } = byTarget.Values.Sum();

    /// <summary>True where no more may begin, whatever the target.</summary>
    public bool IsFull => Total >= options.OpenLimit;

    /// <summary>Counts one more of a target; false, and nothing counted, where the target has its fill. One that nobody knows has none.</summary>
    public bool TryAdd(string? target)
    {
        if (IsFull || (target is not null && _byTarget.GetValueOrDefault(target) >= options.TargetLimit))
            return false;
        _byTarget[target ?? ""] = _byTarget.GetValueOrDefault(target ?? "") + 1;
        Total++;
        return true;
    }

    /// <summary>Takes one back that did not begin after all.</summary>
    public void Remove(string? target)
    {
        _byTarget[target ?? ""]--;
        Total--;
    }
}
