namespace SecretsPortal.Core.Policies;

/// <summary>A pattern in which <c>*</c> stands for any characters, none included, and <c>?</c> for exactly one.</summary>
/// <param name="Pattern">The pattern.</param>
/// <param name="IgnoreCase">True for actions and the …IgnoreCase operators; letters then compare by their invariant upper case.</param>
internal sealed record WildcardPattern(string Pattern, bool IgnoreCase = false)
{
    /// <summary>True where the whole text fits.</summary>
    public bool Matches(string text) => Matches(Pattern, text, IgnoreCase);

    /// <summary>
    /// True where the whole text fits. At most |pattern| × |text| steps, whatever they hold: only the last star is ever tried again,
    /// because what an earlier star could take, the last one can take as well.
    /// </summary>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text, bool ignoreCase)
    {
        var (p, t) = (0, 0);
        var (afterStar, resumeAt) = (-1, 0);
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                afterStar = ++p;
                resumeAt = t;
            }
            else if (p < pattern.Length && (pattern[p] == '?' || Same(pattern[p], text[t], ignoreCase)))
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

        return pattern[p..].Trim('*').IsEmpty;
    }

    private static bool Same(char a, char b, bool ignoreCase) =>
        a == b || ignoreCase && char.ToUpperInvariant(a) == char.ToUpperInvariant(b);
}

/// <summary>
/// <c>*</c>, or an ARN of six fields, each of them a <see cref="WildcardPattern"/>. A wildcard never reaches past its field, save that
/// the last field may hold colons.
/// </summary>
internal sealed class ArnPattern
{
    private const int FieldCount = 6;

    private readonly string[]? _fields;

    private ArnPattern(string[]? fields) => _fields = fields;

    /// <summary>Reads a pattern; null where it is neither <c>*</c> nor an ARN of six fields.</summary>
    public static ArnPattern? TryParse(string text)
    {
        if (text == "*")
            return new ArnPattern(null);
        var fields = text.Split(':', FieldCount);
        return fields.Length == FieldCount && fields[0] == "arn" && IsAccount(fields[4]) && fields[5].Length > 0 ? new ArnPattern(fields) : null;
    }

    /// <summary>Refuses an ARN that forgot a field: a Deny of <c>arn:aws:secretsmanager:*:secret:x</c> would deny nothing.</summary>
    private static bool IsAccount(string field) => field == "aws" || field.All(c => char.IsAsciiDigit(c) || c is '*' or '?');

    /// <summary>True where the ARN fits; only <c>*</c> fits what is no ARN.</summary>
    public bool Matches(string arn)
    {
        if (_fields is null)
            return true;
        var fields = arn.Split(':', FieldCount);
        if (fields.Length != FieldCount)
            return false;
        for (var i = 0; i < FieldCount; i++)
        {
            if (!WildcardPattern.Matches(_fields[i], fields[i], ignoreCase: false))
                return false;
        }

        return true;
    }
}
