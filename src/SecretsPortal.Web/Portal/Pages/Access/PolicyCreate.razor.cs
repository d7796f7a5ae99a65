using Microsoft.AspNetCore.Components;
using SecretsPortal.Core;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Pages.Access;

/// <summary>Writes a policy, from an example or from another one's document.</summary>
public sealed partial class PolicyCreate : PortalPage
{
    private string _name = "";
    private string _description = "";
    private string _document = PolicyBeginning.All[0].Document;

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
        if (From is { Length: > 0 } from)
            await Ask(async call => _document = (await Policies.Get(call, from, Leaving)).Document);
    }

    private async Task Submit()
    {
        if (_name.Length == 0)
        {
            Fault = AccessText.NameMissing;
            return;
        }

        if (await Act(call => Policies.Create(call, _name, _document, _description, Leaving)))
            Navigation.NavigateTo(Session.Here(PortalRoutes.Policy(_name)));
    }
}
