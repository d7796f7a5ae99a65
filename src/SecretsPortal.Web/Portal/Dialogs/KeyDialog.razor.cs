using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core;
using SecretsPortal.Services.Kms;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Dialogs;

/// <summary>Registers a KMS key, or changes alias and description of one.</summary>
public sealed partial class KeyDialog : PortalPage
{
    private const string ServicePrefix = "The parameter ";

    private string _provider = "";
    private string _reference = "";
    private string _alias = "";
    private string _description = "";

    private KeyDetail? _seen;
    private IReadOnlyList<StoredChange>? _changes;
    private bool _isOver;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    [Inject]
    private KeyService Keys { get; set; } = default!;

    /// <summary>The key to be changed; null for a new one.</summary>
    [Parameter, EditorRequired]
    public KeyDetail? Key { get; set; }

    private bool IsAliasTaken => FaultKind == PortalError.ResourceExists && _alias.Length > 0 && Fault?.Contains("alias", StringComparison.Ordinal) == true;

    // A fault is told once: beside its field where it has one.
    private string? OtherFault =>
        IsAliasTaken || FaultOf("provider", "") is not null || FaultOf("reference", "") is not null || FaultOf("alias", "") is not null || FaultOf("description", "") is not null
            ? null
            : FaultBeside(_changes);

    private string ReferenceHelp => _provider switch
    {
        KmsProviders.AzureKeyVault => KeysText.ReferenceVault,
        KmsProviders.Pkcs11 => KeysText.ReferenceToken,
        _ => KeysText.ReferenceOther,
    };

    /// <summary>Asks; the key once it is stored, null where the user thought better of it.</summary>
    internal static async Task<KeyDetail?> Ask(IDialogService dialogs, string title, DialogParameters<KeyDialog> parameters)
    {
        var dialog = await dialogs.ShowAsync<KeyDialog>(title, parameters, DialogShapes.SmallForm);
        return (await dialog.Result)?.Data as KeyDetail;
    }

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        _provider = Keys.Providers[0];
        Begin(Key);
    }

    private void Begin(KeyDetail? from) => (_seen, _alias, _description) = (from, AliasOf(from), from?.Description ?? "");

    private static string AliasOf(KeyDetail? key) => key?.Alias?["alias/".Length..] ?? "";

    private string? FaultOf(string field, string label) =>
        FieldFault.Of(Fault?.StartsWith(ServicePrefix, StringComparison.Ordinal) == true ? Fault[ServicePrefix.Length..] : Fault, field, label);

    private void Cancel() => Dialog.Cancel();

    private async Task Store()
    {
        KeyDetail? stored = null;
        if (await Act(async call => stored = Key is null
            ? await Keys.Create(call, new CreateKeyRequest { Provider = _provider, Reference = OrNull(_reference), Alias = OrNull(_alias), Description = OrNull(_description) }, Leaving)
            : await Keys.Update(call, Key.KeyId, new UpdateKeyRequest { Alias = _alias, Description = _description, Seen = _seen }, Leaving)))
            Close(stored!);
        else if (FaultKind == PortalError.PreconditionNotMet)
            await ShowTheirs();
    }

    private void Close(KeyDetail stored)
    {
        _isOver = true;
        Dialog.Close(DialogResult.Ok(stored));
    }

    private async Task ShowTheirs()
    {
        KeyDetail? theirs = null;
        if (!await Ask(async call => theirs = await Keys.Get(call, Key!.KeyId, Leaving)))
            return;
        _changes = SecondEditor.Changes((KeysText.Alias, AliasOf(_seen), AliasOf(theirs)), (KeysText.Description, _seen!.Description, theirs!.Description));
        _alias = SecondEditor.Merged(AliasOf(_seen), _alias, AliasOf(theirs));
        _description = SecondEditor.Merged(_seen.Description ?? "", _description, theirs.Description ?? "");
        _seen = theirs;
    }

    private void TakeTheirs()
    {
        // From here on it is upon what the other one saved.
        Begin(_seen);
        (_changes, Fault) = (null, null);
    }

    private static string? OrNull(string text) => text.Length == 0 ? null : text;
}
