using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Schemas;

/// <summary>
/// Between Terraform's values and the JSON of the administration API, driven by the schema: attributes in snake case are members in camel
/// case, what is null is left out.
/// </summary>
internal static class AdminJson
{
    /// <summary>What the API calls an attribute.</summary>
    public static string NameOf(SchemaAttribute attribute) => attribute.Wire ?? CamelCase(attribute.Name);

    /// <summary>Writes the body of a request. Write-only attributes are taken from <paramref name="config"/>.</summary>
    public static byte[] Write(IEnumerable<SchemaAttribute> attributes, TfObject planned, TfObject config)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
            WriteObject(json, attributes, planned, config);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads an answer into the attributes that the API tells; the others stay as <paramref name="known"/> has them.</summary>
    public static TfObject Read(IEnumerable<SchemaAttribute> attributes, JsonElement answer, TfObject known)
    {
        var state = TfObject.Empty;
        foreach (var attribute in attributes)
        {
            var before = known[attribute.Name];
            if (attribute.WriteOnly)
                continue;
            state = state.With(attribute.Name, attribute.Local || attribute.NotTold
                ? before
                : Settle(attribute, before, answer.TryGetProperty(NameOf(attribute), out var member) ? ReadValue(attribute, member, before) : TfValue.Null));
        }

        return state;
    }

    /// <summary>The portal leaves out what is empty; where the configuration says empty in other words, its words stay.</summary>
    public static TfValue Settle(SchemaAttribute attribute, TfValue before, TfValue told)
    {
        if (IsEmpty(told) && IsEmpty(before))
            return before;
        if (told is TfObject { Members.Count: 0 } or TfSequence { Items.Length: 0 } && attribute.Presence == Presence.Optional)
            return TfValue.Null;
        return attribute.IsSame(before, told) ? before : told;
    }

    private static bool IsEmpty(TfValue value) =>
        value.IsNull || value is TfText { Value: "" } or TfObject { Members.Count: 0 } or TfSequence { Items.Length: 0 };

    private static void WriteObject(Utf8JsonWriter json, IEnumerable<SchemaAttribute> attributes, TfObject planned, TfObject config)
    {
        json.WriteStartObject();
        foreach (var attribute in attributes.Where(a => !a.Local && a.Presence != Presence.Computed))
        {
            var configured = config[attribute.Name];
            var value = attribute.WriteOnly ? configured : planned[attribute.Name];
            if (!value.IsKnown)
                continue;
            json.WritePropertyName(NameOf(attribute));
            if (attribute.Nested is { } nested && value is TfObject members)
                WriteObject(json, nested, members, configured as TfObject ?? members);
            else
                WriteValue(json, value);
        }

        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, TfValue value)
    {
        switch (value)
        {
            case TfText text:
                json.WriteStringValue(text.Value);
                break;
            case TfNumber number:
                json.WriteNumberValue(number.Value);
                break;
            case TfFlag flag:
                json.WriteBooleanValue(flag.Value);
                break;
            case TfSequence sequence:
                json.WriteStartArray();
                foreach (var item in sequence.Items)
                    WriteValue(json, item);
                json.WriteEndArray();
                break;
            case TfObject map:
                json.WriteStartObject();
                foreach (var (key, item) in map.Members)
                {
                    json.WritePropertyName(key);
                    WriteValue(json, item);
                }

                json.WriteEndObject();
                break;
            default:
                json.WriteNullValue();
                break;
        }
    }

    private static TfValue ReadValue(SchemaAttribute attribute, JsonElement json, TfValue before) =>
        attribute.Nested is { } nested && json.ValueKind == JsonValueKind.Object
            ? Read(nested, json, before as TfObject ?? TfObject.Empty)
            : ReadValue(json, attribute.Type);

    private static TfValue ReadValue(JsonElement json, TfType type) => json.ValueKind switch
    {
        JsonValueKind.String => TfValue.Of(json.GetString()),
        JsonValueKind.Number => TfValue.Of(json.GetDecimal()),
        JsonValueKind.True or JsonValueKind.False => TfValue.Of(json.GetBoolean()),
        JsonValueKind.Array when type is TfType.SetType set => TfSequence.Set(json.EnumerateArray().Select(i => ReadValue(i, set.Element))),
        JsonValueKind.Array when type is TfType.ListType list => new TfSequence([.. json.EnumerateArray().Select(i => ReadValue(i, list.Element))]),
        JsonValueKind.Object when type is TfType.MapType map => new TfObject(json.EnumerateObject()
            .ToImmutableSortedDictionary(m => m.Name, m => ReadValue(m.Value, map.Element), StringComparer.Ordinal)),
        _ => TfValue.Null,
    };

    private static string CamelCase(string name)
    {
        var words = name.Split('_');
        return words[0] + string.Concat(words[1..].Select(w => char.ToUpperInvariant(w[0]) + w[1..]));
    }
}
