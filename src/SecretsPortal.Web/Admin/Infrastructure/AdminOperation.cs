using System.Reflection;
using System.Text.RegularExpressions;

namespace SecretsPortal.Web.Admin.Infrastructure;

/// <summary>Marks an endpoint as an operation of the administration API, and knows which parameters it takes from the query.</summary>
/// <param name="Query">Their names and types.</param>
internal sealed partial record AdminOperation(IReadOnlyDictionary<string, Type> Query)
{
    /// <summary>An operation that takes none.</summary>
    public static AdminOperation WithoutQuery { get; } = new(new Dictionary<string, Type>());

    /// <summary>Reads from a handler what comes from the query: what is simple and has no place in the path.</summary>
    public static AdminOperation Of(Delegate handler, string path) => new(handler.Method.GetParameters()
        .Where(p => IsSimple(p.ParameterType) && !path.Contains($"{{{p.Name}}}", StringComparison.Ordinal) && !p.IsDefined(typeof(Microsoft.AspNetCore.Mvc.FromHeaderAttribute)))
        .ToDictionary(static p => p.Name!, static p => Nullable.GetUnderlyingType(p.ParameterType) ?? p.ParameterType, StringComparer.Ordinal));

    /// <summary>
    /// A parameter that is mistyped must not be left out unseen, and of words the framework would take any number for one: <see cref="FieldException"/>.
    /// </summary>
    public void CheckQuery(HttpRequest request)
    {
        var faults = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var (name, values) in request.Query)
        {
            if (!Query.TryGetValue(name, out var type))
                faults[Cut(name)] = [Query.Count == 0 ? "is not a parameter; there are none" : $"is not a parameter; there are: {string.Join(", ", Query.Keys)}"];
            else if (values.Count > 1)
                faults[name] = ["is there twice"];
            else if (type.IsEnum && !Enum.GetNames(type).Contains(values[0], StringComparer.Ordinal))
                faults[name] = [$"must be one of {string.Join(", ", Enum.GetNames(type))}"];
        }

        if (faults.Count > 0)
            throw new FieldException(faults);
    }

    /// <summary>A parameter that the framework could not read, by its name; its message would quote the value.</summary>
    public static Exception Explain(BadHttpRequestException fault) => Unread().Match(fault.Message) is { Success: true } match
        ? new FieldException(match.Groups["name"].Value, $"must be {Describe(match.Groups["type"].Value)}")
        : fault;

    private static bool IsSimple(Type type) =>
        (Nullable.GetUnderlyingType(type) ?? type) is var plain && (plain == typeof(string) || plain.IsPrimitive || plain.IsEnum || plain == typeof(DateTimeOffset));

    private static string Describe(string type) => type.TrimEnd('?') switch
    {
        "int" or "long" or "Nullable<int>" or "Nullable<long>" => "a whole number",
        "bool" or "Nullable<bool>" => "true or false",
        "DateTimeOffset" or "Nullable<DateTimeOffset>" => "a time such as 2030-01-31T12:00:00Z",
        _ => "of the kind that the documentation says",
    };

    private static string Cut(string name) => name.Length <= 100 ? name : name[..100] + "…";

    [GeneratedRegex("""^Failed to bind parameter "(?<type>.+) (?<name>\w+)" from """)]
    private static partial Regex Unread();
}
