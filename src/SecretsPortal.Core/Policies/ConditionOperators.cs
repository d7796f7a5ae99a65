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
        if ((CompileMatch(bare, key, values) ?? CompileComparison(bare, key, values)) is not var (matches, isNegated))
            throw new FormatException($"has the unknown operator '{name}'");
        return new PolicyCondition
        {
            Key = key, Operator = bare, Values = values, Quantifier = quantifier, IfExists = ifExists, IsNegated = isNegated, Matches = matches,
        };
    }

    private static PolicyCondition CompileNull(string name, string key, IReadOnlyList<string> values)
    {
        if (name != "Null")
            throw new FormatException($"has the operator '{name}', but Null takes neither prefix nor IfExists");
        if (values is not [var value])
            throw new FormatException($"needs exactly one value for Null on '{key}'");
        return new PolicyCondition
        {
            Key = key, Operator = name, Values = values, Quantifier = ConditionQuantifier.None, IfExists = false, IsNegated = false,
            MustBeMissing = ReadBool(value, key), Matches = _ => false,
        };
    }

    private static (Func<string, bool> Matches, bool IsNegated)? CompileMatch(string name, string key, IReadOnlyList<string> values) => name switch
    {
        "StringEquals" => (Text(values, StringComparison.Ordinal), false),
        "StringNotEquals" => (Text(values, StringComparison.Ordinal), true),
        "StringEqualsIgnoreCase" => (Text(values, StringComparison.OrdinalIgnoreCase), false),
        "StringNotEqualsIgnoreCase" => (Text(values, StringComparison.OrdinalIgnoreCase), true),
        "StringLike" => (Like(values), false),
        "StringNotLike" => (Like(values), true),
        "ArnEquals" or "ArnLike" => (Arn(values, key), false),
        "ArnNotEquals" or "ArnNotLike" => (Arn(values, key), true),
        "Bool" => (Each(values, key, ReadBool, (ours, asked) => ours == asked), false),
        "IpAddress" => (Ip(values, key), false),
        "NotIpAddress" => (Ip(values, key), true),
        _ => null,
    };

    private static (Func<string, bool> Matches, bool IsNegated)? CompileComparison(string name, string key, IReadOnlyList<string> values)
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

    private static Func<string, bool> Text(IReadOnlyList<string> values, StringComparison comparison) =>
        asked => values.Any(v => v.Equals(asked, comparison));

    private static Func<string, bool> Like(IReadOnlyList<string> values) =>
        asked => values.Any(v => WildcardPattern.Matches(v, asked, ignoreCase: false));

    private static Func<string, bool> Arn(IReadOnlyList<string> values, string key)
    {
        var patterns = values.Select(v => ArnPattern.TryParse(v)
            ?? throw new FormatException($"has the value '{v}' for '{key}', which is neither * nor an ARN such as arn:aws:secretsmanager:*:000000000000:secret:prod/*")).ToList();
        return asked => patterns.Any(p => p.Matches(asked));
    }

    private static Func<string, bool> Ip(IReadOnlyList<string> values, string key)
    {
        var ranges = values.Select(v => AddressRange.TryParse(v)
            ?? throw new FormatException($"has the value '{v}' for '{key}', which is no IP address and no range such as 10.0.0.0/8")).ToList();
        return asked => IPAddress.TryParse(asked, out var address)
            ? ranges.Any(r => r.Contains(address))
            : throw new PolicyFaultException($"the request's {key} is no IP address");
    }

    /// <summary>Reads the policy's values now and the request's value when it is asked; a fault in the first is the policy's, in the second the request's.</summary>
    private static Func<string, bool> Each<T>(IReadOnlyList<string> values, string key, Func<string, string, T> read, Func<T, T, bool> holds)
    {
        var ours = values.Select(v => read(v, key)).ToList();
        return text =>
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

            return ours.Any(o => holds(o, asked));
        };
    }

    private static bool ReadBool(string text, string key) =>
        bool.TryParse(text, out var value) ? value : throw new FormatException($"has the value '{text}' for '{key}', which is neither true nor false");

    private static decimal ReadNumber(string text, string key) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new FormatException($"has the value '{text}' for '{key}', which is no number");

    private static DateTimeOffset ReadDate(string text, string key)
    {
        const DateTimeStyles utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (DateTimeOffset.TryParseExact(text, s_dateFormats, CultureInfo.InvariantCulture, utc, out var date))
            return date;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds())
            return DateTimeOffset.FromUnixTimeSeconds(seconds);
        throw new FormatException($"has the value '{text}' for '{key}', which is no time such as 2026-03-01T00:00:00Z");
    }
}
