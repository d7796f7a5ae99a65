using System.Buffers;
using System.Text.Json;
using Google.Protobuf;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary>Texts by name that the state file carries for the provider alone: no plan shows them. No secret value is ever one of them.</summary>
internal sealed class PrivateState
{
    private readonly SortedDictionary<string, string> _texts = new(StringComparer.Ordinal);

    /// <summary>Reads what was stored; nothing, or what somebody else wrote, is empty.</summary>
    public PrivateState(ByteString? stored = null)
    {
        if (stored is not { IsEmpty: false })
            return;
        try
        {
            using var json = JsonDocument.Parse(stored.Memory);
            foreach (var member in json.RootElement.EnumerateObject().Where(m => m.Value.ValueKind == JsonValueKind.String))
                _texts[member.Name] = member.Value.GetString()!;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // A resource that was moved here from another provider brings that one's bytes along.
        }
    }

    /// <summary>A text; null where there is none. Setting null removes it.</summary>
    public string? this[string name]
    {
        get => _texts.GetValueOrDefault(name);
        set
        {
            if (value is null)
                _texts.Remove(name);
            else
                _texts[name] = value;
        }
    }

    /// <summary>The form that is stored.</summary>
    public ByteString ToBytes()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var (name, text) in _texts)
                json.WriteString(name, text);
            json.WriteEndObject();
        }

        return ByteString.CopyFrom(buffer.WrittenSpan);
    }
}
