using System.Globalization;
using Microsoft.AspNetCore.Components;
using SecretsPortal.Services.Overview;

namespace SecretsPortal.Web.Portal.Pages.Overview;

/// <summary>How the rotations of the last 30 days ended.</summary>
public sealed partial class SuccessCard : ComponentBase
{
    /// <summary>The numbers.</summary>
    [Parameter, EditorRequired]
    public RotationNumbers Numbers { get; set; } = default!;

    private IReadOnlyList<long> Succeeded => [.. Numbers.History.Select(day => day.Succeeded)];

    private IReadOnlyList<long> Failed => [.. Numbers.History.Select(day => day.Failed)];

    // Every tenth day, counted back from today: more have no room on a phone.
    private string[] Labels => [.. Numbers.History.Select((day, i) =>
        (Numbers.History.Count - 1 - i) % 10 == 0 ? day.Day.ToString("d MMM", CultureInfo.InvariantCulture) : "")];
}
