using Microsoft.AspNetCore.Components;
using SecretsPortal.Core;
using SecretsPortal.Services;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Portal;

/// <summary>What pages and their parts share: one road to the services, and what happens when it ends badly.</summary>
public abstract class PortalPage : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource _leaving = new();

    /// <summary>A page that nobody has left yet.</summary>
    protected PortalPage() => Leaving = _leaving.Token;

    [Inject]
    private protected PortalSession Session { get; private set; } = default!;

    /// <summary>Moves between pages.</summary>
    [Inject]
    protected NavigationManager Navigation { get; private set; } = default!;

    /// <summary>Cancelled when the user leaves the page, and good to be asked afterwards, too.</summary>
    protected CancellationToken Leaving { get; }

    /// <summary>What went wrong with the last action, to be shown as it is; null where it went well.</summary>
    protected string? Fault { get; set; }

    /// <summary>The kind of what went wrong; null where it went well.</summary>
    protected PortalError? FaultKind { get; private set; }

    /// <summary>What is to be told beside another's changes: what went wrong, but for the refusal that those changes explain.</summary>
    /// <param name="changes">What somebody else has changed; null where nothing of it is shown.</param>
    private protected string? FaultBeside(IReadOnlyList<StoredChange>? changes) => changes is not null && FaultKind == PortalError.PreconditionNotMet ? null : Fault;

    /// <summary>True while an action runs; buttons that start one are disabled meanwhile.</summary>
    protected bool IsBusy { get; private set; }

    /// <summary>
    /// Runs one action of the user. A refusal or a fault of the services becomes <see cref="Fault"/> and gives false; a session
    /// that is over leads to sign-in. A second call while the first still runs does nothing, so a double click is one action.
    /// </summary>
    protected async Task<bool> Act(Func<CallContext, Task> action)
    {
        if (IsBusy)
            return false;
        IsBusy = true;
        Fault = null;
        FaultKind = null;
        StateHasChanged();
        try
        {
            return await Ask(action);
        }
        finally
        {
            IsBusy = false;
        }
    }

    /// <summary>As <see cref="Act"/>, for what a page loads by itself: it may run beside an action, and leaves that one's fault alone.</summary>
    protected async Task<bool> Ask(Func<CallContext, Task> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        try
        {
            await action(await Session.NewCall(Leaving));
            return true;
        }
        catch (PortalException fault)
        {
            Fault = Refusals.TextOf(fault);
            FaultKind = fault.Error;
        }
        catch (SessionEndedException)
        {
            SignInAgain();
        }
        catch (OperationCanceledException) when (Leaving.IsCancellationRequested)
        {
            // The user left the page; nobody waits for the answer.
        }

        return false;
    }

    /// <summary>Whether the signed-in user may do <paramref name="action"/>; decides what is shown, never what is done.</summary>
    protected async Task<bool> May(string action, string resource, Core.Secrets.Secret? secret = null)
    {
        try
        {
            return await Session.May(action, resource, secret, Leaving);
        }
        catch (PortalException)
        {
            return false;
        }
        catch (SessionEndedException)
        {
            SignInAgain();
            return false;
        }
        catch (OperationCanceledException) when (Leaving.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>As <see cref="May"/>, for what changes a secret: never a replica, which only follows its primary.</summary>
    protected async Task<bool> MayChange(string action, Core.Secrets.Secret secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        return !secret.IsReplica && await May(action, secret.Arn.ToString(), secret);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends what the page still waits for. Overridden where a page holds a value to let go of.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing || _leaving.IsCancellationRequested)
            return;
        _leaving.Cancel();
        _leaving.Dispose();
    }

    private void SignInAgain() => Navigation.NavigateTo(PortalRoutes.SignIn(Navigation), forceLoad: true);
}
