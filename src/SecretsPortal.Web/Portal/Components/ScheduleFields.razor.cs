using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Session;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>Puts a schedule together and says what it means: in words, and as its next windows in UTC and in the browser's own time.</summary>
public sealed partial class ScheduleFields : ComponentBase
{
    private static readonly (ScheduleMode Mode, string Name)[] s_modes =
    [
        (ScheduleMode.Hours, CreateText.ScheduleByHours), (ScheduleMode.Days, CreateText.ScheduleByDays), (ScheduleMode.Week, CreateText.ScheduleByWeek),
        (ScheduleMode.Month, CreateText.ScheduleByMonth), (ScheduleMode.Expression, CreateText.ScheduleByCron),
    ];

    private static readonly string[] s_durations = ["", .. Enumerable.Range(1, 24).Select(static hours => $"{hours}h")];

    // Radio buttons of one group share a name in the whole document.
    private string _group = "";
    private TimeZoneInfo? _zone;

    [Inject]
    private IJSRuntime Browser { get; set; } = default!;

    [Inject]
    private PortalSession Session { get; set; } = default!;

    /// <summary>What is put together; changed in place.</summary>
    [Parameter, EditorRequired]
    public ScheduleDraft Draft { get; set; } = default!;

    /// <summary>The later of the secret's last rotation and its last manual change, from which rates count.</summary>
    [Parameter, EditorRequired]
    public DateTimeOffset LastRotation { get; set; }

    /// <summary>True to rotate once as soon as the settings are stored.</summary>
    [Parameter]
    public bool RotateNow { get; set; }

    /// <summary><see cref="RotateNow"/> was chosen anew.</summary>
    [Parameter]
    public EventCallback<bool> RotateNowChanged { get; set; }

    private SchedulePreview Preview => Draft.Preview(LastRotation, Session.Now);

    /// <inheritdoc/>
    protected override void OnInitialized() => _group = Session.NewId();

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
            return;
        try
        {
            // Where the machine does not know the browser's zone, UTC has to do.
            if (await Browser.InvokeAsync<string?>("portal.zone") is { Length: > 0 } id && TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) && zone.Id is not ("UTC" or "Etc/UTC"))
            {
                _zone = zone;
                StateHasChanged();
            }
        }
        catch (JSDisconnectedException)
        {
            // The page is gone; nobody reads its times.
        }
    }

    private static void Toggle<T>(ISet<T> chosen, T one)
    {
        if (!chosen.Remove(one))
            chosen.Add(one);
    }

    private static string NameOf(string day) => day switch
    {
        "MON" => CreateText.Monday,
        "TUE" => CreateText.Tuesday,
        "WED" => CreateText.Wednesday,
        "THU" => CreateText.Thursday,
        "FRI" => CreateText.Friday,
        "SAT" => CreateText.Saturday,
        _ => CreateText.Sunday,
    };

    private static string NameOfWeek(int week) => week switch
    {
        0 => CreateText.EveryWeek,
        1 => CreateText.FirstOfMonth,
        2 => CreateText.SecondOfMonth,
        3 => CreateText.ThirdOfMonth,
        4 => CreateText.FourthOfMonth,
        _ => CreateText.LastOfMonth,
    };

    private string NameOfHour(int hour)
    {
        var utc = string.Create(CultureInfo.InvariantCulture, $"{hour:00}:00 UTC");
        if (_zone is null)
            return utc;
        var local = TimeZoneInfo.ConvertTime(new DateTimeOffset(Session.Now.UtcDateTime.Date.AddHours(hour), TimeSpan.Zero), _zone);
        return Words.Fill(CreateText.ScheduleHourHere, utc, local.ToString("HH:mm", CultureInfo.InvariantCulture));
    }

    private static string NameOfDuration(string? duration) => string.IsNullOrEmpty(duration) ? CreateText.ScheduleLengthDefault
        : duration == "1h" ? CreateText.OneHour
        : Words.Fill(CreateText.ManyHours, duration[..^1]);
}
