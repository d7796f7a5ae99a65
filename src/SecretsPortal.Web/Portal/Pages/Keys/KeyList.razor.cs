using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Kms;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Pages.Keys;

/// <summary>The KMS keys of the region.</summary>
public sealed partial class KeyList : PortalPage
{
    private List<KeyDetail>? _keys;
    private IReadOnlyDictionary<string, KeyStanding>? _standings;
    private bool _isUnknown;
    private string? _nextToken;
    private bool _mayCreate;

    [Inject]
    private KeyService Keys { get; set; } = default!;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        _mayCreate = await May(PortalActions.CreateKey, $"arn:aws:kms:{Session.Region}:{Session.AccountId}:key/*");
        await Load();
    }

    private async Task Load()
    {
        Fault = null;
        await Ask(async call =>
        {
            var page = await Keys.List(call, maxResults: null, nextToken: null, Leaving);
            (_keys, _nextToken) = ([.. page.Keys], page.NextToken);
        });
        if (_keys is null)
            return;
        // Providers may be slow to answer; the keys are there meanwhile.
        StateHasChanged();
        _isUnknown = !await Ask(async call => _standings = await Keys.Standings(call, Leaving));
    }

    private Task<bool> LoadMore() => Act(async call =>
    {
        var page = await Keys.List(call, maxResults: null, _nextToken, Leaving);
        _keys!.AddRange(page.Keys);
        _nextToken = page.NextToken;
    });

    private async Task Create()
    {
        if (await KeyDialog.Ask(Dialogs, KeysText.Add, new DialogParameters<KeyDialog> { { d => d.Key, null } }) is { } added)
            Navigation.NavigateTo(Session.Here(PortalRoutes.Key(added.KeyId)));
    }
}
