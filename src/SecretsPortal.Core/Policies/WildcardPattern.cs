using System.Runtime.InteropServices;

namespace SecretsPortal.Core.Policies;

/// <summary>A pattern in which <c>*</c> stands for any characters, none included, and <c>?</c> for exactly one. It may hold variables.</summary>
internal sealed class WildcardPattern
{
    private readonly PolicyText _text;
    private readonly bool _ignoreCase;
    private readonly CompiledPattern? _fixed;

    /// <summary>A pattern.</summary>
    /// <param name="text">The pattern as written.</param>
    /// <param name="ignoreCase">True for actions; letters then compare by their invariant upper case.</param>
    public WildcardPattern(PolicyText text, bool ignoreCase = false)
    {
        _text = text;
        _ignoreCase = ignoreCase;
        if (text.HasVariables)
            return;
        var tokens = new List<int>();
        foreach (var piece in text.Pieces)
            Append(tokens, piece.Text, piece.Kind);
        _fixed = Compile(tokens);
    }

    /// <summary>A pattern as written.</summary>
    public WildcardPattern(string text, bool ignoreCase = false)
        : this(PolicyText.Parse(text), ignoreCase)
    {
    }

    /// <summary>True where the pattern depends on the request.</summary>
    public bool HasVariables => _text.HasVariables;

    /// <summary>True where each variable has a value for this request.</summary>
    public bool IsKnown(in RequestFacts facts) => _text.IsKnown(facts);

    /// <summary>True where the whole text fits; never where a variable has no value.</summary>
    public bool Matches(ReadOnlySpan<char> text, in RequestFacts facts)
    {
        if (_fixed is not null)
            return _fixed.Matches(text);
        var tokens = new List<int>();
        foreach (var piece in _text.Pieces)
        {
            if (piece.Resolve(facts) is not { } resolved)
                return false;
            Append(tokens, resolved, piece.Kind);
        }

        return Compile(tokens).Matches(text);
    }

    private CompiledPattern Compile(List<int> tokens) => new(CollectionsMarshal.AsSpan(tokens), _ignoreCase);

    private static void Append(List<int> tokens, string text, TextPieceKind kind)
    {
        foreach (var c in text)
        {
            tokens.Add((c, kind) switch
            {
                ('*', TextPieceKind.Plain) => CompiledPattern.Star,
                ('?', TextPieceKind.Plain) => CompiledPattern.One,
                _ => c,
            });
        }
    }
}
