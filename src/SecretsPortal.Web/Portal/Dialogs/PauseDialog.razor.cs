using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Dialogs;

/// <summary>Says what a pause of all rotations means, and asks why.</summary>
public sealed partial class PauseDialog : PortalPage
{
    private string _reason = "";
    private bool _isOver;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    [Inject]
    private RotationOverview Rotations { get; set; } = default!;

    private string? ReasonFault => FieldFault.Of(Fault, "reason", SystemText.PauseReason);

    private void Cancel() => Dialog.Cancel();

    private async Task Pause()
    {
        if (!await Act(call => Rotations.Pause(call, _reason.Trim() is { Length: > 0 } reason ? reason : null, Leaving)))
            return;
        _isOver = true;
        Dialog.Close(true);
    }
}
