using System.Collections.Immutable;
using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core;
using SecretsPortal.Services;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Dialogs;

/// <summary>Makes a user, client or group, or changes what is said about one. The second of two editors is told and loses nothing.</summary>
public sealed partial class ProfileDialog : PortalPage
{
    private static readonly IReadOnlyDictionary<string, string> NoFaults = ImmutableDictionary<string, string>.Empty;

    private ProfileDraft _seen = new();
    private IReadOnlyList<StoredChange>? _changes;
    private bool _isOver;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    /// <summary>What is typed; changed in place.</summary>
    [Parameter, EditorRequired]
    public ProfileDraft Draft { get; set; } = default!;

    /// <summary>True for a user.</summary>
    [Parameter]
    public bool IsPerson { get; set; }

    /// <summary>True for a user or client.</summary>
    [Parameter]
    public bool HasTags { get; set; }

    /// <summary>Stores it.</summary>
    [Parameter, EditorRequired]
    public Func<CallContext, ProfileDraft, Task> Save { get; set; } = default!;

    /// <summary>What is stored now; null for something new.</summary>
    [Parameter]
    public Func<CallContext, Task<ProfileDraft>>? Reload { get; set; }

    private bool IsNew => Reload is null;

    private bool IsNameTaken => FaultKind == PortalError.ResourceExists;

    // A fault is told once: beside its field where it has one.
    private string? OtherFault =>
        (IsNew && (IsNameTaken || FaultOf("name", "") is not null)) || FaultOf("displayName", "") is not null
        || FaultOf("email", "") is not null || FaultOf("description", "") is not null || FaultOf("tags", "") is not null
            ? null
            : FaultBeside(_changes);

    /// <summary>Asks; true once it is stored.</summary>
    internal static async Task<bool> Ask(IDialogService dialogs, string title, DialogParameters<ProfileDialog> parameters)
    {
        var dialog = await dialogs.ShowAsync<ProfileDialog>(title, parameters, DialogShapes.SmallForm);
        return await dialog.Result is { Canceled: false };
    }

    /// <inheritdoc/>
    protected override void OnInitialized() => _seen = Draft.Copy();

    private string? FaultOf(string field, string label) => FieldFault.Of(Fault, field, label);

    private void Cancel() => Dialog.Cancel();

    private void TakeTheirs()
    {
        // From here on it is upon what the other one saved.
        Draft = _seen.Copy();
        (_changes, Fault) = (null, null);
    }

    private async Task Store()
    {
        if (IsNew && Draft.Name.Length == 0)
        {
            Fault = AccessText.NameMissing;
            return;
        }

        if (await Act(call => Save(call, Draft)))
        {
            _isOver = true;
            Dialog.Close(true);
            return;
        }

        if (FaultKind != PortalError.PreconditionNotMet || Reload is null)
            return;
        ProfileDraft? theirs = null;
        if (!await Ask(async call => theirs = await Reload(call)))
            return;
        _changes = theirs!.ChangesSince(_seen);
        Draft = Draft.MergedWith(_seen, theirs);
        _seen = theirs;
    }
}
