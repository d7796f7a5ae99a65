using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Rotation.Functions;

namespace SecretsPortal.Web.Portal.Pages.Functions;

/// <summary>The rotation functions, with what they are used for.</summary>
public sealed partial class FunctionList : PortalPage
{
    private List<FunctionSummary>? _functions;
    private string? _nextToken;
    private bool _mayCreate;

    [Inject]
    private FunctionService Functions { get; set; } = default!;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        _mayCreate = await May(PortalActions.CreateFunction, PortalRoutes.FunctionArn(Session.Region, Session.AccountId, "*"));
        await Load();
    }

    private async Task Load()
    {
        Fault = null;
        await Ask(async call =>
        {
            var page = await Functions.List(call, new NameQuery(), Leaving);
            (_functions, _nextToken) = ([.. page.Functions], page.NextToken);
        });
    }

    private Task<bool> LoadMore() => Act(async call =>
    {
        var page = await Functions.List(call, new NameQuery { NextToken = _nextToken }, Leaving);
        _functions!.AddRange(page.Functions);
        _nextToken = page.NextToken;
    });
}
