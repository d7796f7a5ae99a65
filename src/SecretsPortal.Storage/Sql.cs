using System.Reflection;

namespace SecretsPortal.Storage;

/// <summary>
/// One statement in both dialects, with named parameters. Kept as a static field beside the method that uses it: a session runs only
/// statements that <see cref="All"/> finds there, so that the check of the SQL Server texts cannot miss one.
/// </summary>
internal sealed class Sql
{
    private static readonly Lazy<IReadOnlyDictionary<Sql, string>> s_all = new(FindAll);

    private readonly string _sqlite;
    private readonly string _sqlServer;

    private Sql(string sqlite, string sqlServer)
    {
        _sqlite = sqlite;
        _sqlServer = sqlServer;
    }

    /// <summary>Every statement of this assembly with the type and field that holds it.</summary>
    public static IReadOnlyDictionary<Sql, string> All => s_all.Value;

    /// <summary>A statement that both databases read alike, but for the fragments of <see cref="Dialect"/>.</summary>
    public static Sql Of(string template) =>
        new(Dialect.Render(template, DatabaseProvider.Sqlite), Dialect.Render(template, DatabaseProvider.SqlServer));

    /// <summary>A statement that is another one in each database.</summary>
    public static Sql PerDialect(string sqlite, string sqlServer) => new(sqlite, sqlServer);

    /// <summary>The text for one database.</summary>
    public string For(DatabaseProvider provider) => provider == DatabaseProvider.Sqlite ? _sqlite : _sqlServer;

    /// <inheritdoc/>
    public override string ToString() => _sqlite;

    private static Dictionary<Sql, string> FindAll()
    {
        var found = new Dictionary<Sql, string>(ReferenceEqualityComparer.Instance);
        foreach (var type in typeof(Sql).Assembly.GetTypes())
        {
            if (type.ContainsGenericParameters)
                continue;
            foreach (var field in type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                if (field.FieldType == typeof(Sql) && field.GetValue(null) is Sql one)
                    found[one] = $"{type.Name}_{field.Name}";
                if (field.FieldType == typeof(SqlByIds) && field.GetValue(null) is SqlByIds pair)
                {
                    found[pair.One] = $"{type.Name}_{field.Name}_one";
                    found[pair.Many] = $"{type.Name}_{field.Name}_many";
                }
            }
        }

        return found;
    }
}

/// <summary>
/// A statement over a list of ids: <c>{ids}</c> stands for one parameter or for a fixed number of them, so that the texts are few and
/// constant. A shorter list repeats its last id.
/// </summary>
internal sealed class SqlByIds
{
    /// <summary>How many ids a statement takes at most.</summary>
    public const int Capacity = 100;

    private SqlByIds(string template)
    {
        One = Sql.Of(template.Replace("{ids}", "@id0", StringComparison.Ordinal));
        Many = Sql.Of(template.Replace("{ids}", string.Join(", ", Enumerable.Range(0, Capacity).Select(i => $"@id{i}")), StringComparison.Ordinal));
    }

    /// <summary>For a single id.</summary>
    public Sql One { get; }

    /// <summary>For up to <see cref="Capacity"/> ids.</summary>
    public Sql Many { get; }

    /// <summary>From a template that holds <c>{ids}</c>.</summary>
    public static SqlByIds Of(string template) => new(template);

    /// <summary>The text that takes <paramref name="ids"/>, and its parameters.</summary>
    public (Sql Sql, Dictionary<string, object> Parameters) With(IReadOnlyList<string> ids)
    {
        if (ids.Count is 0 or > Capacity)
            throw new ArgumentOutOfRangeException(nameof(ids), ids.Count, $"1 to {Capacity} ids.");
        var count = ids.Count == 1 ? 1 : Capacity;
        var parameters = Enumerable.Range(0, count).ToDictionary(i => $"id{i}", i => (object)ids[Math.Min(i, ids.Count - 1)], StringComparer.Ordinal);
        return (count == 1 ? One : Many, parameters);
    }
}
