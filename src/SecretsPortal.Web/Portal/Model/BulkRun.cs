using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>What is done to several secrets at once.</summary>
public enum BulkAction
{
    /// <summary>Sets tags.</summary>
    Tag,

    /// <summary>Takes tags away.</summary>
    Untag,

    /// <summary>Rotates now.</summary>
    Rotate,

    /// <summary>Marks for deletion.</summary>
    Delete,

    /// <summary>Takes that mark away.</summary>
    Restore,
}

/// <summary>
/// One action on several secrets, one after the other: each is a call of its own, authorized and recorded as if it were asked for alone. What fails
/// keeps none of the others from being tried.
/// </summary>
internal sealed class BulkRun(IReadOnlyList<Secret> secrets, Func<CallContext, Secret, Task> act)
{
    private readonly List<Secret> _done = [];
    private readonly List<(Secret Secret, string Why)> _failed = [];

    /// <summary>How many there are.</summary>
    public int Total => secrets.Count;

    /// <summary>How many were tried.</summary>
    public int Tried => _done.Count + _failed.Count;

    /// <summary>Those on which it was done.</summary>
    public IReadOnlyList<Secret> Done => _done;

    /// <summary>Those on which it failed, and why.</summary>
    public IReadOnlyList<(Secret Secret, string Why)> Failed => _failed;

    /// <summary>True where a permission was missing for one of them.</summary>
    public bool IsDenied => _failed.Exists(static one => Refusals.IsOfPermission(one.Why));

    /// <summary>Those that were not tried, because somebody stopped before.</summary>
    public IReadOnlyList<Secret> Left => [.. secrets.Skip(Tried)];

    /// <summary>Goes through all of them, or until <paramref name="stop"/>; the one that is under way then is waited for.</summary>
    /// <param name="newCall">Gives each action its own context.</param>
    /// <param name="progressed">Told after each.</param>
    /// <param name="stop">True to end early.</param>
    public async Task Go(Func<Task<CallContext>> newCall, Func<Task> progressed, Func<bool> stop)
    {
        foreach (var secret in secrets)
        {
            if (stop())
                return;
            try
            {
                await act(await newCall(), secret);
                _done.Add(secret);
            }
            catch (PortalException fault)
            {
                _failed.Add((secret, fault.Message));
            }

            await progressed();
        }
    }
}
