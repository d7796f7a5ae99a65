namespace SecretsPortal.Core.Policies;

/// <summary>A request as the statements ask about it, its ARN taken apart once.</summary>
/// <param name="request">The request.</param>
internal readonly ref struct RequestFacts(AuthorizationRequest request)
{
    /// <summary>The request.</summary>
    public AuthorizationRequest Request { get; } = request;

    /// <summary>The resource's ARN.</summary>
    public ArnFields Resource { get; } = new(request.Resource);

    /// <summary>The account that the caller belongs to; empty where the caller has no ARN.</summary>
    public ReadOnlySpan<char> CallerAccount => new ArnFields(Request.Caller.Arn) is { IsArn: true } arn ? arn[ArnFields.Account] : [];

    /// <summary>The values of a condition key, none where it is missing. Case does not matter.</summary>
    /// <exception cref="PolicyFaultException">Several keys read like it when case is ignored.</exception>
    public IReadOnlyList<string> Values(string key)
    {
        var isTag = key.Contains('/', StringComparison.Ordinal);
        if (!isTag && Request.Context.TryGetValue(key, out var exact))
            return exact;
        // Tags may differ in case alone; then no answer would be right for both of them, not even the exact one's: a second tag that differs in
        // case would slip past a Deny that means both.
        IReadOnlyList<string>? alike = null;
        foreach (var (other, values) in Request.Context)
        {
            if (!other.Equals(key, StringComparison.OrdinalIgnoreCase))
                continue;
            if (alike is not null)
                throw new PolicyFaultException($"the request has several keys that read {key} when case is ignored");
            alike = values;
        }

        return alike ?? [];
    }

    /// <summary>The value of a key that stands as a variable; null where it is missing.</summary>
    /// <exception cref="PolicyFaultException">It has several values, and no text can hold them.</exception>
    public string? Value(string key) => Values(key) switch
    {
        [] => null,
        [var one] => one,
        _ => throw new PolicyFaultException($"the policy variable {key} has several values"),
    };
}

/// <summary>The six fields of an ARN, of which the last may hold colons.</summary>
internal readonly struct ArnFields
{
    /// <summary>How many there are.</summary>
    public const int Count = 6;

    /// <summary>Which one is the account.</summary>
    public const int Account = 4;

    private readonly string _text;
    private readonly Ends _ends;

    /// <summary>Takes a text apart.</summary>
    public ArnFields(string text)
    {
        _text = text;
        var from = 0;
        for (var i = 0; i < Count - 1; i++)
        {
            var colon = text.IndexOf(':', from);
            if (colon < 0)
                return;
            _ends[i] = colon;
            from = colon + 1;
        }

        IsArn = true;
    }

    /// <summary>True where there are six fields.</summary>
    public bool IsArn { get; }

    /// <summary>The field, from 0. Only where <see cref="IsArn"/>.</summary>
    public ReadOnlySpan<char> this[int field]
    {
        get
        {
            var start = field == 0 ? 0 : _ends[field - 1] + 1;
            return field == Count - 1 ? _text.AsSpan(start) : _text.AsSpan(start, _ends[field] - start);
        }
    }

    [System.Runtime.CompilerServices.InlineArray(Count - 1)]
    private struct Ends
    {
        private int _first;
    }
}
