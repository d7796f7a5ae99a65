using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>Who can read a secret's value, with the statements that let them; asked for by hand, for it looks at every caller.</summary>
public sealed partial class WhoCanRead : PortalPage
{
    private List<AccessHolder>? _holders;
    private string? _nextToken;
    private bool _mayAsk;

    [Inject]
    private SecretAccessList Access { get; set; } = default!;

    /// <summary>The secret.</summary>
    [Parameter, EditorRequired]
    public Secret Secret { get; set; } = default!;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync() => _mayAsk = await May(PortalActions.ExplainAccess, Secret.Arn.ToString(), Secret);

    private static string NameOf(AccessHolder holder) => holder.CallerArn[(holder.CallerArn.LastIndexOfAny(['/', ':']) + 1)..];

    private Task<bool> Find() => Look(nextToken: null);

    private Task<bool> FindMore() => Look(_nextToken);

    private Task<bool> Look(string? nextToken) => Act(async call =>
    {
        var page = await Access.Find(call, Secret.Arn.ToString(), Rights.GetValue, nextToken, Leaving);
        _holders = nextToken is null ? [.. page.Holders] : [.. _holders ?? [], .. page.Holders];
        _nextToken = page.NextToken;
    });
}
