using System.Globalization;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>A secret while it is typed into the form that creates it.</summary>
public sealed class SecretDraft
{
    private const int MaxDescription = 2048;

    /// <summary>The name.</summary>
    public string Name { get; set; } = "";

    /// <summary>May be empty.</summary>
    public string Description { get; set; } = "";

    /// <summary>The first value.</summary>
    public ValueDraft Value { get; private set; } = new();

    /// <summary>Keys and values; rows that are empty do not count.</summary>
    public IList<DraftRow> Tags { get; } = [];

    /// <summary>What keeps the secret from being created, by field: <c>name</c>, <c>description</c>, <c>tag0.name</c>, … and those of the value.</summary>
    public IReadOnlyDictionary<string, string> Faults()
    {
        var faults = new Dictionary<string, string>(Value.Faults(), StringComparer.Ordinal);
        if (Name.Length == 0)
            faults["name"] = "Give the secret a name, such as prod/orders/database.";
        else if (Name.Length > SecretName.MaxLength)
            faults["name"] = string.Create(CultureInfo.InvariantCulture, $"A name has at most {SecretName.MaxLength} characters; this one has {Name.Length}.");
        else if (!SecretName.IsValid(Name))
            faults["name"] = "A name consists of ASCII letters, digits and -/_+=.@! only, without blanks.";
        if (Description.Length > MaxDescription)
            faults["description"] = string.Create(CultureInfo.InvariantCulture, $"A description has at most {MaxDescription:N0} characters; this one has {Description.Length:N0}.");
        TagRules.Check(Tags, faults);
        return faults;
    }

    /// <summary>The tags that were typed; null where there are none.</summary>
    public IReadOnlyList<SecretTag>? ToTags() => TagRules.Read(Tags) is { Count: > 0 } tags ? tags : null;

    /// <summary>Lets go of the value.</summary>
    public void Forget() => Value = new ValueDraft();
}

/// <summary>What a tag may look like; told beside the field before the service refuses it.</summary>
internal static class TagRules
{
    private const int MaxTags = 50;
    private const int MaxKey = 128;
    private const int MaxValue = 256;

    /// <summary>Adds the faults of <paramref name="rows"/> by <c>tagN.name</c>, <c>tagN.value</c> and <c>tags</c>.</summary>
    public static void Check(IList<DraftRow> rows, IDictionary<string, string> faults)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < rows.Count; i++)
        {
            var (key, value) = (rows[i].Name, rows[i].Value);
            if (key.Length == 0 && value.Length > 0)
                faults[$"tag{i}.name"] = "Give this tag a key.";
            else if (key.Length > MaxKey)
                faults[$"tag{i}.name"] = $"A key has at most {MaxKey} characters.";
            else if (key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase))
                faults[$"tag{i}.name"] = "Keys that begin with aws: are reserved. Choose another one.";
            else if (key.Length > 0 && !seen.Add(key))
                faults[$"tag{i}.name"] = "Another tag has this key already.";
            if (value.Length > MaxValue)
                faults[$"tag{i}.value"] = $"A value has at most {MaxValue} characters.";
        }

        if (seen.Count > MaxTags)
            faults["tags"] = $"A secret has at most {MaxTags} tags.";
    }

    /// <summary>The tags of the rows that have a key.</summary>
    public static IReadOnlyList<SecretTag> Read(IEnumerable<DraftRow> rows) =>
        [.. rows.Where(static r => r.Name.Length > 0).Select(static r => new SecretTag(r.Name, r.Value))];
}
