using System.Text.Json;

namespace SecretsPortal.Web.Tests.Api.Model;

/// <summary>The service's public model, as the file beside this one has it.</summary>
public sealed class ServiceModel
{
    private readonly JsonElement _types;
    private readonly Dictionary<string, ModelType> _read = [];

    private ServiceModel(JsonElement root)
    {
        _types = root.GetProperty("types");
        Operations = root.GetProperty("operations").EnumerateObject().ToDictionary(o => o.Name, o => new ModelOperation(
            o.Name, Members(o.Value.GetProperty("request")), Members(o.Value.GetProperty("response")),
            [.. o.Value.GetProperty("errors").EnumerateArray().Select(e => e.GetString()!)]));
    }

    public static ServiceModel Instance { get; } = Read();

    /// <summary>The operations by their names.</summary>
    public IReadOnlyDictionary<string, ModelOperation> Operations { get; }

    private static ServiceModel Read()
    {
        using var file = typeof(ServiceModel).Assembly.GetManifestResourceStream("secretsmanager-model.json")!;
        using var document = JsonDocument.Parse(file);
        return new ServiceModel(document.RootElement.Clone());
    }

    private IReadOnlyList<ModelMember> Members(JsonElement members) =>
        [.. members.EnumerateObject().Select(m => new ModelMember(m.Name, Type(m.Value.GetString()!.TrimEnd('!')), m.Value.GetString()!.EndsWith('!')))];

    private ModelType Type(string name)
    {
        if (_read.TryGetValue(name, out var known))
            return known;
        var type = _types.GetProperty(name);
        return _read[name] = new ModelType(name, Enum.Parse<ModelKind>(type.GetProperty("kind").GetString()!, ignoreCase: true))
        {
            Min = type.TryGetProperty("min", out var min) ? min.GetInt64() : null,
            Max = type.TryGetProperty("max", out var max) ? max.GetInt64() : null,
            Pattern = type.TryGetProperty("pattern", out var pattern) ? pattern.GetString() : null,
            Words = type.TryGetProperty("enum", out var words) ? [.. words.EnumerateArray().Select(w => w.GetString()!)] : null,
            IsSensitive = type.TryGetProperty("sensitive", out _),
            Element = type.TryGetProperty("of", out var of) ? Type(of.GetString()!) : null,
            Members = type.TryGetProperty("members", out var members) ? Members(members) : [],
        };
    }
}

public enum ModelKind
{
    String,
    Blob,
    Integer,
    Boolean,
    Timestamp,
    List,
    Map,
    Structure,
}

/// <summary>A type with its limits: characters of a string, bytes of a blob, elements of a list, the value of a number.</summary>
public sealed record ModelType(string Name, ModelKind Kind)
{
    public long? Min { get; init; }
    public long? Max { get; init; }
    public string? Pattern { get; init; }
    public IReadOnlyList<string>? Words { get; init; }
    public bool IsSensitive { get; init; }

    /// <summary>Of a list's elements, or of a map's values.</summary>
    public ModelType? Element { get; init; }

    /// <summary>Of a structure.</summary>
    public IReadOnlyList<ModelMember> Members { get; init; } = [];
}

public sealed record ModelMember(string Name, ModelType Type, bool IsRequired);

public sealed record ModelOperation(
    string Name, IReadOnlyList<ModelMember> Request, IReadOnlyList<ModelMember> Response, IReadOnlyList<string> Errors)
{
    public override string ToString() => Name;
}
