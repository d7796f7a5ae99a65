using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Components;
using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>A policy's document as text, checked while it is typed by the parser that the services check by.</summary>
public sealed partial class PolicyFields : ComponentBase
{
    private static readonly JsonSerializerOptions s_format = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private string? _checked;
    private string? _fault;
    private string? _place;
    private IReadOnlyList<string>? _statements;

    /// <summary>The document.</summary>
    [Parameter, EditorRequired]
    public string Document { get; set; } = "";

    /// <summary>True for a policy that hangs on a secret and names whom it speaks of.</summary>
    [Parameter]
    public bool IsResourcePolicy { get; set; }

    /// <summary>It was typed in.</summary>
    [Parameter]
    public EventCallback<string> DocumentChanged { get; set; }

    private int Lines => Math.Clamp(Document.Count(c => c == '\n') + 2, 14, 30);

    /// <inheritdoc/>
    protected override void OnParametersSet() => Check();

    private Task Typed(string text)
    {
        Document = text ?? "";
        Check();
        return DocumentChanged.InvokeAsync(Document);
    }

    private Task Format()
    {
        using var document = JsonDocument.Parse(Document);
        return Typed(JsonSerializer.Serialize(document.RootElement, s_format));
    }

    private void Check()
    {
        if (_checked == Document)
            return;
        _checked = Document;
        try
        {
            PolicyDocument.Parse(Document, IsResourcePolicy);
            using var document = JsonDocument.Parse(Document);
            (_fault, _statements) = (null, Read(document.RootElement.GetProperty("Statement")));
        }
        catch (PortalException malformed)
        {
            (_fault, _statements) = (malformed.Message, null);
            _place = PlaceOf(Document);
        }
    }

    // Where the text stops to be JSON; of JSON that is no policy the message names the field.
    private static string? PlaceOf(string document)
    {
        try
        {
            using var json = JsonDocument.Parse(document);
            return null;
        }
        catch (JsonException broken)
        {
            var line = (int)(broken.LineNumber ?? 0);
            var text = document.Split('\n').ElementAtOrDefault(line)?.Trim() ?? "";
            return Words.Fill(AccessText.FaultPlace, line + 1, (broken.BytePositionInLine ?? 0) + 1, text.Length > 80 ? text[..80] + "…" : text);
        }
    }

    // What is read here is well formed: the parser has passed it.
    private static List<string> Read(JsonElement statements) =>
        statements.ValueKind == JsonValueKind.Array ? [.. statements.EnumerateArray().Select(Sentence)] : [Sentence(statements)];

    private static string Sentence(JsonElement statement)
    {
        string Part(string name, string but) =>
            statement.TryGetProperty(name, out var part) ? Listed(part) : statement.TryGetProperty($"Not{name}", out var not) ? $"{but} {Listed(not)}" : "";
        var sentence = statement.GetProperty("Effect").GetString() == "Deny" ? AccessText.SentenceDenies : AccessText.SentenceAllows;
        var sid = statement.TryGetProperty("Sid", out var id) ? $"{id.GetString()}: " : "";
        var whom = Part("Principal", AccessText.EverybodyBut) is { Length: > 0 } principals ? $" {principals}" : "";
        return Words.Fill(sentence, sid, whom, Part("Action", AccessText.EverythingBut), Part("Resource", AccessText.EverythingBut),
            statement.TryGetProperty("Condition", out _) ? AccessText.SentenceConditions : "");
    }

    private static string Listed(JsonElement part)
    {
        // A principal's kind: AWS, and nothing else.
        if (part.ValueKind == JsonValueKind.Object)
            return string.Join(", ", part.EnumerateObject().Select(kind => Listed(kind.Value)));
        List<string?> names = part.ValueKind == JsonValueKind.Array ? [.. part.EnumerateArray().Select(name => name.GetString())] : [part.GetString()];
        var shown = string.Join(", ", names.Take(3).Select(name => name == "*" ? AccessText.Everything : name));
        return names.Count > 3 ? Words.Fill(AccessText.ListedMore, shown, names.Count - 3) : shown;
    }
}
