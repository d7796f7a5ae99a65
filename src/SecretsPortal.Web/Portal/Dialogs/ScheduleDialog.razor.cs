using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Dialogs;

/// <summary>Sets when a secret rotates, saying in words what the settings mean before they are saved.</summary>
public sealed partial class ScheduleDialog : PortalPage
{
    private ScheduleDraft _draft = new();
    private Secret _seen = default!;
    private IReadOnlyList<StoredChange>? _changes;
    private bool _isOver;
    private bool _rotateNow;
    private string _functionArn = "";
    private string _token = "";

    [Inject]
    private RotationService Rotation { get; set; } = default!;

    [Inject]
    private SecretReader Reader { get; set; } = default!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    /// <summary>The secret.</summary>
    [Parameter, EditorRequired]
    public Secret Secret { get; set; } = default!;

    // The service says "RotationLambdaARN must …", and of a function that does not serve what AWS says of one.
    private string? FunctionFault => FieldFault.Of(Fault, "RotationLambdaARN", CreateText.FunctionArn)
        ?? (Fault?.StartsWith("Secrets Manager cannot invoke", StringComparison.Ordinal) == true ? CreateText.FunctionNotServing : null);

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        _token = Session.NewId();
        Begin(Secret);
    }

    private void Begin(Secret from) => (_seen, _draft, _functionArn) = (from, ScheduleDraft.From(from.Rotation?.Schedule), from.Rotation?.FunctionArn ?? "");

    private void TakeTheirs()
    {
        // From here on it is upon what the other one saved.
        Begin(_seen);
        (_changes, Fault) = (null, null);
    }

    private void Cancel() => Dialog.Cancel();

    private void Close()
    {
        _isOver = true;
        Dialog.Close(true);
    }

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
            Seen = _seen,
        };
        if (await Act(call => Rotation.Rotate(call, request, Leaving)))
            Close();
        else if (FaultKind == PortalError.PreconditionNotMet)
            await ShowTheirs();
    }

    private async Task ShowTheirs()
    {
        Secret? theirs = null;
        if (!await Ask(async call => theirs = await Reader.Describe(call, Secret.Arn.ToString(), Leaving)))
            return;
        _changes = SecondEditor.Changes(
            (SecretPageText.Schedule, WordsOf(_seen), WordsOf(theirs!)), (CreateText.FunctionArn, _seen.Rotation?.FunctionArn, theirs!.Rotation?.FunctionArn));
        if (_draft.ToSchedule().Equals(ScheduleDraft.From(_seen.Rotation?.Schedule).ToSchedule()))
            _draft = ScheduleDraft.From(theirs.Rotation?.Schedule);
        _functionArn = SecondEditor.Merged(_seen.Rotation?.FunctionArn ?? "", _functionArn.Trim(), theirs.Rotation?.FunctionArn ?? "");
        _seen = theirs;
    }

    private static string WordsOf(Secret secret) => secret.Rotation switch
    {
        null => Words.Of(RotationHealth.Off),
        { Enabled: false } => SecretPageText.ScheduleStopped,
        { Schedule: { } schedule } => Words.Of(schedule),
        _ => SecretPageText.ScheduleNone,
    };
}
