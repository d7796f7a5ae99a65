using System.Globalization;
using System.Text.Json;

namespace SecretsPortal.Core.Policies;

/// <summary>Reads one statement; every fault names the statement and the field.</summary>
/// <param name="element">The statement's JSON.</param>
/// <param name="number">Its place in the document, from 1.</param>
/// <param name="isResourcePolicy">True where Principal is required.</param>
/// <param name="hasVariables">True where the document's Version has policy variables.</param>
internal sealed class StatementReader(JsonElement element, int number, bool isResourcePolicy, bool hasVariables)
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
                throw Malformed($"has the unknown element {PolicyParser.Quoted(member.Name)}");
        }

        var isDeny = ReadEffect();
        return new PolicyStatement
        {
            Name = sid ?? string.Create(CultureInfo.InvariantCulture, $"#{number}"),
            IsDeny = isDeny,
            Principal = ReadPrincipal(isDeny),
            Action = new ActionElement(ReadEither("Action", ReadAction, out var exceptsActions), exceptsActions),
            Resource = new ResourceElement(ReadEither("Resource", ReadResource, out var exceptsResources), exceptsResources),
            Conditions = [.. ReadConditions()],
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
            throw Malformed($"names a {name} of the kind {PolicyParser.Quoted(other.Name)}. This resource policy contains an unsupported principal; only \"AWS\" is supported");
        var principals = ReadTexts(value.GetProperty("AWS"), name, Variables.None).Select(p => ReadOnePrincipal(p, name)).ToHashSet(StringComparer.Ordinal);
        return new PrincipalElement(principals, hasNot);
    }

    private string ReadOnePrincipal(string text, string name)
    {
        if (text == "*" || text.Length == 12 && text.All(char.IsAsciiDigit))
            return text;
        var isWhole = new ArnFields(text) is { IsArn: true } arn && arn[0] is "arn" && text.AsSpan().IndexOfAny('*', '?') < 0
            && arn[ArnFields.Account].Length == 12 && !arn[ArnFields.Account].ContainsAnyExceptInRange('0', '9')
            && (arn[2] is "iam" or "sts" && arn[3].IsEmpty && !arn[5].IsEmpty
                || arn[2] is "lambda" && !arn[3].IsEmpty && arn[5].StartsWith("function:", StringComparison.Ordinal) && arn[5].Length > "function:".Length);
        if (!isWhole)
            throw Malformed($"names the {name} {PolicyParser.Quoted(text)}. This resource policy contains an unsupported principal; give *, a 12-digit account, or a whole ARN of a user, role or function without wildcards");
        return text.EndsWith(":root", StringComparison.Ordinal) && new ArnFields(text)[5] is "root" ? new ArnFields(text)[ArnFields.Account].ToString() : text;
    }

    private T[] ReadEither<T>(string name, Func<string, string, T> read, out bool isNegated)
    {
        var hasPlain = element.TryGetProperty(name, out var plain);
        isNegated = element.TryGetProperty("Not" + name, out var not);
        if (hasPlain == isNegated)
            throw Malformed($"must have one of {name} and Not{name}");
        var used = isNegated ? "Not" + name : name;
        var variables = name == "Resource" ? Variables.InText : Variables.None;
        return [.. ReadTexts(isNegated ? not : plain, used, variables).Select(t => read(t, used))];
    }

    private WildcardPattern ReadAction(string text, string name) =>
        text == "*" || text.Split(':') is [{ Length: > 0 } service, { Length: > 0 } action]
            && service.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') && action.All(c => char.IsAsciiLetterOrDigit(c) || c is '*' or '?')
            ? new WildcardPattern(text, ignoreCase: true)
            : throw Malformed($"has the {name} {PolicyParser.Quoted(text)}, which is neither * nor like secretsmanager:GetSecretValue");

    private ArnPattern ReadResource(string text, string name)
    {
        var pattern = Checked($"has {name} that", () => ArnPattern.TryParse(text))
            ?? throw Malformed($"has the {name} {PolicyParser.Quoted(text)}, which is neither * nor an ARN such as arn:aws:secretsmanager:*:000000000000:secret:prod/*");
        return pattern.HasVariablesBeforeTheResource
            ? throw Malformed($"has the {name} {PolicyParser.Quoted(text)} with a policy variable before the fifth colon; a variable may stand only in the last part of the ARN")
            : pattern;
    }

    private List<PolicyCondition> ReadConditions()
    {
        var conditions = new List<PolicyCondition>();
        if (!element.TryGetProperty("Condition", out var condition))
            return conditions;
        if (condition.ValueKind != JsonValueKind.Object)
            throw Malformed("has a Condition that is not a JSON object");
        foreach (var operators in condition.EnumerateObject())
        {
            var name = PolicyParser.Quoted(operators.Name);
            if (operators.Value.ValueKind != JsonValueKind.Object)
                throw Malformed($"has a Condition whose operator {name} is not a JSON object of keys");
            foreach (var key in operators.Value.EnumerateObject())
            {
                if (key.Name.Length == 0)
                    throw Malformed($"has a Condition whose operator {name} has an empty key");
                if (key.Name.Contains(PolicyText.Opening, StringComparison.Ordinal))
                    throw Malformed($"has a Condition whose operator {name} has a key with a policy variable, which only values may have");
                var values = ReadTexts(key.Value, $"a Condition value of {PolicyParser.Quoted(key.Name)}", Variables.InValue);
                conditions.Add(Checked("has a Condition that", () => ConditionOperators.Compile(operators.Name, key.Name, values)));
            }
        }

        return conditions;
    }

    private T Checked<T>(string what, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (FormatException e)
        {
            throw Malformed($"{what} {e.Message}");
        }
    }

    private List<string> ReadTexts(JsonElement value, string name, Variables variables)
    {
        var elements = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToList() : [value];
        if (elements.Count == 0)
            throw Malformed($"has nothing in {name}");
        return [.. elements.Select(e => ReadText(e, name, variables))];
    }

    private string ReadText(JsonElement value, string name, Variables variables)
    {
        var text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.True or JsonValueKind.False or JsonValueKind.Number when variables == Variables.InValue => value.GetRawText(),
            _ => throw Malformed($"has {name} that is not a string or a list of strings"),
        };
        if (!text.Contains(PolicyText.Opening, StringComparison.Ordinal))
            return text;
        if (variables == Variables.None)
            throw Malformed($"has {name} with a policy variable, which only Resource, NotResource and the values of a Condition may have");
        // Taken literally, as the older language would, a Deny that relies on a variable would deny nothing.
        return hasVariables
            ? text
            : throw Malformed($"has {name} with a policy variable such as ${{aws:username}}, which needs \"Version\": \"2012-10-17\" in the document");
    }

    private PortalException Malformed(string what) => PolicyParser.Malformed($"{_where} {what}.");

    /// <summary>Where policy variables may stand.</summary>
    private enum Variables
    {
        /// <summary>Nowhere.</summary>
        None,

        /// <summary>In a resource.</summary>
        InText,

        /// <summary>In a condition's value, which may be a number or true or false, too.</summary>
        InValue,
    }
}
