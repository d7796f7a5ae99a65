using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Session;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>The policy that hangs on a secret, to read and to write. Of two who write, the second is told and loses nothing.</summary>
public sealed partial class ResourcePolicyCard : PortalPage
{
    private const int MostMembers = 100;

    private Secret? _stored;
    private Secret? _seen;
    private IReadOnlyList<StoredChange>? _changes;
    private bool _isEditing;
    private bool _isRestored;
    private string _document = "";
    private bool _blockPublic = true;
    private IReadOnlyList<PolicyFinding>? _findings;
    private string _kind = "client";
    private string _name = "";
    private string? _templateFault;
    private string _me = "";
    private bool _mayGet;
    private bool _mayPut;
    private bool _mayDelete;
    private bool _mayValidate;

    [Inject]
    private UndoOffers Undoing { get; set; } = default!;

    [Inject]
    private Drafts Drafts { get; set; } = default!;

    [Inject]
    private SecretPolicies Policies { get; set; } = default!;

    [Inject]
    private GroupService Groups { get; set; } = default!;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    /// <summary>The secret.</summary>
    [Parameter, EditorRequired]
    public Secret Secret { get; set; } = default!;

    /// <summary>The policy was changed.</summary>
    [Parameter]
    public EventCallback Changed { get; set; }

    private string Arn => Secret.Arn.ToString();

    // As it is typed; what cannot be read is told beside the field.
    private IReadOnlyList<string> Public
    {
        get
        {
            try
            {
                return PublicAccess.Statements(PolicyDocument.Parse(_document, isResourcePolicy: true));
            }
            catch (PortalException)
            {
                return [];
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        _mayGet = Secret.DeletedAt is null && await May(Rights.GetPolicy, Arn, Secret);
        if (!_mayGet)
            return;
        _mayPut = await MayChange(Rights.PutPolicy, Secret);
        _mayDelete = await MayChange(Rights.DeletePolicy, Secret);
        _mayValidate = await May(Rights.ValidatePolicy, Arn, Secret);
        if (await Load() && _mayPut)
            await GoOn(_stored!);
    }

    // What the tab has kept of an edit that a session's end or a restart has cut short.
    private async Task GoOn(Secret stored)
    {
        if (await Drafts.Find<KeptPolicy>(FormName) is not { } kept)
            return;
        Begin(stored with { ResourcePolicy = kept.SeenDocument });
        _document = kept.Document;
        (_isEditing, _isRestored) = (true, true);
    }

    private string FormName => $"secret-policy/{Arn}";

    private KeptPolicy? Kept() => _isEditing ? new KeptPolicy("", "", _document, "", _seen!.ResourcePolicy) : null;

    private Task<bool> Load() => Ask(async call =>
    {
        _me = call.Caller.Arn;
        _stored = await Policies.Get(call, Arn, Leaving);
    });

    private void Edit()
    {
        Begin(_stored!);
        (_isEditing, _isRestored) = (true, false);
    }

    private void Cancel() => (_isEditing, _changes, _findings, Fault) = (false, null, null, null);

    private void TakeTheirs()
    {
        // From here on it is upon what the other one saved.
        Begin(_seen!);
        (_changes, Fault) = (null, null);
    }

    private void Begin(Secret from) => (_seen, _document, _findings) = (from, from.ResourcePolicy ?? "", null);

    private void Typed(string text) => (_document, _findings) = (text, null);

    private async Task Begin(Func<IReadOnlyList<string>, string> template)
    {
        _templateFault = null;
        var name = _name.Trim();
        if (name.Length == 0)
        {
            _templateFault = SecretPageText.TemplateNoName;
            return;
        }

        IReadOnlyList<string> principals = [];
        var isFound = await Act(async call => principals = _kind switch
        {
            "user" => [PolicyTemplates.User(Session.AccountId, name)],
            "client" => [PolicyTemplates.Client(Session.AccountId, name)],
            _ => [.. (await Groups.Members(call, name, MostMembers, nextToken: null, Leaving)).Members.Select(member => member.Arn)],
        });
        if (!isFound)
            (_templateFault, Fault) = (Fault, null);
        else if (principals.Count == 0)
            _templateFault = SecretPageText.TemplateNobody;
        else
            Typed(template(principals));
    }

    private string NobodyButThemAndMe(IReadOnlyList<string> principals) => PolicyTemplates.NobodyBut([.. principals.Append(_me).Distinct(StringComparer.Ordinal)]);

    private Task<bool> Validate() => Act(async call => _findings = await Policies.Validate(call, Arn, _document, Leaving));

    private async Task Save()
    {
        _findings = null;
        if (await Act(async call => _stored = await Policies.Put(call, Arn, _document, _blockPublic, _seen, Leaving)))
        {
            Cancel();
            await Changed.InvokeAsync();
            return;
        }

        if (FaultKind != PortalError.PreconditionNotMet)
            return;
        Secret? theirs = null;
        if (!await Ask(async call => theirs = await Policies.Get(call, Arn, Leaving)))
            return;
        _changes = SecondEditor.Changes((SecretPageText.Policy, _seen!.ResourcePolicy, theirs!.ResourcePolicy));
        _document = SecondEditor.Merged(_seen.ResourcePolicy ?? "", _document, theirs.ResourcePolicy ?? "");
        _seen = theirs;
    }

    private async Task Remove()
    {
        var seen = _stored;
        if (!await ConfirmDialog.Ask(Dialogs, SecretPageText.PolicyRemoveTitle, SecretPageText.PolicyRemoveText, SecretPageText.PolicyRemoveYes,
            async call =>
            {
                try
                {
                    _stored = await Policies.Delete(call, Arn, seen, Leaving);
                }
                catch (PortalException fault) when (fault.Error == PortalError.PreconditionNotMet)
                {
                    // What the other one saved is shown, and can be removed once it was seen.
                    await Load();
                    StateHasChanged();
                    throw;
                }
            }))
            return;
        var document = seen!.ResourcePolicy!;
        // It stood there already, public or not.
        Undoing.Make(
            SecretPageText.PolicyRemovedDone, async call => _stored = await Policies.Put(call, Arn, document, blockPublic: false, _stored, CancellationToken.None), Changed);
        await Changed.InvokeAsync();
    }
}
