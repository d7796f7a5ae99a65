using System.Globalization;
using System.Text.Json;

namespace SecretsPortal.Core.Policies;

/// <summary>Reads one statement; every fault names the statement and the field.</summary>
/// <param name="element">The statement's JSON.</param>
/// <param name="number">Its place in the document, from 1.</param>
/// <param name="isResourcePolicy">True where Principal is required.</param>
internal sealed class StatementReader(JsonElement element, int number, bool isResourcePolicy)
{
    private const int MaxSidLength = 128;

    private static readonly string[] s_elements =
        ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

    private string _where = $"Statement {number}";

    /// <summary>The statement.</summary>
    public PolicyStatement Read()
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw Malformed("must be a JSON object");
        var sid = ReadSid();
        foreach (var member in element.EnumerateObject())
        {
            if (!s_elements.Contains(member.Name))
                throw Malformed($"has the unknown element '{member.Name}'");
        }

        var isDeny = ReadEffect();
        return new PolicyStatement
        {
            Name = sid ?? string.Create(CultureInfo.InvariantCulture, $"#{number}"),
            IsDeny = isDeny,
            Principal = ReadPrincipal(isDeny),
            Action = ReadEither("Action", ReadAction),
            Resource = ReadEither("Resource", ReadResource),
            Conditions = ReadConditions(),
        };
    }

    private string? ReadSid()
    {
        if (!element.TryGetProperty("Sid", out var sid))
            return null;
        if (sid.ValueKind != JsonValueKind.String || sid.GetString() is not { Length: <= MaxSidLength } text || !text.All(IsSidCharacter))
            throw Malformed($"has a Sid that is not text of at most {MaxSidLength} letters, digits, blanks, hyphens and underscores");
        if (text.Length == 0)
            return null;
        _where = $"Statement {number} ({text})";
        return text;

        static bool IsSidCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is ' ' or '-' or '_';
    }

    private bool ReadEffect()
    {
        if (!element.TryGetProperty("Effect", out var effect))
            throw Malformed("has no Effect");
        return (effect.ValueKind == JsonValueKind.String ? effect.GetString() : null) switch
        {
            "Allow" => false,
            "Deny" => true,
            _ => throw Malformed("has an Effect that is neither \"Allow\" nor \"Deny\""),
        };
    }

    private PrincipalElement? ReadPrincipal(bool isDeny)
    {
        var hasPrincipal = element.TryGetProperty("Principal", out var principal);
        var hasNot = element.TryGetProperty("NotPrincipal", out var notPrincipal);
        if (!isResourcePolicy)
            return hasPrincipal || hasNot
                ? throw Malformed($"has {(hasPrincipal ? "Principal" : "NotPrincipal")}, which only a resource policy may have")
                : null;
        if (hasPrincipal == hasNot)
            throw Malformed("must have one of Principal and NotPrincipal");
        if (hasNot && !isDeny)
            throw Malformed("has NotPrincipal with \"Allow\", which would allow everyone else; use Principal");

        var name = hasNot ? "NotPrincipal" : "Principal";
        var value = hasNot ? notPrincipal : principal;
        if (value.ValueKind == JsonValueKind.String && value.GetString() == "*")
            return new PrincipalElement(new HashSet<string>(["*"]), hasNot);
        if (value.ValueKind != JsonValueKind.Object || !value.EnumerateObject().Any())
            throw Malformed($"has a {name} that is neither \"*\" nor an object such as {{\"AWS\": \"arn:aws:iam::000000000000:user/NAME\"}}");
        if (value.EnumerateObject().FirstOrDefault(m => m.Name != "AWS") is { Value.ValueKind: not JsonValueKind.Undefined } other)
            throw Malformed($"names a {name} of the kind '{other.Name}'. This resource policy contains an unsupported principal; only \"AWS\" is supported");
        var principals = ReadTexts(value.GetProperty("AWS"), name).Select(p => ReadOnePrincipal(p, name)).ToHashSet(StringComparer.Ordinal);
        return new PrincipalElement(principals, hasNot);
    }

    private string ReadOnePrincipal(string text, string name)
    {
        if (text == "*" || text.Length == 12 && text.All(char.IsAsciiDigit))
            return text;
        if (text.Split(':', 6) is not ["arn", _, "iam" or "sts", "", { Length: 12 } account, { Length: > 0 } resource]
            || !account.All(char.IsAsciiDigit) || text.AsSpan().IndexOfAny('*', '?') >= 0)
            throw Malformed($"names the {name} '{text}'. This resource policy contains an unsupported principal; give *, a 12-digit account, or a whole ARN without wildcards");
        return resource == "root" ? account : text;
    }

    private MatchElement<T> ReadEither<T>(string name, Func<string, string, T> read)
    {
        var hasPlain = element.TryGetProperty(name, out var plain);
        var hasNot = element.TryGetProperty("Not" + name, out var not);
        if (hasPlain == hasNot)
            throw Malformed($"must have one of {name} and Not{name}");
        var used = hasNot ? "Not" + name : name;
        return new MatchElement<T>([.. ReadTexts(hasNot ? not : plain, used).Select(t => read(t, used))], hasNot);
    }

    private WildcardPattern ReadAction(string text, string name) =>
        text == "*" || text.Split(':') is [{ Length: > 0 } service, { Length: > 0 } action]
            && service.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') && action.All(c => char.IsAsciiLetterOrDigit(c) || c is '*' or '?')
            ? new WildcardPattern(text, IgnoreCase: true)
            : throw Malformed($"has the {name} '{text}', which is neither * nor like secretsmanager:GetSecretValue");

    private ArnPattern ReadResource(string text, string name) =>
        ArnPattern.TryParse(text) ?? throw Malformed($"has the {name} '{text}', which is neither * nor an ARN such as arn:aws:secretsmanager:*:000000000000:secret:prod/*");

    private List<PolicyCondition> ReadConditions()
    {
        var conditions = new List<PolicyCondition>();
        if (!element.TryGetProperty("Condition", out var condition))
            return conditions;
        if (condition.ValueKind != JsonValueKind.Object)
            throw Malformed("has a Condition that is not a JSON object");
        foreach (var operators in condition.EnumerateObject())
        {
            if (operators.Value.ValueKind != JsonValueKind.Object)
                throw Malformed($"has a Condition whose operator '{operators.Name}' is not a JSON object of keys");
            foreach (var key in operators.Value.EnumerateObject())
            {
                if (key.Name.Length == 0)
                    throw Malformed($"has a Condition whose operator '{operators.Name}' has an empty key");
                var values = ReadTexts(key.Value, $"a Condition value of '{key.Name}'", literals: true);
                conditions.Add(Compile(operators.Name, key.Name, values));
            }
        }

        return conditions;
    }

    private PolicyCondition Compile(string name, string key, IReadOnlyList<string> values)
    {
        try
        {
            return ConditionOperators.Compile(name, key, values);
        }
        catch (FormatException e)
        {
            throw Malformed($"has a Condition that {e.Message}");
        }
    }

    private List<string> ReadTexts(JsonElement value, string name, bool literals = false)
    {
        var elements = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToList() : [value];
        if (elements.Count == 0)
            throw Malformed($"has nothing in {name}");
        return [.. elements.Select(e => ReadText(e, name, literals))];
    }

    private string ReadText(JsonElement value, string name, bool literals)
    {
        var text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.True or JsonValueKind.False or JsonValueKind.Number when literals => value.GetRawText(),
            _ => throw Malformed($"has {name} that is not a string or a list of strings"),
        };
        // Taken literally, a Deny that relies on a variable would deny nothing.
        return text.Contains("${", StringComparison.Ordinal)
            ? throw Malformed($"has {name} with a policy variable such as ${{aws:username}}, which the portal does not support; write the value itself")
            : text;
    }

    private PortalException Malformed(string what) => PolicyParser.Malformed($"{_where} {what}.");
}
