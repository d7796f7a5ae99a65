using System.Buffers;
using System.Text;

namespace SecretsPortal.Core.Policies;

/// <summary>
/// A text of a policy with its variables: <c>${aws:username}</c>, <c>${aws:PrincipalTag/team, 'none'}</c> with what stands in for a missing
/// value, and <c>${*}</c>, <c>${?}</c>, <c>${$}</c> for the characters themselves. What a variable brings is taken literally: a <c>*</c> in a
/// tag is no wildcard.
/// </summary>
internal sealed class PolicyText
{
    /// <summary>What a variable begins with.</summary>
    public const string Opening = "${";

    private static readonly SearchValues<char> s_notInKeys = SearchValues.Create("*?$'\"{");

    private readonly string? _fixed;

    private PolicyText(IReadOnlyList<TextPiece> pieces)
    {
        Pieces = pieces;
        HasVariables = pieces.Any(p => p.Kind == TextPieceKind.Variable);
        _fixed = HasVariables ? null : string.Concat(pieces.Select(p => p.Text));
    }

    /// <summary>Its parts, in their order.</summary>
    public IReadOnlyList<TextPiece> Pieces { get; }

    /// <summary>True where what it says depends on the request.</summary>
    public bool HasVariables { get; }

    /// <summary>Reads a text; <see cref="FormatException"/>, the end of a sentence, for a variable that is not written like one.</summary>
    public static PolicyText Parse(string text)
    {
        var pieces = new List<TextPiece>();
        var at = 0;
        while (text.IndexOf(Opening, at, StringComparison.Ordinal) is >= 0 and var start)
        {
            if (start > at)
                pieces.Add(new TextPiece(text[at..start], TextPieceKind.Plain));
            var end = EndOfVariable(text, start);
            pieces.Add(ReadVariable(text[(start + Opening.Length)..(end - 1)]));
            at = end;
        }

        if (at < text.Length)
            pieces.Add(new TextPiece(text[at..], TextPieceKind.Plain));
        return new PolicyText(pieces);
    }

    /// <summary>The fields between colons, at most <paramref name="count"/>, the last with the rest; colons inside a variable are its own.</summary>
    public static IReadOnlyList<string> Split(string text, int count)
    {
        var fields = new List<string>(count);
        var start = 0;
        for (var i = 0; i < text.Length && fields.Count < count - 1; i++)
        {
            if (text.AsSpan(i).StartsWith(Opening, StringComparison.Ordinal))
            {
                i = EndOfVariable(text, i) - 1;
            }
            else if (text[i] == ':')
            {
                fields.Add(text[start..i]);
                start = i + 1;
            }
        }

        fields.Add(text[start..]);
        return fields;
    }

    /// <summary>The text for this request; null where a variable has no value and nothing stands in for it.</summary>
    public string? Resolve(in RequestFacts facts)
    {
        if (!HasVariables)
            return _fixed;
        var text = new StringBuilder();
        foreach (var piece in Pieces)
        {
            if (piece.Resolve(facts) is not { } resolved)
                return null;
            text.Append(resolved);
        }

        return text.ToString();
    }

    /// <summary>True where each variable has a value for this request, or something that stands in for it.</summary>
    public bool IsKnown(in RequestFacts facts)
    {
        if (!HasVariables)
            return true;
        foreach (var piece in Pieces)
        {
            if (piece.Resolve(facts) is null)
                return false;
        }

        return true;
    }

    // The place after the closing brace.
    private static int EndOfVariable(string text, int start)
    {
        var end = text.IndexOf('}', start);
        return end < 0 ? throw new FormatException("has a policy variable that is not closed with }") : end + 1;
    }

    private static TextPiece ReadVariable(string inner)
    {
        if (inner is "*" or "?" or "$")
            return new TextPiece(inner, TextPieceKind.Escaped);
        var comma = inner.IndexOf(',', StringComparison.Ordinal);
        var key = (comma < 0 ? inner : inner[..comma]).Trim(' ');
        var standIn = comma < 0 ? null : inner[(comma + 1)..].Trim(' ');
        if (!IsKey(key))
            throw new FormatException("has a policy variable that is not written like ${aws:username}");
        if (standIn is not null && (standIn is not ['\'', .., '\''] || standIn.Length < 2 || standIn[1..^1].AsSpan().ContainsAny('\'', '$')))
            throw new FormatException("has a policy variable whose default is not written like ${aws:PrincipalTag/team, 'none'}");
        return new TextPiece(key, TextPieceKind.Variable, standIn?[1..^1]);
    }

    // A service, a colon and a name.
    private static bool IsKey(string key)
    {
        var colon = key.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && colon < key.Length - 1 && !key.AsSpan().ContainsAny(s_notInKeys);
    }
}

/// <summary>What a part of a text is.</summary>
internal enum TextPieceKind
{
    /// <summary>As written; its wildcards count where the text is a pattern.</summary>
    Plain,

    /// <summary>A character that has no special meaning.</summary>
    Escaped,

    /// <summary>A condition key whose value stands here.</summary>
    Variable,
}

/// <summary>A part of a text.</summary>
/// <param name="Text">The text, the character, or the variable's key.</param>
/// <param name="Kind">Which of them.</param>
/// <param name="StandIn">What a variable without a value says; null where it says nothing.</param>
internal readonly record struct TextPiece(string Text, TextPieceKind Kind, string? StandIn = null)
{
    /// <summary>What it says for this request; null for a variable without a value.</summary>
    public string? Resolve(in RequestFacts facts) => Kind == TextPieceKind.Variable ? facts.Value(Text) ?? StandIn : Text;
}
