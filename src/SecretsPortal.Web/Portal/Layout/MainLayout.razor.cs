using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.JSInterop;
using SecretsPortal.Services;
using SecretsPortal.Web.Portal.Palette;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Portal.Layout;

/// <summary>Bar, navigation and content of every page behind sign-in.</summary>
public sealed partial class MainLayout : LayoutComponentBase, IAsyncDisposable
{
    private ElementReference _content;
    private ErrorBoundary? _boundary;
    private DotNetObjectReference<MainLayout>? _self;
    private bool _isSideOpen;

    [Inject]
    private IJSRuntime Browser { get; set; } = default!;

    [Inject]
    private PortalSession Session { get; set; } = default!;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private Shortcuts Keys { get; set; } = default!;

    [Inject]
    private PortalOptions Options { get; set; } = default!;

    /// <summary>The browser tells that a shortcut was pressed.</summary>
    [JSInvokable]
    public Task OnShortcut(string what) => InvokeAsync(() => Keys.Press(what));

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        _boundary?.Recover();
        // On a narrow screen the navigation lies over the page that was asked for.
        _isSideOpen = false;
    }

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
            return;
        _self = DotNetObjectReference.Create(this);
        await Browser.InvokeVoidAsync("portal.keys.watch", _self);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_self is null)
            return;
        try
        {
            await Browser.InvokeVoidAsync("portal.keys.unwatch");
        }
        catch (JSDisconnectedException)
        {
            // The page is closed already, and with it the watch.
        }

        _self.Dispose();
    }

    private void ToggleSide() => _isSideOpen = !_isSideOpen;

    private Task FocusContent() => _content.FocusAsync().AsTask();

    private void Recover() => _boundary?.Recover();
}
