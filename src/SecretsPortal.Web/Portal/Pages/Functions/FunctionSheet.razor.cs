using System.Globalization;
using Microsoft.AspNetCore.Components;
using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services;
using SecretsPortal.Services.Rotation.Functions;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Session;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Pages.Functions;

/// <summary>One rotation function: its settings, the secrets it rotates, their last runs, and a test.</summary>
public sealed partial class FunctionSheet : NamedSheet
{
    private FunctionDetail? _function;
    private FunctionDraft? _seen;
    private IReadOnlyList<StoredChange>? _changes;
    private FunctionDraft? _draft;
    private IReadOnlyDictionary<string, string> _faults = new Dictionary<string, string>();
    private SecretText? _signingKey;
    private bool _isRestored;
    private bool _wasSought;
    private bool _mayUpdate;
    private bool _mayDelete;
    private bool _mayTest;

    [Inject]
    private UndoOffers Undoing { get; set; } = default!;

    [Inject]
    private Drafts Drafts { get; set; } = default!;

    [Inject]
    private FunctionService Functions { get; set; } = default!;

    /// <inheritdoc/>
    protected override void Forget()
    {
        (_function, _signingKey) = (null, null);
        _wasSought = false;
        Cancel();
    }

    /// <inheritdoc/>
    protected override async Task Load()
    {
        Fault = null;
        FunctionDetail? found = null;
        if (!await Ask(async call => found = await Functions.Get(call, Name ?? "", Leaving)))
            return;
        _mayUpdate = await May(PortalActions.UpdateFunction, found!.Arn);
        _mayDelete = await May(PortalActions.DeleteFunction, found.Arn);
        _mayTest = await May(PortalActions.TestFunction, found.Arn);
        _function = found;
        await GoOn(found);
    }

    // What the tab has kept of an edit that a session's end or a restart has cut short.
    private async Task GoOn(FunctionDetail stored)
    {
        // Once, as the page is opened: what is kept goes when the form does.
        if (_wasSought || !_mayUpdate)
            return;
        _wasSought = true;
        if (await Drafts.Find<KeptFunction>(FormOf(stored.Name)) is not { Seen: { } seen } kept)
            return;
        var now = FunctionDraft.Of(stored);
        Begin(seen.WithVariablesOf(now));
        (_draft, _isRestored) = (FunctionDraft.Restored(kept, now), true);
    }

    private static string FormOf(string name) => $"function/{name}";

    private KeptFunction? Kept() => _draft?.Keep(_seen);

    private static IEnumerable<(string Label, string Text)> Facts(FunctionDetail function) => function switch
    {
        { Process: { } process } =>
        [
            (FunctionsText.Runtime, FunctionWords.Of(process.Runtime)),
            (FunctionsText.Folder, process.Folder),
            .. process.Handler is { } handler ? [(FunctionsText.Handler, handler)] : Array.Empty<(string, string)>(),
            .. process.Command is { } command ? [(FunctionsText.Command, string.Join(' ', command))] : Array.Empty<(string, string)>(),
            (FunctionsText.Memory, (process.MemoryMiB ?? 0).ToString(CultureInfo.CurrentCulture)),
            (FunctionsText.Variables, process.Variables is { Count: > 0 } variables ? string.Join(", ", variables.Keys) : FunctionsText.None),
        ],
        { Endpoint: { } endpoint } =>
        [
            (FunctionsText.EndpointUrl, endpoint.Url), (FunctionsText.RemoteName, endpoint.RemoteName ?? function.Name), (FunctionsText.RemoteRegion, endpoint.Region),
            (FunctionsText.AccessKeyId, endpoint.AccessKeyId),
        ],
        _ => [(FunctionsText.WebhookUrl, function.Webhook?.Url ?? "")],
    };

    private void Edit()
    {
        Begin(FunctionDraft.Of(_function!));
        _isRestored = false;
    }

    private void Begin(FunctionDraft from)
    {
        (_seen, _draft, _changes, Fault) = (from, from.WithVariablesOf(from), null, null);
        _faults = new Dictionary<string, string>();
    }

    private void Cancel() => (_draft, _changes, Fault) = (null, null, null);

    // From here on it is upon what the other one saved.
    private void TakeTheirs() => Begin(_seen!);

    private async Task Save()
    {
        Fault = null;
        _faults = _draft!.Faults();
        if (_faults.Count > 0)
            return;
        if (await Act(async call => _function = await Functions.Update(call, Name!, _draft.ToSettings(), Leaving)))
        {
            Cancel();
            return;
        }

        if (FaultKind == PortalError.PreconditionNotMet)
        {
            FunctionDetail? theirs = null;
            if (!await Ask(async call => theirs = await Functions.Get(call, Name!, Leaving)))
                return;
            var stored = FunctionDraft.Of(theirs!);
            _changes = stored.ChangesSince(_seen!);
            _draft = _draft.MergedWith(_seen!, stored);
            _seen = stored;
        }
        else if (FunctionDraft.FieldOf(Fault) is { } fault)
        {
            (_faults, Fault) = (new Dictionary<string, string> { [fault.Field] = fault.Text }, null);
        }
    }

    private async Task Switch()
    {
        var draft = FunctionDraft.Of(_function!);
        draft.IsDisabled = !draft.IsDisabled;
        var isDone = draft.IsDisabled
            ? await ConfirmDialog.Ask(Dialogs, FunctionsText.DisableTitle, FunctionsText.DisableMeaning, FunctionsText.DisableDo, call => Functions.Update(call, Name!, draft.ToSettings(), Leaving))
            : await Act(call => Functions.Update(call, Name!, draft.ToSettings(), Leaving));
        if (!isDone)
            return;
        var name = Name!;
        if (draft.IsDisabled)
            Undoing.Make(Words.Fill(FunctionsText.DisabledDone, name), call => Enable(call, name), EventCallback.Factory.Create(this, Load));
        await Load();
    }

    // Upon what is stored by then: others may have changed other settings.
    private async Task Enable(CallContext call, string name)
    {
        var draft = FunctionDraft.Of(await Functions.Get(call, name, CancellationToken.None));
        draft.IsDisabled = false;
        await Functions.Update(call, name, draft.ToSettings(), CancellationToken.None);
    }

    private async Task RenewKey()
    {
        NewFunction? renewed = null;
        if (!await ConfirmDialog.Ask(Dialogs, FunctionsText.NewKeyTitle, FunctionsText.NewKeyMeaning, FunctionsText.NewKeyDo, async call => renewed = await Functions.RenewKey(call, Name!, Leaving)))
            return;
        _signingKey = renewed!.SigningKey;
        await Load();
    }

    private async Task Delete()
    {
        if (await ConfirmDialog.Ask(Dialogs, FunctionsText.DeleteTitle, Words.Fill(FunctionsText.DeleteMeaning, Name), FunctionsText.DeleteDo,
            call => Functions.Delete(call, Name!, Leaving)))
        {
            // What was typed is of something that is no more.
            Cancel();
            Navigation.NavigateTo(Session.Here(PortalRoutes.Functions));
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        (_signingKey, _draft) = (null, null);
        base.Dispose(disposing);
    }
}
