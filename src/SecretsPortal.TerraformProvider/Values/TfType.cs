using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;

namespace SecretsPortal.TerraformProvider.Values;

/// <summary>A type of Terraform's type system. Both value codecs are driven by it: neither encoding describes itself in full.</summary>
internal abstract record TfType
{
    /// <summary>Text.</summary>
    public static readonly TfType Text = new PrimitiveType("string");

    /// <summary>A number of any size.</summary>
    public static readonly TfType Number = new PrimitiveType("number");

    /// <summary>True or false.</summary>
    public static readonly TfType Flag = new PrimitiveType("bool");

    /// <summary>Elements of one type in an order.</summary>
    public static TfType ListOf(TfType element) => new ListType(element);

    /// <summary>Different elements of one type in no order.</summary>
    public static TfType SetOf(TfType element) => new SetType(element);

    /// <summary>Elements of one type by key.</summary>
    public static TfType MapOf(TfType element) => new MapType(element);

    /// <summary>A fixed set of attributes, each with its type.</summary>
    public static ObjectType ObjectOf(params IEnumerable<KeyValuePair<string, TfType>> attributes) =>
        new(attributes.ToImmutableSortedDictionary(StringComparer.Ordinal));

    /// <summary>The type constraint in the protocol's JSON form, such as <c>["map","string"]</c>.</summary>
    public byte[] ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
            Write(writer);
        return buffer.WrittenSpan.ToArray();
    }

    private protected abstract void Write(Utf8JsonWriter writer);

    private protected static void WritePair(Utf8JsonWriter writer, string kind, TfType element)
    {
        writer.WriteStartArray();
        writer.WriteStringValue(kind);
        element.Write(writer);
        writer.WriteEndArray();
    }

    /// <summary>Text, number or flag.</summary>
    internal sealed record PrimitiveType(string Name) : TfType
    {
        private protected override void Write(Utf8JsonWriter writer) => writer.WriteStringValue(Name);
    }

    /// <summary>See <see cref="ListOf"/>.</summary>
    internal sealed record ListType(TfType Element) : TfType
    {
        private protected override void Write(Utf8JsonWriter writer) => WritePair(writer, "list", Element);
    }

    /// <summary>See <see cref="SetOf"/>.</summary>
    internal sealed record SetType(TfType Element) : TfType
    {
        private protected override void Write(Utf8JsonWriter writer) => WritePair(writer, "set", Element);
    }

    /// <summary>See <see cref="MapOf"/>.</summary>
    internal sealed record MapType(TfType Element) : TfType
    {
        private protected override void Write(Utf8JsonWriter writer) => WritePair(writer, "map", Element);
    }

    /// <summary>See <see cref="ObjectOf"/>.</summary>
    internal sealed record ObjectType(ImmutableSortedDictionary<string, TfType> Attributes) : TfType
    {
        private protected override void Write(Utf8JsonWriter writer)
        {
            writer.WriteStartArray();
            writer.WriteStringValue("object");
            writer.WriteStartObject();
            foreach (var (name, type) in Attributes)
            {
                writer.WritePropertyName(name);
                type.Write(writer);
            }

            writer.WriteEndObject();
            writer.WriteEndArray();
        }
    }
}
