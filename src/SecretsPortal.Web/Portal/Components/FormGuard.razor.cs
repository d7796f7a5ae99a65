using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using MudBlazor;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>
/// Stands around a form: nobody leaves what was typed without being asked, and what is no secret of it is kept by the browser's tab until the form is closed,
/// so that it comes back after a session that ended or a portal that was restarted.
/// </summary>
public sealed partial class FormGuard : ComponentBase, IAsyncDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _closing = new();
    private string? _initial;
    private string? _kept;
    private bool _isSeen;
    private bool _isAnew;

    [Inject]
    private Drafts Drafts { get; set; } = default!;

    [Inject]
    private LeaveQuestion Leaving { get; set; } = default!;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    [CascadingParameter]
    private IMudDialogInstance? Dialog { get; set; }

    /// <summary>What is typed, without what is secret; null once there is nothing to lose, as after storing.</summary>
    [Parameter, EditorRequired]
    public Func<object?> Kept { get; set; } = default!;

    /// <summary>Whether something secret is typed, which is kept nowhere.</summary>
    [Parameter]
    public Func<bool>? HoldsSecret { get; set; }

    /// <summary>By what the tab keeps the form; null for one that is not kept.</summary>
    [Parameter]
    public string? Form { get; set; }

    /// <summary>True where the form was begun from what the tab had kept.</summary>
    [Parameter]
    public bool IsRestored { get; set; }

    /// <summary>What has to be typed again then.</summary>
    [Parameter]
    public string? Again { get; set; }

    /// <summary>The user wants the form as it is without what was kept.</summary>
    [Parameter]
    public EventCallback BeginAnew { get; set; }

    /// <summary>The path within which a move leaves nothing; null where each does.</summary>
    [Parameter]
    public string? Path { get; set; }

    /// <summary>True while Escape does nothing in the dialog of the form.</summary>
    [Parameter]
    public bool Stays { get; set; }

    /// <summary>The form.</summary>
    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    private bool IsChanged => Write() is { } now && (now != _initial || (IsRestored && !_isAnew) || HoldsSecret?.Invoke() == true);

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        _initial = _kept = Write();
        if (Form is not null)
            _ = KeepFresh(_closing.Token);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _closing.Dispose();
        if (Form is { } form)
            await Drafts.Drop(form);
    }

    // The browser tells of Escape in a dialog (forms.js): it closes one whose form has no changes, and asks first where it has.
    private async Task Escape()
    {
        if (Dialog is not null && !Stays && (!IsChanged || await Leaving.Ask()))
            Dialog.Cancel();
    }

    private string? Write() => Kept() is { } kept ? Drafts.Write(kept) : null;

    private async Task Ask(LocationChangingContext move)
    {
        if (!IsChanged)
            return;
        var path = Navigation.ToAbsoluteUri(move.TargetLocation).AbsolutePath;
        if (path == Path)
            return;
        // The session is over: there is nothing to decide, and what was typed comes back after the next sign-in.
        if (path == PortalCookie.SignInPath)
        {
            await Keep();
        }
        else if (!await Leaving.Ask())
        {
            move.PreventNavigation();
            return;
        }

        // Some moves load a page anew, and the browser is not to ask once more; until something is typed again, as into the next form.
        await Drafts.LetGo();
    }

    // A text is typed for long without its field being left, so that the form is looked at again and again.
    private async Task KeepFresh(CancellationToken closing)
    {
        try
        {
            while (true)
            {
                await Task.Delay(s_pause, Time, closing);
                await Keep();
            }
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested)
        {
            // The form is closed.
        }
        catch (Exception fault)
        {
            await DispatchExceptionAsync(fault);
        }
    }

    private async Task Keep()
    {
        if (Form is { } form && Write() is { } now && now != _kept && await Drafts.Keep(form, now))
            _kept = now;
    }

    private void Seen() => _isSeen = true;

    private async Task Anew()
    {
        (_isSeen, _isAnew) = (true, true);
        await BeginAnew.InvokeAsync();
        _initial = _kept = Write();
        if (Form is { } form)
            await Drafts.Drop(form);
    }
}
