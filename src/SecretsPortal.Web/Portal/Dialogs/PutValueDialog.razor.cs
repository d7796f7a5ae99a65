using System.Collections.Immutable;
using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Model;

namespace SecretsPortal.Web.Portal.Dialogs;

/// <summary>Stores a new value of a secret, typed anew or begun from the one in use.</summary>
public sealed partial class PutValueDialog : ValuePage
{
    private ValueDraft _draft = new();
    private bool _wasSubmitted;
    private bool _mayRead;
    private bool _startedFromCurrent;
    private bool _isBinary;
    private bool _isOvertaken;
    private string? _madeFrom;
    private bool _isOver;
    private string _token = "";

    [Inject]
    private SecretReader Reader { get; set; } = default!;

    [Inject]
    private SecretWriter Writer { get; set; } = default!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    /// <summary>The secret.</summary>
    [Parameter, EditorRequired]
    public Secret Secret { get; set; } = default!;

    private IReadOnlyDictionary<string, string> Faults => _wasSubmitted ? _draft.Faults() : ImmutableDictionary<string, string>.Empty;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        _token = Session.NewId();
        _draft = ValueDraft.Of(Secret.Kind ?? SecretKind.RdsDatabase);
        _mayRead = await May(Rights.GetValue, Secret.Arn.ToString(), Secret);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _draft = new ValueDraft();
        base.Dispose(disposing);
    }

    // A value is kept nowhere; that there is one is asked for.
    private string? Kept() => _isOver ? null : "";

    private Task<bool> StartFromCurrent() => ActProved(async call =>
    {
        var current = await Reader.GetValue(call, Secret.Arn.ToString(), versionId: null, StagingLabels.Current, Leaving);
        _draft = ValueDraft.From(current.Value);
        _isBinary = !current.Value.IsText;
        _madeFrom = current.Version.VersionId;
        _startedFromCurrent = true;
    });

    private void Cancel() => Dialog.Cancel();

    private void Close()
    {
        _isOver = true;
        Dialog.Close(true);
    }

    private Task Store() => Put(_madeFrom);

    // A button of its own, elsewhere: the second click of two must not overrule what the first one was told.
    private Task StoreOver() => Put(madeFrom: null);

    private async Task Put(string? madeFrom)
    {
        _wasSubmitted = true;
        if (Faults.Count > 0)
            return;
        var request = new PutSecretValueRequest(Secret.Arn.ToString(), _token, _draft.ToValue(), VersionStages: null) { MadeFromVersionId = madeFrom };
        if (await Act(call => Writer.PutValue(call, request, Leaving)))
            Close();
        else if (FaultKind == PortalError.PreconditionNotMet)
            _isOvertaken = true;
    }
}
