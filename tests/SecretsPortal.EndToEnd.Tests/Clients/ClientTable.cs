using System.Globalization;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.EndToEnd.Tests.Clients;

/// <summary>
/// The table operation × client in docs/clients.md: how many checks each client's life passed of each operation. The runs are the truth:
/// with <c>SECRETSPORTAL_CLIENT_TABLE=write</c> in the environment they write it.
/// </summary>
internal static class ClientTable
{
    private const string Heading = "| operation |";

    private static readonly string[] s_operations =
    [
        "BatchGetSecretValue", "CancelRotateSecret", "CreateSecret", "DeleteResourcePolicy", "DeleteSecret", "DescribeSecret", "GetRandomPassword",
        "GetResourcePolicy", "GetSecretValue", "ListSecretVersionIds", "ListSecrets", "PutResourcePolicy", "PutSecretValue",
        "RemoveRegionsFromReplication", "ReplicateSecretToRegions", "RestoreSecret", "RotateSecret", "StopReplicationToReplica", "TagResource",
        "UntagResource", "UpdateSecret", "UpdateSecretVersionStage", "ValidateResourcePolicy",
    ];

    private static string Page => RepositoryRoot.File("docs/clients.md");

    /// <summary>Reads a report: a line "OPERATION, tab, checks" for each operation.</summary>
    public static IReadOnlyDictionary<string, int> Parse(string report) => report.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split('\t')).ToDictionary(parts => parts[0], parts => int.Parse(parts[1], CultureInfo.InvariantCulture));

    /// <summary>The life saw every operation of the API, and the page says what it saw.</summary>
    public static void Hold(string client, IReadOnlyDictionary<string, int> checks)
    {
        Assert.Equal(s_operations, checks.Keys.Order(StringComparer.Ordinal));
        var lines = File.ReadAllLines(Page);
        int[] headings = [.. lines.Index().Where(line => line.Item.StartsWith(Heading, StringComparison.Ordinal)).Select(line => line.Index)];
        Assert.True(headings.Length == 1, $"{Page} has {headings.Length} tables that begin with '{Heading}', not one.");
        var first = headings[0];
        var column = Array.FindIndex(Cells(lines[first]), cell => cell.Contains(client, StringComparison.Ordinal));
        Assert.True(column > 0, $"The table has no column for {client}.");
        var rows = lines.Skip(first + 2).TakeWhile(line => line.StartsWith('|')).ToArray();
        if (Environment.GetEnvironmentVariable("SECRETSPORTAL_CLIENT_TABLE") == "write")
        {
            for (var row = 0; row < rows.Length; row++)
                lines[first + 2 + row] = WithCell(rows[row], column, $"{checks[Cells(rows[row])[0]]}");
            File.WriteAllLines(Page, lines);
            return;
        }

        Assert.Equal(s_operations, rows.Select(row => Cells(row)[0]));
        Assert.All(rows.Select(Cells), cells => Assert.True(
            cells[column] == $"{checks[cells[0]]}",
            $"docs/clients.md says {cells[column]} for {cells[0]} of {client}, the run saw {checks[cells[0]]}. SECRETSPORTAL_CLIENT_TABLE=write writes what the runs saw."));
    }

    private static string[] Cells(string row) => [.. row.Trim()[1..^1].Split('|').Select(cell => cell.Trim())];

    private static string WithCell(string row, int column, string value)
    {
        var cells = Cells(row);
        cells[column] = value;
        return $"| {string.Join(" | ", cells)} |";
    }
}
