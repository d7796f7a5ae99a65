using System.Globalization;
using System.Text.RegularExpressions;

namespace SecretsPortal.Storage.Tests.Contract;

/// <summary>Looks at what SQLite itself says.</summary>
internal static partial class Inspection
{
    /// <summary>A pragma's value on a connection as the stores get it.</summary>
    public static async Task<string?> Inspect(this Database database, string pragma, CancellationToken cancel)
    {
        await using var connection = await database.Open(cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = pragma;
        return Convert.ToString(await command.ExecuteScalarAsync(cancel), CultureInfo.InvariantCulture);
    }

    /// <summary>The steps of SQLite's plan for each statement of a text.</summary>
    public static async Task<IReadOnlyList<string>> Plan(this Database database, Sql sql, CancellationToken cancel)
    {
        var steps = new List<string>();
        await using var connection = await database.Open(cancel);
        foreach (var text in sql.For(DatabaseProvider.Sqlite).Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"EXPLAIN QUERY PLAN {text}";
            foreach (var name in Parameter().Matches(text).Select(match => match.Value).Distinct())
            {
                var parameter = command.CreateParameter();
                (parameter.ParameterName, parameter.Value) = (name, DBNull.Value);
                command.Parameters.Add(parameter);
            }

            await using var reader = await command.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
                steps.Add(reader.GetString(3));
        }

        return steps;
    }

    [GeneratedRegex("@[A-Za-z0-9]+")]
    private static partial Regex Parameter();
}
