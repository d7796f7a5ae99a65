namespace SecretsPortal.Core.Policies;

/// <summary>
/// Characters and wildcards, made ready to be matched. What most patterns are, a text or the beginning of one, is compared; the others run as an
/// automaton with a bit for each place in the pattern. So no pattern takes more than |text| × (|pattern| / 64 + 1) steps, whatever both hold.
/// </summary>
internal sealed class CompiledPattern
{
    /// <summary>Any characters, none included. Tokens of 0 and more are characters.</summary>
    public const int Star = -1;

    /// <summary>Exactly one character.</summary>
    public const int One = -2;

    private const int BitsOfWord = 64;
    private const int MostWordsOnStack = 256;

    private readonly bool _ignoreCase;
    private readonly string? _literal;
    private readonly bool _isPrefix;

    // Place i is before the i-th token that is no star. Each character of the alphabet, and 0 for all others, has the places that it leads on from.
    private readonly int _length;
    private readonly int _words;
    private readonly char[] _alphabet = [];
    private readonly ulong[] _leadsOn = [];
    private readonly ulong[] _stays = [];

    /// <summary>Makes a pattern ready.</summary>
    /// <param name="tokens">Characters, <see cref="Star"/> and <see cref="One"/>.</param>
    /// <param name="ignoreCase">True where letters compare by their invariant upper case.</param>
    public CompiledPattern(ReadOnlySpan<int> tokens, bool ignoreCase)
    {
        _ignoreCase = ignoreCase;
        var wildcard = tokens.IndexOfAny(Star, One);
        _isPrefix = wildcard >= 0 && wildcard == tokens.Length - 1 && tokens[wildcard] == Star;
        if (wildcard < 0 || _isPrefix)
        {
            _literal = TextOf(_isPrefix ? tokens[..wildcard] : tokens);
            return;
        }

        _length = tokens.Length - tokens.Count(Star);
        _words = _length / BitsOfWord + 1;
        _alphabet = AlphabetOf(tokens, ignoreCase);
        _leadsOn = new ulong[(_alphabet.Length + 1) * _words];
        _stays = new ulong[_words];
        var any = new ulong[_words];
        var place = 0;
        foreach (var token in tokens)
        {
            if (token == Star)
                Set(_stays, place);
            else
                Set(token == One ? any : LeadsOn(SlotOf(Folded((char)token, ignoreCase))), place++);
        }

        for (var i = 0; i < _leadsOn.Length; i++)
            _leadsOn[i] |= any[i % _words];
    }

    /// <summary>True where the whole text fits.</summary>
    public bool Matches(ReadOnlySpan<char> text)
    {
        if (_literal is null)
            return text.Length >= _length && Runs(text);
        var comparison = _ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return _isPrefix ? text.StartsWith(_literal, comparison) : text.Equals(_literal, comparison);
    }

    private bool Runs(ReadOnlySpan<char> text)
    {
        var places = _words <= MostWordsOnStack ? stackalloc ulong[_words] : new ulong[_words];
        places[0] = 1;
        foreach (var c in text)
        {
            var leadsOn = LeadsOn(SlotOf(_ignoreCase ? char.ToUpperInvariant(c) : c));
            var (carry, alive) = (0UL, 0UL);
            for (var w = 0; w < places.Length; w++)
            {
                var moved = places[w] & leadsOn[w];
                places[w] = moved << 1 | carry | places[w] & _stays[w];
                carry = moved >> (BitsOfWord - 1);
                alive |= places[w];
            }

            if (alive == 0)
                return false;
        }

        return (places[_length / BitsOfWord] >> (_length % BitsOfWord) & 1) != 0;
    }

    private Span<ulong> LeadsOn(int slot) => _leadsOn.AsSpan(slot * _words, _words);

    private int SlotOf(char c) => _alphabet.AsSpan().IndexOf(c) + 1;

    private static char[] AlphabetOf(ReadOnlySpan<int> tokens, bool ignoreCase)
    {
        var alphabet = new HashSet<char>();
        foreach (var token in tokens)
        {
            if (token >= 0)
                alphabet.Add(Folded((char)token, ignoreCase));
        }

        return [.. alphabet];
    }

    private static char Folded(char c, bool ignoreCase) => ignoreCase ? char.ToUpperInvariant(c) : c;

    private static void Set(Span<ulong> places, int place) => places[place / BitsOfWord] |= 1UL << (place % BitsOfWord);

    private static string TextOf(ReadOnlySpan<int> tokens)
    {
        var text = new char[tokens.Length];
        for (var i = 0; i < text.Length; i++)
            text[i] = (char)tokens[i];
        return new string(text);
    }
}
