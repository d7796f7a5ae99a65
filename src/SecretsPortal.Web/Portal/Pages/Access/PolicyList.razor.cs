using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services;
using SecretsPortal.Services.Access;

namespace SecretsPortal.Web.Portal.Pages.Access;

/// <summary>The identity policies: those that come with the portal, and own ones.</summary>
public sealed partial class PolicyList : PortalPage
{
    private bool _mayCreate;

    [Inject]
    private PolicyService Policies { get; set; } = default!;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync() => _mayCreate = await May(PortalActions.CreatePolicy, $"arn:aws:iam::{Session.AccountId}:policy/*");

    private async Task<(IReadOnlyList<PolicyDetail> Rows, string? NextToken)> Find(CallContext call, NameQuery query)
    {
        var page = await Policies.List(call, query, Leaving);
        return (page.Policies, page.NextToken);
    }
}
