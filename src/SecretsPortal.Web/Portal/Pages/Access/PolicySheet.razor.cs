using Microsoft.AspNetCore.Components;
using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Session;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Pages.Access;

/// <summary>One policy: what it says and whom it is attached to.</summary>
public sealed partial class PolicySheet : NamedSheet
{
    private PolicyDetail? _policy;
    private PolicyDetail? _seen;
    private IReadOnlyList<StoredChange>? _changes;
    private bool _isEditing;
    private bool _isRestored;
    private bool _wasSought;
    private string _document = "";
    private string _description = "";
    private PolicyTargetKind _kind;
    private string _target = "";
    private string? _targetFault;
    private bool _mayCreate;
    private bool _mayUpdate;
    private bool _mayDelete;
    private bool _mayAttach;
    private bool _mayDetach;

    [Inject]
    private UndoOffers Undoing { get; set; } = default!;

    [Inject]
    private Drafts Drafts { get; set; } = default!;

    [Inject]
    private PolicyService Policies { get; set; } = default!;

    private string? DescriptionFault => FieldFault.Of(Fault, "description", AccessText.Description);

    /// <inheritdoc/>
    protected override void Forget()
    {
        _policy = null;
        _wasSought = false;
        Cancel();
    }

    /// <inheritdoc/>
    protected override async Task Load()
    {
        Fault = null;
        PolicyDetail? found = null;
        if (!await Ask(async call => found = await Policies.Get(call, Name ?? "", Leaving)))
            return;
        var arn = found!.Arn;
        _mayCreate = await May(PortalActions.CreatePolicy, $"arn:aws:iam::{Session.AccountId}:policy/*");
        _mayUpdate = !found.IsManaged && await May(PortalActions.UpdatePolicy, arn);
        _mayDelete = !found.IsManaged && await May(PortalActions.DeletePolicy, arn);
        _mayAttach = await May(PortalActions.AttachPolicy, arn);
        _mayDetach = await May(PortalActions.DetachPolicy, arn);
        _policy = found;
        await GoOn(found);
    }

    // What the tab has kept of an edit that a session's end or a restart has cut short.
    private async Task GoOn(PolicyDetail stored)
    {
        // Once, as the page is opened: what is kept goes when the form does.
        if (_wasSought || !_mayUpdate)
            return;
        _wasSought = true;
        if (await Drafts.Find<KeptPolicy>(FormOf(stored.Name)) is not { } kept)
            return;
        Begin(stored with { Description = kept.SeenDescription.Length > 0 ? kept.SeenDescription : null, Document = kept.SeenDocument ?? stored.Document, Revision = kept.Revision ?? stored.Revision });
        (_document, _description) = (kept.Document, kept.Description);
        (_isEditing, _isRestored) = (true, true);
    }

    private static string FormOf(string name) => $"policy/{name}";

    private KeptPolicy? Kept() => _isEditing ? new KeptPolicy("", _description, _document, _seen!.Description ?? "", _seen.Document, _seen.Revision) : null;

    private void Edit()
    {
        Begin(_policy!);
        (_isEditing, _isRestored) = (true, false);
    }

    private void Cancel()
    {
        (_isEditing, _changes, Fault) = (false, null, null);
    }

    private void TakeTheirs()
    {
        // From here on it is upon what the other one saved.
        Begin(_seen!);
        (_changes, Fault) = (null, null);
    }

    private void Begin(PolicyDetail from) => (_seen, _document, _description) = (from, from.Document, from.Description ?? "");

    private async Task Save()
    {
        if (await Act(call => Policies.Update(call, Name!, new UpdatePolicyRequest(_document, _description, _seen!.Revision), Leaving)))
        {
            Cancel();
            await Load();
            return;
        }

        if (FaultKind != PortalError.PreconditionNotMet)
            return;
        PolicyDetail? theirs = null;
        if (!await Ask(async call => theirs = await Policies.Get(call, Name!, Leaving)))
            return;
        _changes = SecondEditor.Changes((AccessText.Description, _seen!.Description, theirs!.Description), (AccessText.Document, _seen.Document, theirs.Document));
        _description = SecondEditor.Merged(_seen.Description ?? "", _description, theirs.Description ?? "");
        _document = SecondEditor.Merged(_seen.Document, _document, theirs.Document);
        _seen = theirs;
    }

    private async Task Attach()
    {
        _targetFault = _target.Trim().Length == 0 ? AccessText.PolicyToWhom : null;
        if (_targetFault is not null)
            return;
        if (await Act(call => Policies.Attach(call, Name!, new PolicyTarget(_kind, _target.Trim()), Leaving)))
        {
            _target = "";
            await Load();
            return;
        }

        (_targetFault, Fault) = (Fault, null);
    }

    private async Task Detach(PolicyTarget target)
    {
        var policy = Name!;
        if (!await Act(call => Policies.Detach(call, policy, target, Leaving)))
            return;
        Undoing.Make(Words.Fill(AccessText.Detached, policy, target.Name), call => Policies.Attach(call, policy, target, CancellationToken.None), EventCallback.Factory.Create(this, Load));
        await Load();
    }

    private async Task Delete()
    {
        if (await ConfirmDialog.Ask(Dialogs, AccessText.PolicyDeleteTitle, Words.Fill(AccessText.PolicyDeleteText, Name), AccessText.Delete,
            call => Policies.Delete(call, Name!, Leaving)))
        {
            // What was typed is of something that is no more.
            Cancel();
            Navigation.NavigateTo(Session.Here(PortalRoutes.Policies));
        }
    }
}
