using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using MessagePack;

namespace SecretsPortal.TerraformProvider.Values;

/// <summary>
/// Terraform's msgpack encoding of values. Null is nil; unknown is any extension (newer Terraform says in it what it knows already,
/// which we drop); a number is an integer, a float where that is exact, else its decimal digits as a text.
/// </summary>
internal static class MsgPackCodec
{
    private const sbyte UnknownExtension = 0;

    /// <summary>Reads a value of <paramref name="type"/>; <see cref="ValueFormatException"/> where the bytes are something else.</summary>
    public static TfValue Decode(ReadOnlyMemory<byte> bytes, TfType type)
    {
        var reader = new MessagePackReader(bytes);
        try
        {
            var value = Read(ref reader, type);
            return reader.End ? value : throw new ValueFormatException("The msgpack value is followed by further bytes.");
        }
        catch (Exception e) when (e is MessagePackSerializationException or EndOfStreamException or OverflowException or InvalidOperationException)
        {
            throw new ValueFormatException("The msgpack value is cut off or not of the type that the schema says.", e);
        }
    }

    /// <summary>Writes a value. <paramref name="type"/> must be the value's own.</summary>
    public static byte[] Encode(TfValue value, TfType type)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(buffer);
        Write(ref writer, value, type);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static TfValue Read(ref MessagePackReader reader, TfType type)
    {
        switch (reader.NextMessagePackType)
        {
            case MessagePackType.Nil:
                reader.ReadNil();
                return TfValue.Null;
            case MessagePackType.Extension:
                reader.Skip();
                return TfValue.Unknown;
            default:
                return type switch
                {
                    TfType.ListType list => new TfSequence(ReadItems(ref reader, list.Element)),
                    TfType.SetType set => TfSequence.Set(ReadItems(ref reader, set.Element)),
                    TfType.MapType map => ReadMap(ref reader, map.Element),
                    TfType.ObjectType o => ReadObject(ref reader, o),
                    _ when type == TfType.Number => new TfNumber(ReadNumber(ref reader)),
                    _ when type == TfType.Flag => new TfFlag(reader.ReadBoolean()),
                    _ => new TfText(reader.ReadString() ?? throw new ValueFormatException("A text is missing.")),
                };
        }
    }

    private static ImmutableArray<TfValue> ReadItems(ref MessagePackReader reader, TfType element)
    {
        var count = reader.ReadArrayHeader();
        var items = ImmutableArray.CreateBuilder<TfValue>(count);
        for (var i = 0; i < count; i++)
            items.Add(Read(ref reader, element));
        return items.MoveToImmutable();
    }

    private static TfObject ReadMap(ref MessagePackReader reader, TfType element)
    {
        var count = reader.ReadMapHeader();
        var members = ImmutableSortedDictionary.CreateBuilder<string, TfValue>(StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
            members[ReadKey(ref reader)] = Read(ref reader, element);
        return new TfObject(members.ToImmutable());
    }

    private static TfObject ReadObject(ref MessagePackReader reader, TfType.ObjectType type)
    {
        var count = reader.ReadMapHeader();
        var members = ImmutableSortedDictionary.CreateBuilder<string, TfValue>(StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var name = ReadKey(ref reader);
            members[name] = type.Attributes.TryGetValue(name, out var attribute)
                ? Read(ref reader, attribute)
                : throw new ValueFormatException($"The schema has no attribute {name}.");
        }

        foreach (var name in type.Attributes.Keys)
            members.TryAdd(name, TfValue.Null);
        return new TfObject(members.ToImmutable());
    }

    private static string ReadKey(ref MessagePackReader reader) =>
        reader.ReadString() ?? throw new ValueFormatException("A map's key is null.");

    private static decimal ReadNumber(ref MessagePackReader reader) => reader.NextMessagePackType switch
    {
        MessagePackType.Integer => reader.NextCode == MessagePackCode.UInt64 ? reader.ReadUInt64() : reader.ReadInt64(),
        MessagePackType.Float => (decimal)reader.ReadDouble(),
        _ => NumberText.Parse(reader.ReadString()),
    };

    private static void Write(ref MessagePackWriter writer, TfValue value, TfType type)
    {
        switch (value)
        {
            case TfText text:
                writer.Write(text.Value);
                break;
            case TfFlag flag:
                writer.Write(flag.Value);
                break;
            case TfNumber number:
                WriteNumber(ref writer, number.Value);
                break;
            case TfSequence sequence:
                var element = type is TfType.SetType set ? set.Element : ((TfType.ListType)type).Element;
                writer.WriteArrayHeader(sequence.Items.Length);
                foreach (var item in sequence.Items)
                    Write(ref writer, item, element);
                break;
            case TfObject members:
                WriteMembers(ref writer, members, type);
                break;
            case { IsUnknown: true }:
                writer.WriteExtensionFormat(new ExtensionResult(UnknownExtension, new byte[1]));
                break;
            default:
                writer.WriteNil();
                break;
        }
    }

    private static void WriteMembers(ref MessagePackWriter writer, TfObject members, TfType type)
    {
        if (type is TfType.ObjectType o)
        {
            // An object is written whole: Terraform wants each attribute of the schema, null or not.
            writer.WriteMapHeader(o.Attributes.Count);
            foreach (var (name, attribute) in o.Attributes)
            {
                writer.Write(name);
                Write(ref writer, members[name], attribute);
            }

            return;
        }

        writer.WriteMapHeader(members.Members.Count);
        foreach (var (key, item) in members.Members)
        {
            writer.Write(key);
            Write(ref writer, item, ((TfType.MapType)type).Element);
        }
    }

    private static void WriteNumber(ref MessagePackWriter writer, decimal number)
    {
        if (decimal.IsInteger(number) && number is >= long.MinValue and <= long.MaxValue)
            writer.Write((long)number);
        else
            writer.Write(number.ToString(CultureInfo.InvariantCulture));
    }
}
