using Microsoft.AspNetCore.Components;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>
/// A time as people say it, with the exact one behind it. It goes on with the time in the browser (moments.js): an open page that nobody works with
/// costs the host nothing, and holds its rows once.
/// </summary>
public sealed partial class Moment : ComponentBase
{
    [Inject]
    private TimeProvider Time { get; set; } = default!;

    /// <summary>The time.</summary>
    [Parameter, EditorRequired]
    public DateTimeOffset At { get; set; }

    /// <summary>True to show date and minute instead of how long ago it was.</summary>
    [Parameter]
    public bool Exact { get; set; }
}
