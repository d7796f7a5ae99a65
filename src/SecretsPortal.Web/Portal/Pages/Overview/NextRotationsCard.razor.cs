using System.Globalization;
using Microsoft.AspNetCore.Components;
using SecretsPortal.Services.Overview;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Portal.Pages.Overview;

/// <summary>What begins to rotate next, on a time line of a day or a week.</summary>
public sealed partial class NextRotationsCard : ComponentBase
{
    /// <summary>The part of the address that says how far ahead.</summary>
    public const string RangeName = "next";

    private const string Week = "7d";

    /// <summary>The numbers.</summary>
    [Parameter, EditorRequired]
    public RotationNumbers Numbers { get; set; } = default!;

    /// <summary>When they were read: the time line begins with that hour or day.</summary>
    [Parameter, EditorRequired]
    public DateTimeOffset At { get; set; }

    /// <summary>How far ahead: <c>7d</c>, or 24 hours where it is anything else.</summary>
    [Parameter]
    public string? Range { get; set; }

    [Inject]
    private PortalSession Place { get; set; } = default!;

    private bool IsWeek => Range == Week;

    private IReadOnlyList<long> Shown => IsWeek ? Numbers.NextDays : Numbers.NextHours;

    // Every bar of a week has its day; of a day, every sixth one its hour: more have no room on a phone.
    private string[] Labels => [.. Enumerable.Range(0, Shown.Count).Select(i => IsWeek
        ? BeginOf(i).UtcDateTime.ToString("d MMM", CultureInfo.InvariantCulture)
        : i % 6 == 0 ? BeginOf(i).UtcDateTime.ToString("HH:mm", CultureInfo.InvariantCulture) : "")];

    private DateTimeOffset BeginOf(int i)
    {
        var day = new DateTimeOffset(At.UtcDateTime.Date, TimeSpan.Zero);
        return IsWeek ? day.AddDays(i) : day.AddHours(At.UtcDateTime.Hour + i);
    }
}
