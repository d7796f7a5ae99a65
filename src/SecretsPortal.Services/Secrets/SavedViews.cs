using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Audit;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Secrets;

/// <summary>A user's own views of the list of secrets. They are part of the own account: no policy is asked, and nobody else sees them.</summary>
public sealed class SavedViews
{
    /// <summary>How many a user may have.</summary>
    public const int Most = 50;

    /// <summary>How long a view's name may be.</summary>
    public const int LongestName = 64;

    private const int LongestQuery = 2000;

    private readonly SavedViewStore _store;
    private readonly AuditRecorder _recorder;
    private readonly TimeProvider _clock;

    internal SavedViews(SavedViewStore store, AuditRecorder recorder, TimeProvider clock)
    {
        _store = store;
        _recorder = recorder;
        _clock = clock;
    }

    /// <summary>The user's views by name.</summary>
    public Task<IReadOnlyList<SavedView>> List(CallContext call, CancellationToken cancel) =>
        Recording(call, "list", _ => _store.List(call.Caller.Id, cancel), cancel);

    /// <summary>Keeps a view. <see cref="PortalError.InvalidParameter"/> for a name that is taken, empty or too long.</summary>
    public Task<SavedView> Save(CallContext call, string name, string query, CancellationToken cancel) => Recording(call, $"save {Clipped(name)}", async op =>
    {
        var view = Checked(new SavedView(Guid.CreateVersion7(_clock.Now()).ToString("N"), name, query));
        var isAdded = await _store.Add(call.Caller.Id, view, _clock.Now(), Most, _recorder.Success(op), cancel)
            ?? throw Refused($"There are {Most} saved views already. Delete one first.");
        op.IsRecorded = isAdded;
        return isAdded ? view : throw Taken(view.Name);
    }, cancel);

    /// <summary>Gives a view another name or what it shows. <see cref="PortalError.ResourceNotFound"/> where it is gone.</summary>
    public Task<SavedView> Change(CallContext call, SavedView view, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(view);
        return Recording(call, $"change {Clipped(view.Name)}", async op =>
        {
            var changed = Checked(view);
            var isChanged = await _store.Update(call.Caller.Id, changed, _recorder.Success(op), cancel)
                ?? throw new PortalException(PortalError.ResourceNotFound, "The view is gone. Save it anew.");
            op.IsRecorded = isChanged;
            return isChanged ? changed : throw Taken(changed.Name);
        }, cancel);
    }

    /// <summary>Removes a view; one that is gone is no fault.</summary>
    public Task Delete(CallContext call, SavedView view, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(view);
        return Recording(call, $"delete {Clipped(view.Name)}", async op => op.IsRecorded = await _store.Remove(call.Caller.Id, view.Id, _recorder.Success(op), cancel), cancel);
    }

    private Task<T> Recording<T>(CallContext call, string detail, Func<RecordedCall, Task<T>> body, CancellationToken cancel) =>
        _recorder.Recording(call, PortalActions.ManageOwnViews, call.Caller.Name, op =>
        {
            op.Detail = detail;
            return call.Caller.Kind == CallerKind.User ? body(op) : throw new PortalException(PortalError.AccessDenied, "Only a portal user has saved views.");
        }, cancel);

    private static SavedView Checked(SavedView view)
    {
        var name = view.Name.Trim();
        if (name.Length is 0 or > LongestName || name.Any(char.IsControl))
            throw Refused($"Give the view a name of 1 to {LongestName} characters.");
        return view.Query.Length <= LongestQuery ? view with { Name = name } : throw Refused("The view asks for too much to be kept. Leave out a filter.");
    }

    private static string Clipped(string name) => name.Length <= LongestName ? name : name[..LongestName];

    private static PortalException Taken(string name) => Refused($"You have a view named {name} already. Choose another name.");

    private static PortalException Refused(string message) => new(PortalError.InvalidParameter, message);
}
