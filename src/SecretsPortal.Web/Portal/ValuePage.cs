using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core;
using SecretsPortal.Services;
using SecretsPortal.Web.Portal.Dialogs;

namespace SecretsPortal.Web.Portal;

/// <summary>A page or part that has values shown: where the service asks for a new proof of who the user is, it is asked for, and the action done then.</summary>
public abstract class ValuePage : PortalPage
{
    /// <summary>Dialogs.</summary>
    [Inject]
    protected IDialogService Dialogs { get; set; } = default!;

    /// <summary>As <see cref="PortalPage.Act"/>, after a new proof where one is needed.</summary>
    protected async Task<bool> ActProved(Func<CallContext, Task> action)
    {
        if (await Act(action))
            return true;
        if (FaultKind != PortalError.ProofRequired)
            return false;
        Fault = null;
        return await ProveDialog.Ask(Dialogs) && await Act(action);
    }
}
