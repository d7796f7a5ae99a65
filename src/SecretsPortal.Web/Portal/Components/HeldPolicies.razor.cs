using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>The policies of a user, client or group, each with where it comes from.</summary>
public sealed partial class HeldPolicies : PortalPage
{
    private const int MostOffered = 100;

    private IReadOnlyList<(string Group, string Policy)> _through = [];
    private IReadOnlyList<string>? _groupsShown;
    private IReadOnlyList<string> _offered = [];
    private bool _mayAttach;
    private bool _mayDetach;
    private string? _chosen;

    [Inject]
    private UndoOffers Undoing { get; set; } = default!;

    [Inject]
    private PolicyService Service { get; set; } = default!;

    [Inject]
    private GroupService GroupService { get; set; } = default!;

    /// <summary>Whose.</summary>
    [Parameter, EditorRequired]
    public PolicyTarget Target { get; set; } = default!;

    /// <summary>Its ARN.</summary>
    [Parameter, EditorRequired]
    public string Arn { get; set; } = "";

    /// <summary>The policies that are attached to it itself.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<string> Policies { get; set; } = [];

    /// <summary>Its groups, whose policies count for it too.</summary>
    [Parameter]
    public IReadOnlyList<string> Groups { get; set; } = [];

    /// <summary>A policy was attached or detached.</summary>
    [Parameter]
    public EventCallback Changed { get; set; }

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        _mayDetach = await May(PortalActions.DetachPolicy, Arn);
        _mayAttach = await May(PortalActions.AttachPolicy, Arn) && await May(PortalActions.ListPolicies, "*");
        if (_mayAttach)
            await Ask(async call => _offered = [.. (await Service.List(call, new NameQuery { Limit = MostOffered }, Leaving)).Policies.Select(policy => policy.Name)]);
    }

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        if (_groupsShown is not null && _groupsShown.SequenceEqual(Groups))
            return;
        _groupsShown = Groups;
        List<(string, string)> through = [];
        foreach (var group in Groups)
        {
            if (await May(PortalActions.GetGroup, GroupArn(group)))
                await Ask(async call => through.AddRange((await GroupService.Get(call, group, Leaving)).Policies.Select(policy => (group, policy))));
        }

        _through = through;
    }

    private string GroupArn(string group) => $"arn:aws:iam::{Session.AccountId}:group/{group}";

    private async Task Attach()
    {
        if (_chosen is not { } policy || !await Act(call => Service.Attach(call, policy, Target, Leaving)))
            return;
        _chosen = null;
        await Changed.InvokeAsync();
    }

    private async Task Detach(string policy)
    {
        var target = Target;
        if (!await Act(call => Service.Detach(call, policy, target, Leaving)))
            return;
        Undoing.Make(Words.Fill(AccessText.Detached, policy, target.Name), call => Service.Attach(call, policy, target, CancellationToken.None), Changed);
        await Changed.InvokeAsync();
    }
}
