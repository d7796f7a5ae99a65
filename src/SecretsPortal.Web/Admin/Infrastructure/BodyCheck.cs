using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Web.Admin.Infrastructure;

/// <summary>Compares a body with the type that it shall become, and names every member that is wrong.</summary>
internal sealed class BodyCheck
{
    private const int MostFaults = 50;

    private readonly Dictionary<string, IReadOnlyList<string>> _faults = new(StringComparer.Ordinal);

    private BodyCheck()
    {
    }

    /// <summary>Throws <see cref="FieldException"/> with all that is wrong.</summary>
    public static void Check(JsonElement body, JsonTypeInfo type)
    {
        var check = new BodyCheck();
        check.Visit(body, type, "");
        if (check._faults.Count > 0)
            throw new FieldException(check._faults);
    }

    private void Visit(JsonElement element, JsonTypeInfo type, string path)
    {
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object:
                VisitObject(element, type, path);
                break;
            case JsonTypeInfoKind.Enumerable when element.ValueKind == JsonValueKind.Array:
                foreach (var (index, item) in element.EnumerateArray().Index())
                    Visit(item, AdminJson.Options.GetTypeInfo(type.ElementType!), $"{path}[{index}]");
                break;
            case JsonTypeInfoKind.Enumerable:
                Fault(path, "must be a list");
                break;
            case JsonTypeInfoKind.Dictionary when element.ValueKind == JsonValueKind.Object:
                VisitMap(element, type, path);
                break;
            case JsonTypeInfoKind.Dictionary:
                Fault(path, "must be an object");
                break;
            default:
                VisitValue(element, type, path);
                break;
        }
    }

    private void VisitObject(JsonElement element, JsonTypeInfo type, string path)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            Fault(path, "must be an object");
            return;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in element.EnumerateObject())
        {
            var place = path.Length == 0 ? member.Name : $"{path}.{member.Name}";
            if (!seen.Add(member.Name))
                Fault(place, "is there twice");
            else if (type.Properties.FirstOrDefault(p => p.Name == member.Name) is { } property)
                VisitMember(member.Value, property, place);
            else
                Fault(place, $"is not a member; there are: {string.Join(", ", type.Properties.Select(p => p.Name))}");
        }

        foreach (var missing in type.Properties.Where(p => p.IsRequired && !seen.Contains(p.Name)))
            Fault(path.Length == 0 ? missing.Name : $"{path}.{missing.Name}", "is required");
    }

    private void VisitMap(JsonElement element, JsonTypeInfo type, string path)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in element.EnumerateObject())
        {
            if (!seen.Add(member.Name))
                Fault($"{path}.{member.Name}", "is there twice");
            else
                Visit(member.Value, AdminJson.Options.GetTypeInfo(type.ElementType!), $"{path}.{member.Name}");
        }
    }

    private void VisitMember(JsonElement element, JsonPropertyInfo property, string path)
    {
        if (element.ValueKind == JsonValueKind.Null)
        {
            if (!property.IsSetNullable)
                Fault(path, "must not be null");
            return;
        }

        var before = _faults.Count;
        Visit(element, AdminJson.Options.GetTypeInfo(property.PropertyType), path);
        if (_faults.Count > before)
            return;
        var limits = (property.AttributeProvider?.GetCustomAttributes(typeof(ValidationAttribute), inherit: true) ?? []).OfType<ValidationAttribute>().ToList();
        if (limits.Count == 0)
            return;
        var value = element.Deserialize(property.PropertyType, AdminJson.Options);
        value = value is SecretText text ? text.Reveal() : value;
        foreach (var limit in limits.Where(limit => !limit.IsValid(value)))
            Fault(path, Explain(limit));
    }

    private void VisitValue(JsonElement element, JsonTypeInfo type, string path)
    {
        if (element.ValueKind == JsonValueKind.Null)
        {
            Fault(path, "must not be null");
            return;
        }

        try
        {
            element.Deserialize(type);
        }
        // A lone surrogate is an InvalidOperationException: no text at all.
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException)
        {
            Fault(path, $"must be {Describe(Nullable.GetUnderlyingType(type.Type) ?? type.Type)}");
        }
    }

    private void Fault(string path, string what)
    {
        var name = path.Length == 0 ? "body" : path.Length <= 200 ? path : path[..200] + "…";
        if (_faults.Count < MostFaults)
            _faults[name] = _faults.TryGetValue(name, out var others) ? [.. others, what] : [what];
    }

    private static string Describe(Type type) => type switch
    {
        _ when type.IsEnum => $"one of {string.Join(", ", Enum.GetNames(type))}",
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(DateTimeOffset) => "a time such as 2030-01-31T12:00:00Z",
        _ when type.IsPrimitive => "a whole number in its range",
        _ => "a text",
    };

    private static string Explain(ValidationAttribute limit) => limit switch
    {
        StringLengthAttribute { MinimumLength: > 0 } length => $"must have {length.MinimumLength} to {length.MaximumLength} characters",
        StringLengthAttribute length => $"must have at most {length.MaximumLength} characters",
        RangeAttribute range => $"must be {range.Minimum} to {range.Maximum}",
        MaxLengthAttribute most => $"must have at most {most.Length} entries",
        MinLengthAttribute least => $"must have at least {least.Length} entries",
        RegularExpressionAttribute pattern => pattern.ErrorMessage ?? $"must fit {pattern.Pattern}",
        _ => "is out of its limits",
    };
}
