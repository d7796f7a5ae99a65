using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Model;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>What can be done to the secrets that were chosen in the list, all at once.</summary>
public sealed partial class BulkBar : ComponentBase
{
    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    /// <summary>The secrets.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyCollection<Secret> Chosen { get; set; } = [];

    /// <summary>None shall be chosen any more.</summary>
    [Parameter]
    public EventCallback Cleared { get; set; }

    /// <summary>These alone shall be chosen from now on: what was not done to them can be tried again.</summary>
    [Parameter]
    public EventCallback<IReadOnlyList<Secret>> Kept { get; set; }

    /// <summary>Something was done to them.</summary>
    [Parameter]
    public EventCallback Changed { get; set; }

    private async Task Open(BulkAction action)
    {
        var parameters = new DialogParameters<BulkDialog> { { d => d.Action, action }, { d => d.Secrets, Chosen.ToList() } };
        var dialog = await Dialogs.ShowAsync<BulkDialog>(BulkDialog.TitleOf(action), parameters, BulkDialog.Shape);
        // Closed while it ran or after: what was done is done, and the list shows it.
        var result = await dialog.Result;
        if (result is not { Canceled: true })
        {
            await Kept.InvokeAsync(result?.Data as IReadOnlyList<Secret> ?? []);
            await Changed.InvokeAsync();
        }
    }
}
