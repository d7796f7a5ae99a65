using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Web.Portal.Model;

namespace SecretsPortal.Web.Portal.Dialogs;

/// <summary>Sets when a secret rotates, saying in words what the settings mean before they are saved.</summary>
public sealed partial class ScheduleDialog : PortalPage
{
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
        // The fields say what is wrong.
        if (_draft.Preview(Session.Now, Session.Now).Fault is not null)
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
