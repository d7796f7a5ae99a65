using System.Collections.Frozen;

namespace SecretsPortal.Services.Access;

/// <summary>
/// The passwords that are guessed first. Lists of broken ones hold hardly any that are as long as the rules ask; those few are made of the short
/// ones: repeated, in a row, or with digits after them. So a password is refused that consists of nothing but such pieces: words of
/// <c>common-passwords.txt</c>, names of the user and the portal, runs of neighbouring keys, letters or digits, one character again and again, and
/// numbers. More than <see cref="MostWords"/> different words make a phrase, and a phrase is no common password.
/// </summary>
internal static class CommonPasswords
{
    /// <summary>So many different words are still one guess.</summary>
    public const int MostWords = 2;

    private const int ShortestRun = 3;
    private const int LongestWord = 32;

    private static readonly string[] s_product = ["secrets", "secret", "portal", "secretsportal", "secretportal"];

    private static readonly string[] s_rows =
    [
        "abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm",
        "1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik,", "9ol.", "1q2w3e4r5t6y7u8i9o0p", "1a2s3d4f5g6h7j8k9l", "q1w2e3r4t5y6u7i8o9p0",
        "!@#$%^&*()_+", "!\"§$%&/()=",
    ];

    private static readonly FrozenSet<string> s_words = Load();

    /// <summary>How many words the list has.</summary>
    public static int Count => s_words.Count;

    /// <summary>True where the password is nothing but pieces that are guessed first.</summary>
    /// <param name="normal">In the form that is hashed.</param>
    /// <param name="userName">A piece that is guessed first for this user.</param>
    public static bool Contains(string normal, string userName)
    {
        // Case, look-alikes such as 0 for o, and what separates words are the first things that guessing programs vary.
        var name = Plain(userName);
        return IsMadeOfPieces(Plain(normal), name.Length >= ShortestRun ? [.. s_product, name] : s_product);
    }

    /// <summary>From the left, the fewest different words that lead to each position; more than <see cref="MostWords"/> lead nowhere.</summary>
    private static bool IsMadeOfPieces(string text, string[] own)
    {
        var ways = new HashSet<string>?[text.Length + 1];
        ways[0] = [];
        for (var start = 0; start < text.Length; start++)
        {
            if (ways[start] is not { } used)
                continue;
            for (var length = 1; length <= Math.Min(RunAt(text, start), text.Length - start); length++)
                Keep(ways, start + length, used);
            for (var length = ShortestRun; length <= Math.Min(LongestWord, text.Length - start); length++)
            {
                var piece = text.Substring(start, length);
                if (WordOf(piece, own) is not { } word)
                    continue;
                HashSet<string> with = [.. used, word];
                if (with.Count <= MostWords)
                    Keep(ways, start + length, with);
            }
        }

        return ways[text.Length] is not null;
    }

    private static string? WordOf(string piece, string[] own)
    {
        var undone = string.Create(piece.Length, piece, static (letters, from) =>
        {
            for (var i = 0; i < from.Length; i++)
                letters[i] = from[i] switch { '0' => 'o', '1' => 'i', '3' => 'e', '4' or '@' => 'a', '5' or '$' => 's', '7' => 't', var c => c };
        });
        return s_words.Contains(piece) || own.Contains(piece, StringComparer.Ordinal) ? piece
            : s_words.Contains(undone) || own.Contains(undone, StringComparer.Ordinal) ? undone
            : null;
    }

    private static void Keep(HashSet<string>?[] ways, int end, HashSet<string> used)
    {
        if (ways[end] is not { } known || used.Count < known.Count)
            ways[end] = used;
    }

    /// <summary>The length of the longest run that begins here: digits of any order, one character repeated, or neighbours of a row either way.</summary>
    private static int RunAt(string text, int start)
    {
        var digits = text.AsSpan(start).IndexOfAnyExceptInRange('0', '9');
        var run = digits < 0 ? text.Length - start : digits;
        var same = text.AsSpan(start).IndexOfAnyExcept(text[start]);
        run = Math.Max(run, same < 0 ? text.Length - start : same);
        foreach (var row in s_rows)
        {
            run = Math.Max(run, Along(text, start, row, step: 1));
            run = Math.Max(run, Along(text, start, row, step: -1));
        }

        // Two letters that happen to be neighbours are no run, and neither is one letter, unless it closes what stands before it.
        return run >= ShortestRun || !char.IsLetter(text[start]) || (run >= 1 && start > 0 && start + run == text.Length) ? run : 0;
    }

    private static int Along(string text, int start, string row, int step)
    {
        var at = row.IndexOf(text[start], StringComparison.Ordinal);
        if (at < 0)
            return 0;
        var length = 1;
        while (start + length < text.Length && at + (step * length) is var next && next >= 0 && next < row.Length && row[next] == text[start + length])
            length++;
        return length;
    }

    /// <summary>In lower case, without what separates words; @ and $ stay, since they stand for letters.</summary>
    private static string Plain(string text)
    {
        var lower = text.ToLowerInvariant();
        var plain = string.Concat(lower.Where(static c => char.IsLetterOrDigit(c) || c is '@' or '$'));
        // Nothing but punctuation: it is looked at as it is.
        return plain.Length == 0 ? lower : plain;
    }

    private static FrozenSet<string> Load()
    {
        using var stream = typeof(CommonPasswords).Assembly.GetManifestResourceStream("common-passwords.txt")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd()
            .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line[0] != '#')
            .SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .ToFrozenSet(StringComparer.Ordinal);
    }
}
