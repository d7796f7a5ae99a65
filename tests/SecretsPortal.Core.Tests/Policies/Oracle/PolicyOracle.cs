using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text.Json;
using System.Text.RegularExpressions;
using SecretsPortal.Core.Policies;

namespace SecretsPortal.Core.Tests.Policies.Oracle;

/// <summary>What the oracle says of one request: the answer, and the statements that decided, as <c>POLICY/SID</c>.</summary>
internal sealed record OracleAnswer(bool IsAllowed, IReadOnlyList<string> Statements);

/// <summary>
/// Decides as the engine should, written a second time from IAM's evaluation rules: it reads the JSON anew for each decision, tries everything
/// and remembers nothing. It shares no code with the engine. It reads valid documents only.
/// </summary>
/// <param name="request">The question; its types are all that is taken from the engine.</param>
internal sealed class PolicyOracle(AuthorizationRequest request)
{
    /// <summary>How often each operator, as written, held and did not.</summary>
    public static Dictionary<string, (long Held, long Failed)> Seen { get; } = [];

    private sealed class Fault : Exception;

    /// <summary>The answer under policies given as name and JSON.</summary>
    public OracleAnswer Decide(IReadOnlyList<(string Name, string Json)> identity, (string Name, string Json)? resource, string? session)
    {
        var (allows, denies, faults, sessionAllows) = (new List<string>(), new List<string>(), new List<string>(), new List<string>());
        foreach (var (name, json) in identity)
            Collect(name, json, allows);
        if (resource is { } hung)
            Collect(hung.Name, hung.Json, allows);
        if (session is not null)
            Collect("session-policy", session, sessionAllows);

        if (denies.Count > 0)
            return new OracleAnswer(false, denies);
        if (faults.Count > 0)
            return new OracleAnswer(false, faults);
        if (allows.Count == 0 || session is not null && sessionAllows.Count == 0)
            return new OracleAnswer(false, []);
        return new OracleAnswer(true, [.. allows, .. sessionAllows]);

        void Collect(string name, string json, List<string> allowing)
        {
            using var document = JsonDocument.Parse(json);
            var statements = Listed(document.RootElement.GetProperty("Statement"));
            for (var i = 0; i < statements.Count; i++)
            {
                var cited = $"{name}/{(statements[i].TryGetProperty("Sid", out var sid) ? sid.GetString() : $"#{i + 1}")}";
                var isDeny = statements[i].GetProperty("Effect").GetString() == "Deny";
                try
                {
                    if (Applies(statements[i], isDeny))
                        (isDeny ? denies : allowing).Add(cited);
                }
                catch (Fault)
                {
                    faults.Add(cited);
                }
            }
        }
    }

    private bool Applies(JsonElement statement, bool isDeny) =>
        PrincipalApplies(statement, isDeny) && ActionApplies(statement) && ResourceApplies(statement, isDeny) && ConditionsHold(statement);

    private bool PrincipalApplies(JsonElement statement, bool isDeny)
    {
        if (statement.TryGetProperty("Principal", out var principal))
            return PrincipalsOf(principal).Any(p => p == "*" || p == request.Caller.Arn || isDeny && p == AccountOf(request.Caller.Arn));
        if (statement.TryGetProperty("NotPrincipal", out var others))
            return !PrincipalsOf(others).Any(p => p == "*" || p == request.Caller.Arn);
        return true;

        static List<string> PrincipalsOf(JsonElement element) =>
            [.. Texts(element.ValueKind == JsonValueKind.Object ? element.GetProperty("AWS") : element).Select(p => p.EndsWith(":root", StringComparison.Ordinal) ? AccountOf(p) : p)];

        static string AccountOf(string arn) => arn.Split(':')[4];
    }

    private bool ActionApplies(JsonElement statement)
    {
        var action = request.Action.ToLowerInvariant();
        return statement.TryGetProperty("Action", out var some)
            ? Texts(some).Any(p => Fits(Wild(p.ToLowerInvariant()), action))
            : !Texts(statement.GetProperty("NotAction")).Any(p => Fits(Wild(p.ToLowerInvariant()), action));
    }

    private bool ResourceApplies(JsonElement statement, bool isDeny)
    {
        if (statement.TryGetProperty("Resource", out var some))
            return Texts(some).Any(p => ArnFits(p, request.Resource));
        var spared = Texts(statement.GetProperty("NotResource"));
        if (spared.Any(p => ArnFits(p, request.Resource)))
            return false;
        // An Allow of all but something unknown allows nothing.
        return isDeny || spared.All(p => Filled(p) is not null);
    }

    private bool ConditionsHold(JsonElement statement)
    {
        if (!statement.TryGetProperty("Condition", out var condition))
            return true;
        foreach (var named in condition.EnumerateObject())
        {
            foreach (var key in named.Value.EnumerateObject())
            {
                var holds = ConditionHolds(named.Name, key.Name, Texts(key.Value));
                var (held, failed) = Seen.GetValueOrDefault(named.Name);
                Seen[named.Name] = holds ? (held + 1, failed) : (held, failed + 1);
                if (!holds)
                    return false;
            }
        }

        return true;
    }

    private bool ConditionHolds(string name, string key, List<string> values)
    {
        var asked = ValuesOf(key);
        if (name == "Null")
            return (asked.Count == 0) == Same(values[0], "true");
        var forAll = name.StartsWith("ForAllValues:", StringComparison.Ordinal);
        var forAny = name.StartsWith("ForAnyValue:", StringComparison.Ordinal);
        var bare = name[(name.IndexOf(':', StringComparison.Ordinal) + 1)..];
        var ifExists = bare.EndsWith("IfExists", StringComparison.Ordinal);
        bare = ifExists ? bare[..^8] : bare;
        var negated = bare.Contains("Not", StringComparison.Ordinal);
        var positive = bare.Replace("Not", "", StringComparison.Ordinal);
        if (asked.Count == 0)
            return ifExists || forAll || negated && !forAny;
        foreach (var one in asked)
        {
            var matches = values.Any(v => Matches(positive, v, one));
            if (forAll && matches == negated)
                return false;
            if (forAny && matches != negated)
                return true;
            if (!forAll && !forAny && matches)
                return !negated;
        }

        return forAll || !forAny && negated;
    }

    private bool Matches(string name, string value, string asked) => name switch
    {
        "StringEquals" => Filled(value) is { } text && Plain(text) == asked,
        "StringEqualsIgnoreCase" => Filled(value) is { } text && Same(Plain(text), asked),
        "StringLike" => Filled(value) is { } pattern && Fits(pattern, asked),
        "ArnEquals" or "ArnLike" => ArnFits(value, asked),
        "Bool" => Same(value, "true") == BoolOf(asked),
        "BinaryEquals" => Bytes(value).SequenceEqual(Bytes(asked)),
        "IpAddress" => InRange(value, asked),
        _ when name.StartsWith("Numeric", StringComparison.Ordinal) => Compares(name[7..], Number(asked), Number(value)),
        _ => Compares(name[4..], Instant(asked), Instant(value)),
    };

    private static bool Compares(string how, BigInteger asked, BigInteger value) => how switch
    {
        "Equals" => asked == value,
        "LessThan" => asked < value,
        "LessThanEquals" => asked <= value,
        "GreaterThan" => asked > value,
        _ => asked >= value,
    };

    private List<string> ValuesOf(string key)
    {
        var alike = request.Context.Keys.Where(k => Same(k, key)).ToList();
        return alike.Count switch
        {
            0 => [],
            1 => [.. request.Context[alike[0]]],
            _ => throw new Fault(),
        };
    }

    // Each field for itself, the last one first; only * fits what is no ARN.
    private bool ArnFits(string pattern, string text)
    {
        if (pattern == "*")
            return true;
        var fields = Regex.Replace(pattern, @"\$\{[^}]*\}", m => m.Value.Replace(':', '\u0001')).Split(':', 6).Select(f => f.Replace('\u0001', ':')).ToList();
        var asked = text.Split(':', 6);
        return asked.Length == 6 && Enumerable.Range(0, 6).Reverse().All(i => Filled(fields[i]) is { } field && Fits(field, asked[i]));
    }

    // Characters, each with whether it is a wildcard; null where a variable has no value.
    private List<(char Char, bool IsWild)>? Filled(string text)
    {
        var filled = new List<(char, bool)>();
        foreach (Match part in Regex.Matches(text, @"\$\{(?<inner>[^}]*)\}|[\s\S]"))
        {
            if (!part.Groups["inner"].Success)
            {
                filled.AddRange(Wild(part.Value));
                continue;
            }

            var inner = part.Groups["inner"].Value;
            if (inner is "*" or "?" or "$")
            {
                filled.Add((inner[0], false));
                continue;
            }

            var keyAndDefault = inner.Split(',', 2);
            var values = ValuesOf(keyAndDefault[0].Trim());
            if (values.Count > 1)
                throw new Fault();
            var value = values.Count == 1 ? values[0] : keyAndDefault.Length == 2 ? keyAndDefault[1].Trim()[1..^1] : null;
            if (value is null)
                return null;
            filled.AddRange(value.Select(c => (c, false)));
        }

        return filled;
    }

    private static List<(char Char, bool IsWild)> Wild(string text) => [.. text.Select(c => (c, c is '*' or '?'))];

    private static string Plain(List<(char Char, bool IsWild)> text) => string.Concat(text.Select(c => c.Char));

    private static bool Fits(List<(char Char, bool IsWild)> pattern, string text) => Fits(pattern, 0, text, 0);

    private static bool Fits(List<(char Char, bool IsWild)> pattern, int p, string text, int t)
    {
        if (p == pattern.Count)
            return t == text.Length;
        if (pattern[p] is ('*', true))
            return Fits(pattern, p + 1, text, t) || t < text.Length && Fits(pattern, p, text, t + 1);
        return t < text.Length && (pattern[p] is ('?', true) || pattern[p].Char == text[t]) && Fits(pattern, p + 1, text, t + 1);
    }

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    private static bool BoolOf(string text) => Same(text, "true") || (Same(text, "false") ? false : throw new Fault());

    private static byte[] Bytes(string text)
    {
        try
        {
            var bytes = Convert.FromBase64String(text);
            return Convert.ToBase64String(bytes) == text ? bytes : throw new Fault();
        }
        catch (FormatException)
        {
            throw new Fault();
        }
    }

    // In parts of 10^-9, so that everything is a whole number.
    private static BigInteger Number(string text)
    {
        var match = Regex.Match(text, @"^(?<sign>[+-]?)(?<whole>\d*)(\.(?<part>\d{0,9}))?$");
        if (!match.Success || match.Groups["whole"].Length + match.Groups["part"].Length == 0)
            throw new Fault();
        var parts = BigInteger.Parse("0" + match.Groups["whole"].Value + match.Groups["part"].Value.PadRight(9, '0'), CultureInfo.InvariantCulture);
        return match.Groups["sign"].Value == "-" ? -parts : parts;
    }

    // In ticks of 10^-7 seconds since the year 1, counted by hand.
    private static BigInteger Instant(string text)
    {
        if (Regex.IsMatch(text, @"^\d+$"))
            return (BigInteger.Parse(text, CultureInfo.InvariantCulture) + Days(1970, 1, 1) * 86400) * 10_000_000;
        var match = Regex.Match(text, @"^(\d{4})-(\d\d)-(\d\d)(T(\d\d):(\d\d)(:(\d\d)(\.(\d{1,7}))?)?(Z|(\+|-)(\d\d):(\d\d))?)?$");
        if (!match.Success)
            throw new Fault();
        BigInteger seconds = Days(Part(1), Part(2), Part(3)) * 86400L + Part(5) * 3600 + Part(6) * 60 + Part(8);
        var offset = Part(13) * 3600 + Part(14) * 60;
        seconds -= match.Groups[12].Value == "-" ? -offset : offset;
        return seconds * 10_000_000 + int.Parse(match.Groups[10].Value.PadRight(7, '0'), CultureInfo.InvariantCulture);

        int Part(int group) => match.Groups[group].Success ? int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture) : 0;
    }

    private static long Days(int year, int month, int day)
    {
        int[] lengths = [31, IsLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        return Enumerable.Range(1, year - 1).Sum(y => IsLeap(y) ? 366L : 365L) + lengths.Take(month - 1).Sum() + day - 1;

        static bool IsLeap(int y) => y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    }

    private static bool InRange(string range, string asked)
    {
        if (!IPAddress.TryParse(asked, out var address))
            throw new Fault();
        var (text, bits) = range.Split('/') is [var host, var length] ? (host, int.Parse(length, CultureInfo.InvariantCulture)) : (range, 999);
        var (ours, theirs) = (Bits(IPAddress.Parse(text)), Bits(address));
        if (IPAddress.Parse(text).IsIPv4MappedToIPv6)
            bits -= 96;
        return ours.Length == theirs.Length && ours[..Math.Min(bits, ours.Length)] == theirs[..Math.Min(bits, ours.Length)];
    }

    private static string Bits(IPAddress address) =>
        string.Concat((address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).GetAddressBytes().Select(b => Convert.ToString(b, 2).PadLeft(8, '0')));

    private static List<JsonElement> Listed(JsonElement element) => element.ValueKind == JsonValueKind.Array ? [.. element.EnumerateArray()] : [element];

    private static List<string> Texts(JsonElement element) =>
        [.. Listed(element).Select(e => e.ValueKind == JsonValueKind.String ? e.GetString()! : e.GetRawText())];
}
