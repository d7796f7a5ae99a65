using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Components.Web.Virtualization;
using Microsoft.AspNetCore.WebUtilities;
using MudBlazor;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Components;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Pages;

/// <summary>The secrets that the user may list: searched while typing, narrowed by filters and folders, all of which stands in the address.</summary>
public sealed partial class SecretList : PortalPage
{
    /// <summary>How many secrets can be chosen at once.</summary>
    internal const int MostChosen = 1000;

    // Addresses that this page has asked for itself: their coming back is no news.
    private readonly List<string> _asked = [];
    private readonly Dictionary<string, Secret> _chosen = new(StringComparer.Ordinal);
    private ListState _state = new();
    private SecretWindow? _window;
    private SecretTable? _table;
    private int _search;
    private int _shown;
    private bool _isLoading;
    private bool _mayCreate;
    private string? _loadedRegion;
    private string? _lastChosen;

    [Inject]
    private SecretBrowser Browser { get; set; } = default!;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    // Each part of the address that says what is shown: a change of any of them is a change of the page.
#pragma warning disable CS1591 // ListState says what they are.
    [SupplyParameterFromQuery(Name = PortalRoutes.RegionName)]
    public string? RegionInAddress { get; set; }

    [SupplyParameterFromQuery(Name = "q")]
    public string? TextInAddress { get; set; }

    [SupplyParameterFromQuery(Name = "folder")]
    public string? FolderInAddress { get; set; }

    [SupplyParameterFromQuery(Name = "kind")]
    public string[]? KindInAddress { get; set; }

    [SupplyParameterFromQuery(Name = "status")]
    public string[]? StatusInAddress { get; set; }

    [SupplyParameterFromQuery(Name = "key")]
    public string? KeyInAddress { get; set; }

    [SupplyParameterFromQuery(Name = "sort")]
    public string? SortInAddress { get; set; }

    [SupplyParameterFromQuery(Name = "tag")]
    public string[]? TagsInAddress { get; set; }
#pragma warning restore CS1591

    private string Found => _window switch
    {
        { IsWhole: true, Known: 1 } => SecretsText.FoundOne,
        { IsWhole: true } whole => Words.Fill(SecretsText.FoundAll, whole.Known),
        { First.Total: { } total } => Words.Fill(SecretsText.FoundAll, total),
        { } window => Words.Fill(SecretsText.FoundMany, window.Known - SecretWindow.PageSize),
        _ => "",
    };

    private bool IsAllChosen => _window is { } window && window.Held.Any() && window.Held.All(row => _chosen.ContainsKey(row.Secret.Id));

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        // What the page has asked for last has come: what it asked for before is overtaken, and would else be taken for such when the user goes back to it.
        var isOwn = _asked.Remove(Navigation.Uri);
        if (isOwn && ListState.Of(Navigation.Uri) == _state)
            _asked.Clear();
        if (isOwn && _loadedRegion == Session.Region)
            return;
        var state = ListState.Of(Navigation.Uri);
        if (_loadedRegion == Session.Region && state == _state)
            return;
        if (_loadedRegion != Session.Region)
        {
            _loadedRegion = Session.Region;
            _window = null;
            ClearChosen();
            _mayCreate = await May(Rights.CreateSecret, "*");
        }

        Take(state);
        await Load();
    }

    /// <summary>Shows something else: at once, and in the address. What is typed replaces the address, what is chosen is a step to go back from.</summary>
    private Task Show(ListState state)
    {
        if (state == _state)
            return Task.CompletedTask;
        var isTyping = state.Text != _state.Text && state with { Text = _state.Text } == _state;
        Take(state);
        var address = Navigation.ToAbsoluteUri(Session.Here(state.ToAddress())).AbsoluteUri;
        _asked.Add(address);
        Navigation.NavigateTo(address, new NavigationOptions { ReplaceHistoryEntry = isTyping });
        return Load();
    }

    // What is chosen is of the list that is shown: of another one it would be acted upon unseen. Another order is the same list.
    private void Take(ListState state)
    {
        if (state with { Sort = _state.Sort } != _state)
            ClearChosen();
        _state = state;
    }

    private Task ShowAll() => Show(new ListState { Sort = _state.Sort });

    private Task Reload() => Load();

    private async Task Load()
    {
        // The answer to an older search may come after that to a newer one.
        var search = ++_search;
        _isLoading = true;
        Fault = null;
        var state = _state;
        var window = new SecretWindow(token => Ask(state, token));
        var isLoaded = await window.Begin();
        if (search != _search)
            return;
        _isLoading = false;
        _window = isLoaded ? window : null;
        _shown = search;
        if (_table is { } table && isLoaded && window.Known > 0)
            await table.Refresh();
        StateHasChanged();
    }

    private async Task<BrowsedPage?> Ask(ListState state, string? token)
    {
        BrowsedPage? page = null;
        return await Ask(async call => page = await Browser.Find(call, state.ToRequest(), SecretWindow.PageSize, token, Leaving)) ? page : null;
    }

    private async ValueTask<ItemsProviderResult<SecretListRow>> Provide(ItemsProviderRequest request)
    {
        if (_window is not { } window)
            return new([], 0);
        var (known, wasWhole) = (window.Known, window.IsWhole);
        var rows = await window.Rows(request.StartIndex, request.Count);
        if (window == _window && (known, wasWhole) != (window.Known, window.IsWhole))
            await InvokeAsync(StateHasChanged);
        return new(rows, window.Known);
    }

    private void Choose((SecretListRow Row, MouseEventArgs How) picked)
    {
        var secret = picked.Row.Secret;
        var isChosen = !_chosen.ContainsKey(secret.Id);
        foreach (var one in picked.How.ShiftKey ? Between(_lastChosen, secret.Id) : [secret])
            Set(one, isChosen);
        _lastChosen = secret.Id;
    }

    private void ChooseAll()
    {
        var isChosen = !IsAllChosen;
        foreach (var row in _window?.Held.ToList() ?? [])
            Set(row.Secret, isChosen);
    }

    private void Set(Secret secret, bool isChosen)
    {
        if (!isChosen)
            _chosen.Remove(secret.Id);
        else if (_chosen.Count < MostChosen)
            _chosen[secret.Id] = secret;
    }

    private IEnumerable<Secret> Between(string? from, string to)
    {
        var rows = _window!.Held.Select(row => row.Secret).ToList();
        var (first, last) = (rows.FindIndex(secret => secret.Id == from), rows.FindIndex(secret => secret.Id == to));
        return first < 0 ? [rows[last]] : rows[Math.Min(first, last)..(Math.Max(first, last) + 1)];
    }

    private void ClearChosen()
    {
        _chosen.Clear();
        _lastChosen = null;
    }

    private void KeepChosen(IReadOnlyList<Secret> still)
    {
        ClearChosen();
        foreach (var secret in still)
            Set(secret, isChosen: true);
    }

    private async Task OpenViews()
    {
        var parameters = new DialogParameters<ViewsDialog> { { d => d.Query, _state.ToQuery() } };
        var dialog = await Dialogs.ShowAsync<ViewsDialog>(SecretsText.ViewsTitle, parameters, DialogShapes.SmallForm);
        if (await dialog.Result is { Canceled: false, Data: string query })
            await Show(ListState.Of($"{Navigation.BaseUri}secrets?{query}"));
    }

    private string ExportAddress(string format) =>
        QueryHelpers.AddQueryString(Session.Here($"{PortalRoutes.SecretsExport}?{_state.ToQuery()}"), "format", format);
}
