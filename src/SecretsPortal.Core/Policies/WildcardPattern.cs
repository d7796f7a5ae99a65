namespace SecretsPortal.Core.Policies;

/// <summary>A pattern in which <c>*</c> stands for any characters, none included, and <c>?</c> for exactly one. It may hold variables.</summary>
internal sealed class WildcardPattern
{
    // Beside the characters, which are 0 and more.
    private const int Star = -1;
    private const int One = -2;

    private readonly PolicyText _text;
    private readonly bool _ignoreCase;
    private readonly int[]? _tokens;
    private readonly string? _exact;
    private readonly string? _prefix;

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
        // What most patterns are needs no search.
        if (tokens.TrueForAll(t => t >= 0))
            _exact = TextOf(tokens);
        else if (tokens.IndexOf(One) < 0 && tokens.IndexOf(Star) == tokens.Count - 1)
            _prefix = TextOf(tokens[..^1]);
        else
            _tokens = [.. tokens];
    }

    /// <summary>A pattern without variables.</summary>
    public WildcardPattern(string text, bool ignoreCase = false)
        : this(PolicyText.Parse(text), ignoreCase)
    {
    }

    /// <summary>True where each variable has a value for this request.</summary>
    public bool IsKnown(in RequestFacts facts) => _text.IsKnown(facts);

    /// <summary>True where the pattern depends on the request.</summary>
    public bool HasVariables => _text.HasVariables;

    /// <summary>True where the whole text fits; never where a variable has no value.</summary>
    public bool Matches(ReadOnlySpan<char> text, in RequestFacts facts)
    {
        var comparison = _ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        if (_exact is not null)
            return text.Equals(_exact, comparison);
        if (_prefix is not null)
            return text.StartsWith(_prefix, comparison);
        if (_tokens is not null)
            return Matches(_tokens, text, _ignoreCase);
        var tokens = new List<int>();
        foreach (var piece in _text.Pieces)
        {
            if (piece.Resolve(facts) is not { } resolved)
                return false;
            Append(tokens, resolved, piece.Kind);
        }

        return Matches(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(tokens), text, _ignoreCase);
    }

    /// <summary>
    /// At most |longest part between stars| × |text| steps, whatever they hold: only the last star is ever tried again, because what an earlier
    /// star could take, the last one can take as well.
    /// </summary>
    private static bool Matches(ReadOnlySpan<int> pattern, ReadOnlySpan<char> text, bool ignoreCase)
    {
        if (pattern.Length - pattern.Count(Star) > text.Length)
            return false;
        var (p, t) = (0, 0);
        var (afterStar, resumeAt) = (-1, 0);
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == Star)
            {
                afterStar = ++p;
                resumeAt = t;
            }
            else if (p < pattern.Length && (pattern[p] == One || Same(pattern[p], text[t], ignoreCase)))
            {
                p++;
                t++;
            }
            else if (afterStar >= 0)
            {
                p = afterStar;
                t = ++resumeAt;
            }
            else
            {
                return false;
            }
        }

        return pattern[p..].Trim(Star).IsEmpty;
    }

    private static bool Same(int token, char c, bool ignoreCase) =>
        token == c || ignoreCase && char.ToUpperInvariant((char)token) == char.ToUpperInvariant(c);

    private static void Append(List<int> tokens, string text, TextPieceKind kind)
    {
        foreach (var c in text)
        {
            tokens.Add((c, kind) switch
            {
                ('*', TextPieceKind.Plain) => Star,
                ('?', TextPieceKind.Plain) => One,
                _ => c,
            });
        }
    }

    private static string TextOf(List<int> tokens) => string.Concat(tokens.Select(t => (char)t));
}
