using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.JSInterop;
using MudBlazor;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Palette;

/// <summary>One field from which every page, every thing that is stored and the common actions are reached, by the keyboard alone.</summary>
public sealed partial class CommandPalette : PortalPage
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    private ElementReference _input;
    private string _text = "";
    private int _chosen;
    private int _search;
    private bool _isSearching;
    private bool _takeWhenFound;
    private IReadOnlyList<PaletteEntry> _recent = [];
    private IReadOnlyList<PaletteEntry> _offers = [];
    private IReadOnlyList<PaletteEntry> _stored = [];

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    [Inject]
    private PaletteFinder Finder { get; set; } = default!;

    [Inject]
    private IJSRuntime Browser { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    private IReadOnlyList<PaletteEntry> Entries => [.. _text.Trim().Length == 0 ? _recent : [], .. _stored, .. _offers];

    private PaletteEntry? Chosen => _chosen >= 0 && _chosen < Entries.Count ? Entries[_chosen] : null;

    /// <inheritdoc/>
    protected override Task OnInitializedAsync() => Offer("", _search);

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
            return;
        await _input.FocusAsync();
        var places = await Browser.InvokeAsync<RecentPlace[]>("portal.recent");
        _recent = [.. places.Where(place => PortalRoutes.LocalOrHome(place.Address) == place.Address)
            .Select(static place => new PaletteEntry(PaletteText.Recent, place.Title, null, Icons.Material.Outlined.History, place.Address))];
        StateHasChanged();
    }

    private static string IdOf(int index) => $"palette-option-{index}";

    private async Task Typed()
    {
        _chosen = 0;
        var search = ++_search;
        _isSearching = true;
        await Offer(_text, search);
        // The list keeps still while somebody types.
        await Task.Delay(s_pause, Time, Leaving).ContinueWith(static _ => { }, TaskScheduler.Current);
        if (search != _search || Leaving.IsCancellationRequested)
            return;
        Fault = null;
        IReadOnlyList<PaletteEntry> stored = [];
        await Ask(async _ => stored = await Finder.Stored(_text, Leaving));
        if (search != _search || Leaving.IsCancellationRequested)
            return;
        _stored = stored;
        _isSearching = false;
        if (_takeWhenFound)
            Take(Chosen);
    }

    // What was typed meanwhile has its own.
    private Task<bool> Offer(string text, int search) => Ask(async _ =>
    {
        var offers = await Finder.Offers(text, Leaving);
        if (search == _search)
            _offers = offers;
    });

    private async Task Pressed(KeyboardEventArgs key)
    {
        switch (key.Key)
        {
            case "ArrowDown":
                await Choose(_chosen + 1);
                break;
            case "ArrowUp":
                await Choose(_chosen - 1);
                break;
            case "Enter" when _isSearching:
                _takeWhenFound = true;
                break;
            case "Enter":
                Take(Chosen);
                break;
        }
    }

    private async Task Choose(int index)
    {
        if (Entries.Count == 0)
            return;
        _chosen = (index + Entries.Count) % Entries.Count;
        StateHasChanged();
        await Browser.InvokeVoidAsync("portal.reveal", IdOf(_chosen));
    }

    private void Take(PaletteEntry? entry)
    {
        _takeWhenFound = false;
        if (entry is not null)
            Dialog.Close(entry);
    }

    private sealed record RecentPlace(string Address, string Title);
}
