using System.Globalization;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace SecretsPortal.Web.Portal.Pages.Overview;

/// <summary>The colour of what is counted.</summary>
public enum CountTone
{
    /// <summary>The portal's own.</summary>
    Accent,

    /// <summary>What went well.</summary>
    Good,

    /// <summary>What somebody must look at.</summary>
    Bad,
}

/// <summary>Numbers that stand side by side along the time.</summary>
/// <param name="Name">What is counted.</param>
/// <param name="Numbers">One for each label.</param>
/// <param name="Tone">Its colour.</param>
public sealed record CountSeries(string Name, IReadOnlyList<long> Numbers, CountTone Tone);

/// <summary>Counts as bars, those of one time on top of each other.</summary>
public sealed partial class CountChart : ComponentBase
{
    /// <summary>What stands below the bars; empty where nothing shall.</summary>
    [Parameter, EditorRequired]
    public string[] Labels { get; set; } = [];

    /// <summary>What is counted.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<CountSeries> Series { get; set; } = [];

    private List<ChartSeries<double>> Drawn =>
        [.. Series.Select(series => new ChartSeries<double> { Name = series.Name, Data = series.Numbers.Select(number => (double)number).ToArray() })];

    private StackedBarChartOptions Options => new()
    {
        ShowLegend = Series.Count > 1,
        ShowZeroValues = false,
        ChartPalette = [.. Series.Select(series => series.Tone switch { CountTone.Good => "var(--good)", CountTone.Bad => "var(--bad)", _ => "var(--accent)" })],
        YAxisTicks = TickOf(Enumerable.Range(0, Labels.Length).Max(i => Series.Sum(series => series.Numbers[i]))),
        YAxisToStringFunc = static value => value.ToString("N0", CultureInfo.InvariantCulture),
    };

    /// <summary>About four lines, each a whole number of 1, 2 or 5 with zeros.</summary>
    private static int TickOf(long greatest)
    {
        var tick = 1;
        for (var i = 0; tick * 4L < greatest; i++)
            tick = i % 3 == 1 ? tick / 2 * 5 : tick * 2;
        return tick;
    }
}
