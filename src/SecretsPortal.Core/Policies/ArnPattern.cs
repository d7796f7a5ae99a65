namespace SecretsPortal.Core.Policies;

/// <summary>
/// <c>*</c>, or an ARN of six fields, each of them a <see cref="WildcardPattern"/>. A wildcard or a variable never reaches past its field, save
/// that the last field may hold colons.
/// </summary>
internal sealed class ArnPattern
{
    private readonly WildcardPattern[]? _fields;

    private ArnPattern(WildcardPattern[]? fields) => _fields = fields;

    /// <summary>True where a field before the last one depends on the request.</summary>
    public bool HasVariablesBeforeTheResource => _fields is not null && _fields[..^1].Any(f => f.HasVariables);

    /// <summary>True where the pattern depends on the request.</summary>
    public bool HasVariables => _fields is not null && _fields.Any(f => f.HasVariables);

    /// <summary>
    /// Reads a pattern; null where it is neither <c>*</c> nor an ARN of six fields. <see cref="FormatException"/> for a variable that is not
    /// written like one.
    /// </summary>
    public static ArnPattern? TryParse(string text)
    {
        if (text == "*")
            return new ArnPattern(null);
        var fields = PolicyText.Split(text, ArnFields.Count);
        return fields.Count == ArnFields.Count && fields[0] == "arn" && IsAccount(fields[ArnFields.Account]) && fields[^1].Length > 0
            ? new ArnPattern([.. fields.Select(f => new WildcardPattern(f))])
            : null;
    }

    /// <summary>True where the ARN fits; only <c>*</c> fits what is no ARN.</summary>
    public bool Matches(in ArnFields arn, in RequestFacts facts)
    {
        if (_fields is null)
            return true;
        if (!arn.IsArn)
            return false;
        // The last field tells most apart.
        for (var i = ArnFields.Count - 1; i >= 0; i--)
        {
            if (!_fields[i].Matches(arn[i], facts))
                return false;
        }

        return true;
    }

    /// <summary>True where each variable has a value for this request.</summary>
    public bool IsKnown(in RequestFacts facts)
    {
        foreach (var field in _fields ?? [])
        {
            if (!field.IsKnown(facts))
                return false;
        }

        return true;
    }

    /// <summary>Refuses an ARN that forgot a field: a Deny of <c>arn:aws:secretsmanager:*:secret:x</c> would deny nothing.</summary>
    private static bool IsAccount(string field) =>
        field == "aws" || field.Contains(PolicyText.Opening, StringComparison.Ordinal) || field.All(c => char.IsAsciiDigit(c) || c is '*' or '?');
}
