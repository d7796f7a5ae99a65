using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>Tabs that wrap where they find no room, over the one panel that is shown.</summary>
public sealed partial class TabStrip : ComponentBase
{
    private ElementReference[] _tabs = [];
    private string _id = "";

    [Inject]
    private PortalSession Session { get; set; } = default!;

    /// <summary>What the tabs are called.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<string> Names { get; set; } = [];

    /// <summary>The tab that is shown, from 0.</summary>
    [Parameter, EditorRequired]
    public int Shown { get; set; }

    /// <summary>Another tab was chosen.</summary>
    [Parameter]
    public EventCallback<int> ShownChanged { get; set; }

    /// <summary>What the tabs are for.</summary>
    [Parameter, EditorRequired]
    public string Label { get; set; } = "";

    /// <summary>What the chosen tab shows.</summary>
    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    private string PanelId => $"{_id}-panel";

    /// <inheritdoc/>
    protected override void OnInitialized() => _id = $"tabs-{Session.NewId()}";

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        if (_tabs.Length != Names.Count)
            _tabs = new ElementReference[Names.Count];
    }

    private string TabId(int index) => $"{_id}-{index}";

    // One stop of the Tab key; from there the arrows lead on.
    private async Task Move(KeyboardEventArgs key)
    {
        var next = key.Key switch
        {
            "ArrowRight" => (Shown + 1) % Names.Count,
            "ArrowLeft" => (Shown + Names.Count - 1) % Names.Count,
            "Home" => 0,
            "End" => Names.Count - 1,
            _ => Shown,
        };
        if (next == Shown)
            return;
        await ShownChanged.InvokeAsync(next);
        await _tabs[next].FocusAsync();
    }
}
