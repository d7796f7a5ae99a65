using Microsoft.AspNetCore.Components;
using SecretsPortal.Web.Portal.Model;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>A time as people say it, with the exact one behind it. It goes on with the time.</summary>
public sealed partial class Moment : ComponentBase, IDisposable
{
    private string? _drawn;
    private bool _isTicking;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    [Inject]
    private Moments Clock { get; set; } = default!;

    /// <summary>The time.</summary>
    [Parameter, EditorRequired]
    public DateTimeOffset At { get; set; }

    /// <summary>True to show date and minute instead of how long ago it was.</summary>
    [Parameter]
    public bool Exact { get; set; }

    private string Shown => Exact ? Words.Minute(At) : Words.Ago(At, Time.GetUtcNow());

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        _drawn = Shown;
        if (Exact == !_isTicking)
            return;
        _isTicking = !Exact;
        if (_isTicking)
            Clock.Add(Tick);
        else
            Clock.Remove(Tick);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isTicking)
            Clock.Remove(Tick);
        _isTicking = false;
    }

    private void Tick() => _ = InvokeAsync(() =>
    {
        if (!_isTicking || Shown == _drawn)
            return;
        _drawn = Shown;
        StateHasChanged();
    });
}
