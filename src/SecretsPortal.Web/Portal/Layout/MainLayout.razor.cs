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
    private bool _isReady;
    private bool _isDark;
    private bool _isSideOpen;
    private ThemeChoice _choice;

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

    /// <summary>The browser tells that light or dark is asked for, by the system or from another tab.</summary>
    [JSInvokable]
    public Task OnThemeChanged(bool isDark)
    {
        _isDark = isDark;
        return InvokeAsync(StateHasChanged);
    }

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
        // Only the browser knows whether it is light or dark; showing nothing until it has said so avoids a flash of the wrong one.
        _self = DotNetObjectReference.Create(this);
        var theme = await Browser.InvokeAsync<ThemeState>("portal.theme.watch", _self);
        _isDark = theme.IsDark;
        _choice = Enum.TryParse<ThemeChoice>(theme.Choice, ignoreCase: true, out var choice) ? choice : ThemeChoice.System;
        _isReady = true;
        StateHasChanged();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_self is null)
            return;
        try
        {
            await Browser.InvokeVoidAsync("portal.theme.unwatch");
        }
        catch (JSDisconnectedException)
        {
            // The page is closed already, and with it the watch.
        }

        _self.Dispose();
    }

    private async Task Choose(ThemeChoice choice)
    {
        _choice = choice;
        _isDark = await Browser.InvokeAsync<bool>("portal.theme.choose", choice.ToString().ToLowerInvariant());
    }

    private void ToggleSide() => _isSideOpen = !_isSideOpen;

    private Task FocusContent() => _content.FocusAsync().AsTask();

    private void Recover() => _boundary?.Recover();

    private sealed record ThemeState(bool IsDark, string Choice);
}

/// <summary>Light, dark, or what the system says.</summary>
public enum ThemeChoice
{
    /// <summary>Follows the system.</summary>
    System,

    /// <summary>Always light.</summary>
    Light,

    /// <summary>Always dark.</summary>
    Dark,
}
