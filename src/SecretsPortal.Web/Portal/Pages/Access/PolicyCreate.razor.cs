using Microsoft.AspNetCore.Components;
using SecretsPortal.Core;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Session;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Pages.Access;

/// <summary>Writes a policy, from an example or from another one's document.</summary>
public sealed partial class PolicyCreate : PortalPage
{
    private string _name = "";
    private string _description = "";
    private string _document = PolicyBeginning.All[0].Document;

    private const string FormName = "policy/new";

    private bool _isReady;
    private bool _isRestored;
    private bool _isOver;

    [Inject]
    private Drafts Drafts { get; set; } = default!;

    [Inject]
    private PolicyService Policies { get; set; } = default!;

    /// <summary>The policy to begin from, from the address; null for the example.</summary>
    [SupplyParameterFromQuery(Name = "from")]
    public string? From { get; set; }

    private string? NameFault => FieldFault.Of(Fault, "name", AccessText.Name) ?? (FaultKind == PortalError.ResourceExists ? Fault : null);

    private string? DescriptionFault => FieldFault.Of(Fault, "description", AccessText.Description);

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        if (await Drafts.Find<KeptPolicy>(FormName) is { } kept)
            (_name, _description, _document, _isRestored) = (kept.Name, kept.Description, kept.Document, true);
        else
            await Begin();
        _isReady = true;
    }

    private KeptPolicy? Kept() => _isOver ? null : new KeptPolicy(_name, _description, _document);

    private async Task BeginAnew()
    {
        (_name, _description, _document) = ("", "", PolicyBeginning.All[0].Document);
        await Begin();
    }

    private async Task Begin()
    {
        if (From is { Length: > 0 } from)
            await Ask(async call => _document = (await Policies.Get(call, from, Leaving)).Document);
    }

    private async Task Submit()
    {
        // It is stored, and the page stands for a moment longer.
        if (_isOver)
            return;
        if (_name.Length == 0)
        {
            Fault = AccessText.NameMissing;
            return;
        }

        if (!await Act(call => Policies.Create(call, _name, _document, _description, Leaving)))
            return;
        _isOver = true;
        Navigation.NavigateTo(Session.Here(PortalRoutes.Policy(_name)));
    }
}
