using System.Globalization;
using System.Net;

namespace SecretsPortal.Core.Policies;

/// <summary>The condition operators of IAM's policy language, compiled when a policy is read, so that its faults show then.</summary>
internal static class ConditionOperators
{
    private const string IfExistsSuffix = "IfExists";

    private static readonly string[] s_dateFormats =
        ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <summary>Compiles an operator on a key.</summary>
    /// <param name="name">Such as <c>StringLike</c> or <c>ForAnyValue:StringEqualsIfExists</c>.</param>
    /// <param name="key">The condition key.</param>
    /// <param name="values">At least one.</param>
    /// <exception cref="FormatException">Unknown operator or bad value; the message says which, as the end of a sentence.</exception>
    public static PolicyCondition Compile(string name, string key, IReadOnlyList<string> values)
    {
        var (quantifier, rest) = name.Split(':') switch
        {
            ["ForAnyValue", var after] => (ConditionQuantifier.Any, after),
            ["ForAllValues", var after] => (ConditionQuantifier.All, after),
            _ => (ConditionQuantifier.None, name),
        };
        var ifExists = rest.EndsWith(IfExistsSuffix, StringComparison.Ordinal);
        var bare = ifExists ? rest[..^IfExistsSuffix.Length] : rest;
        if (bare == "Null")
            return CompileNull(name, key, values);
        var texts = ReadTexts(bare, key, values);
        if ((CompileMatch(bare, key, values, texts) ?? CompileComparison(bare, key, values)) is not var (matches, isNegated))
            throw new FormatException($"has the unknown operator {PolicyParser.Quoted(name)}");
        return new PolicyCondition
        {
            Key = key, Name = name, Operator = bare, Values = values, Quantifier = quantifier, IfExists = ifExists, IsNegated = isNegated, Matches = matches,
            Variables = [.. texts.SelectMany(t => t.Pieces).Where(p => p.Kind == TextPieceKind.Variable).Select(p => p.Text)],
        };
    }

    private static PolicyText[] ReadTexts(string name, string key, IReadOnlyList<string> values)
    {
        if (name.StartsWith("String", StringComparison.Ordinal) || name.StartsWith("Arn", StringComparison.Ordinal))
            return [.. values.Select(PolicyText.Parse)];
        return values.Any(v => v.Contains(PolicyText.Opening, StringComparison.Ordinal))
            ? throw new FormatException($"has a policy variable in a value of {PolicyParser.Quoted(key)}, which only the String and Arn operators may have")
            : [];
    }

    private static PolicyCondition CompileNull(string name, string key, IReadOnlyList<string> values)
    {
        if (name != "Null")
            throw new FormatException($"has the operator {PolicyParser.Quoted(name)}, but Null takes neither prefix nor IfExists");
        if (values is not [var value])
            throw new FormatException($"needs exactly one value for Null on {PolicyParser.Quoted(key)}");
        return new PolicyCondition
        {
            Key = key, Name = name, Operator = name, Values = values, Quantifier = ConditionQuantifier.None, IfExists = false, IsNegated = false,
            MustBeMissing = ReadBool(value, key), Matches = (_, in _) => false,
        };
    }

    private static (ValueMatch Matches, bool IsNegated)? CompileMatch(string name, string key, IReadOnlyList<string> values, PolicyText[] texts) => name switch
    {
        "StringEquals" => (Text(texts, StringComparison.Ordinal), false),
        "StringNotEquals" => (Text(texts, StringComparison.Ordinal), true),
        "StringEqualsIgnoreCase" => (Text(texts, StringComparison.OrdinalIgnoreCase), false),
        "StringNotEqualsIgnoreCase" => (Text(texts, StringComparison.OrdinalIgnoreCase), true),
        "StringLike" => (Like(texts), false),
        "StringNotLike" => (Like(texts), true),
        "ArnEquals" or "ArnLike" => (Arn(values, key), false),
        "ArnNotEquals" or "ArnNotLike" => (Arn(values, key), true),
        "Bool" => (Each(values, key, ReadBool, (ours, asked) => ours == asked), false),
        "BinaryEquals" => (Each(values, key, ReadBinary, (ours, asked) => ours.AsSpan().SequenceEqual(asked)), false),
        "IpAddress" => (Ip(values, key), false),
        "NotIpAddress" => (Ip(values, key), true),
        _ => null,
    };

    private static (ValueMatch Matches, bool IsNegated)? CompileComparison(string name, string key, IReadOnlyList<string> values)
    {
        var isNumeric = name.StartsWith("Numeric", StringComparison.Ordinal);
        if (!isNumeric && !name.StartsWith("Date", StringComparison.Ordinal))
            return null;
        var comparison = name[(isNumeric ? "Numeric" : "Date").Length..];
        Func<int, bool>? holds = comparison switch
        {
            "Equals" or "NotEquals" => sign => sign == 0,
            "LessThan" => sign => sign < 0,
            "LessThanEquals" => sign => sign <= 0,
            "GreaterThan" => sign => sign > 0,
            "GreaterThanEquals" => sign => sign >= 0,
            _ => null,
        };
        if (holds is null)
            return null;
        var matches = isNumeric
            ? Each(values, key, ReadNumber, (ours, asked) => holds(asked.CompareTo(ours)))
            : Each(values, key, ReadDate, (ours, asked) => holds(asked.CompareTo(ours)));
        return (matches, comparison == "NotEquals");
    }

    private static ValueMatch Text(PolicyText[] texts, StringComparison comparison) => (asked, in facts) =>
    {
        foreach (var text in texts)
        {
            if (text.Resolve(facts) is { } resolved && asked.Equals(resolved, comparison))
                return true;
        }

        return false;
    };

    private static ValueMatch Like(PolicyText[] texts)
    {
        var patterns = texts.Select(t => new WildcardPattern(t)).ToArray();
        return (asked, in facts) =>
        {
            foreach (var pattern in patterns)
            {
                if (pattern.Matches(asked, facts))
                    return true;
            }

            return false;
        };
    }

    private static ValueMatch Arn(IReadOnlyList<string> values, string key)
    {
        var patterns = values.Select(v => ArnPattern.TryParse(v)
            ?? throw new FormatException($"has the value {PolicyParser.Quoted(v)} for {PolicyParser.Quoted(key)}, which is neither * nor an ARN such as arn:aws:secretsmanager:*:000000000000:secret:prod/*")).ToArray();
        return (asked, in facts) =>
        {
            var arn = new ArnFields(asked);
            foreach (var pattern in patterns)
            {
                if (pattern.Matches(arn, facts))
                    return true;
            }

            return false;
        };
    }

    private static ValueMatch Ip(IReadOnlyList<string> values, string key)
    {
        var ranges = values.Select(v => AddressRange.TryParse(v)
            ?? throw new FormatException($"has the value {PolicyParser.Quoted(v)} for {PolicyParser.Quoted(key)}, which is no IP address and no range such as 10.0.0.0/8")).ToArray();
        return (asked, in _) => IPAddress.TryParse(asked, out var address)
            ? Array.Exists(ranges, r => r.Contains(address))
            : throw new PolicyFaultException($"the request's {key} is no IP address");
    }

    /// <summary>Reads the policy's values now and the request's value when it is asked; a fault in the first is the policy's, in the second the request's.</summary>
    private static ValueMatch Each<T>(IReadOnlyList<string> values, string key, Func<string, string, T> read, Func<T, T, bool> holds)
    {
        var ours = values.Select(v => read(v, key)).ToArray();
        return (text, in _) =>
        {
            T asked;
            try
            {
                asked = read(text, key);
            }
            catch (FormatException)
            {
                throw new PolicyFaultException($"the request's {key} has not the form that the operator needs");
            }

            return Array.Exists(ours, o => holds(o, asked));
        };
    }

    // Strict: one text for one value, so blanks and missing padding are refused.
    private static byte[] ReadBinary(string text, string key)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) && Convert.ToBase64String(bytes, 0, length) == text
            ? bytes[..length]
            : throw new FormatException($"has the value {PolicyParser.Quoted(text)} for {PolicyParser.Quoted(key)}, which is no base64");
    }

    private static bool ReadBool(string text, string key) =>
        bool.TryParse(text, out var value) ? value : throw new FormatException($"has the value {PolicyParser.Quoted(text)} for {PolicyParser.Quoted(key)}, which is neither true nor false");

    private static decimal ReadNumber(string text, string key) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new FormatException($"has the value {PolicyParser.Quoted(text)} for {PolicyParser.Quoted(key)}, which is no number");

    private static DateTimeOffset ReadDate(string text, string key)
    {
        const DateTimeStyles utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (DateTimeOffset.TryParseExact(text, s_dateFormats, CultureInfo.InvariantCulture, utc, out var date))
            return date;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds())
            return DateTimeOffset.FromUnixTimeSeconds(seconds);
        throw new FormatException($"has the value {PolicyParser.Quoted(text)} for {PolicyParser.Quoted(key)}, which is no time such as 2026-03-01T00:00:00Z");
    }
}
