using Microsoft.AspNetCore.Components;
using SecretsPortal.Web.Portal.Model;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>A time as people say it, with the exact one behind it.</summary>
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

    private string Shown => Exact ? Words.Minute(At) : Words.Ago(At, Time.GetUtcNow());
}
