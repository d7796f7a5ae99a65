using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>The groups of a user or client.</summary>
public sealed partial class Memberships : PortalPage
{
    private const int MostOffered = 100;

    private IReadOnlyList<string> _offered = [];
    private bool _mayChange;
    private string? _chosen;

    [Inject]
    private UndoOffers Undoing { get; set; } = default!;

    [Inject]
    private GroupService Service { get; set; } = default!;

    /// <summary>User or client.</summary>
    [Parameter, EditorRequired]
    public CallerKind Kind { get; set; }

    /// <summary>Its name.</summary>
    [Parameter, EditorRequired]
    public string Name { get; set; } = "";

    /// <summary>The names of its groups.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<string> Groups { get; set; } = [];

    /// <summary>It joined or left one.</summary>
    [Parameter]
    public EventCallback Changed { get; set; }

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        var any = $"arn:aws:iam::{Session.AccountId}:group/*";
        _mayChange = await May(PortalActions.AddGroupMember, any) && await May(PortalActions.ListGroups, "*");
        if (_mayChange)
            await Ask(async call => _offered = [.. (await Service.List(call, new NameQuery { Limit = MostOffered }, Leaving)).Groups.Select(group => group.Name)]);
    }

    private async Task Join()
    {
        if (_chosen is not { } group || !await Act(call => Service.AddMember(call, group, Kind, Name, Leaving)))
            return;
        _chosen = null;
        await Changed.InvokeAsync();
    }

    private async Task Leave(string group)
    {
        var (kind, name) = (Kind, Name);
        if (!await Act(call => Service.RemoveMember(call, group, kind, name, Leaving)))
            return;
        Undoing.Make(Words.Fill(AccessText.TakenOut, name, group), call => Service.AddMember(call, group, kind, name, CancellationToken.None), Changed);
        await Changed.InvokeAsync();
    }
}
