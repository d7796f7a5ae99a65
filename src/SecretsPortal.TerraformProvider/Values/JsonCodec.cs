using System.Collections.Immutable;
using System.Text.Json;

namespace SecretsPortal.TerraformProvider.Values;

/// <summary>Terraform's JSON encoding of values, as the state file has it. It cannot say unknown.</summary>
internal static class JsonCodec
{
    /// <summary>
    /// Reads a value of <paramref name="type"/>. A missing attribute is null and one that the type does not have is left out, so that
    /// a state from before an attribute came, or from before it went, still reads. Anything else is a <see cref="ValueFormatException"/>.
    /// </summary>
    public static TfValue Decode(ReadOnlyMemory<byte> utf8, TfType type)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8);
            return Read(document.RootElement, type);
        }
        catch (JsonException e)
        {
            throw new ValueFormatException("The value is not JSON.", e);
        }
    }

    private static TfValue Read(JsonElement json, TfType type) => (json.ValueKind, type) switch
    {
        (JsonValueKind.Null, _) => TfValue.Null,
        (JsonValueKind.Array, TfType.ListType list) => new TfSequence([.. json.EnumerateArray().Select(e => Read(e, list.Element))]),
        (JsonValueKind.Array, TfType.SetType set) => TfSequence.Set(json.EnumerateArray().Select(e => Read(e, set.Element))),
        (JsonValueKind.Object, TfType.MapType map) => new TfObject(json.EnumerateObject()
            .ToImmutableSortedDictionary(p => p.Name, p => Read(p.Value, map.Element), StringComparer.Ordinal)),
        (JsonValueKind.Object, TfType.ObjectType o) => new TfObject(o.Attributes.ToImmutableSortedDictionary(
            a => a.Key, a => json.TryGetProperty(a.Key, out var member) ? Read(member, a.Value) : TfValue.Null, StringComparer.Ordinal)),
        (JsonValueKind.String, _) when type == TfType.Text => new TfText(json.GetString()!),
        (JsonValueKind.Number, _) when type == TfType.Number => new TfNumber(NumberText.Parse(json.GetRawText())),
        (JsonValueKind.True or JsonValueKind.False, _) when type == TfType.Flag => new TfFlag(json.GetBoolean()),
        _ => throw new ValueFormatException("The JSON value is not of the type that the schema says."),
    };
}
