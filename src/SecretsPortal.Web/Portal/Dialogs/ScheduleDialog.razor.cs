using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Web.Portal.Model;

namespace SecretsPortal.Web.Portal.Dialogs;

/// <summary>Sets when a secret rotates, saying in words what the settings mean before they are saved.</summary>
public sealed partial class ScheduleDialog : PortalPage
{
    private static readonly (ScheduleMode Mode, string Name)[] s_modes =
        [(ScheduleMode.Rate, "At a rate"), (ScheduleMode.Days, "Days after the last one"), (ScheduleMode.Cron, "Cron expression")];

    private ScheduleDraft _draft = new();
    private bool _rotateNow;
    private string _functionArn = "";
    private string _token = "";

    [Inject]
    private RotationService Rotation { get; set; } = default!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    /// <summary>The secret.</summary>
    [Parameter, EditorRequired]
    public Secret Secret { get; set; } = default!;

    private SchedulePreview Preview => _draft.Preview(Secret.LastRotatedAt ?? Secret.CreatedAt, Session.Now);

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        _token = Session.NewId();
        _draft = ScheduleDraft.From(Secret.Rotation?.Schedule);
        _functionArn = Secret.Rotation?.FunctionArn ?? "";
    }

    private void Cancel() => Dialog.Cancel();

    private async Task Save()
    {
        if (Preview.Fault is not null)
            return;
        var request = new RotateSecretRequest
        {
            SecretId = Secret.Arn.ToString(),
            ClientRequestToken = _token,
            RotationLambdaArn = string.IsNullOrWhiteSpace(_functionArn) ? null : _functionArn.Trim(),
            Schedule = _draft.ToSchedule(),
            RotateImmediately = _rotateNow,
        };
        if (await Act(call => Rotation.Rotate(call, request, Leaving)))
            Dialog.Close(true);
    }
}
