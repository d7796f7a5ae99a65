using System.Globalization;
using System.Text;

namespace SecretsPortal.EndToEnd.Tests.EveryPage;

/// <summary>
/// axe-core on every page and on what each can open, with all of its rules: light on a wide screen and dark on a phone, and both themes on both
/// where <c>SECRETSPORTAL_AXE</c> says <c>full</c>. The table of pages, themes and violations goes to the output, and to the file that
/// <c>SECRETSPORTAL_AXE_TABLE</c> names; <c>SECRETSPORTAL_AXE_PAGES</c> keeps to addresses that contain one of its words. Where <c>SECRETSPORTAL_PICTURES</c> names a folder, a picture of each look is put there.
/// </summary>
[Collection(nameof(FilledPortal))]
public sealed class AccessibilityTests(FilledPortal portal, ITestOutputHelper output)
{
    [Fact]
    public void Every_visit_belongs_to_a_page() => Assert.Empty(PageVisits.Orphans);

    [Fact]
    public async Task No_page_and_no_dialog_has_a_violation_in_any_theme()
    {
        var found = await portal.Walks;

        await Tell(found);
        var violations = found.SelectMany(one => one.Violations.Select(violation => $"{one.Screen} {one.Page}: {violation}")).ToList();
        Assert.True(violations.Count == 0, $"{violations.Count} violations:\n{string.Join('\n', violations)}");
    }

    private async Task Tell(IReadOnlyList<Finding> found)
    {
        var table = new StringBuilder("| page | ").AppendJoin(" | ", FilledPortal.Screens.Select(screen => $"{screen.Scheme} {screen.Width}")).AppendLine(" |")
            .Append("|---|").AppendLine(string.Concat(FilledPortal.Screens.Select(_ => "---:|")));
        foreach (var page in found.GroupBy(one => one.Page).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            table.Append("| `").Append(page.Key.Replace("|", "\\|", StringComparison.Ordinal)).Append("` | ")
                .AppendJoin(" | ", FilledPortal.Screens.Select(screen => page.FirstOrDefault(one => one.Screen == $"{screen.Scheme} {screen.Width}")?.Violations.Count.ToString(CultureInfo.InvariantCulture) ?? "")).AppendLine(" |");
        }

        table.Append("| **all** | ").AppendJoin(" | ", FilledPortal.Screens.Select(screen => found.Where(one => one.Screen == $"{screen.Scheme} {screen.Width}").Sum(one => one.Violations.Count))).AppendLine(" |");
        output.WriteLine(table.ToString());
        if (Environment.GetEnvironmentVariable("SECRETSPORTAL_AXE_TABLE") is { } file)
            await File.WriteAllTextAsync(file, table.ToString());
    }
}
