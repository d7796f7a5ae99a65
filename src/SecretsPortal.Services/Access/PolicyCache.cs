using SecretsPortal.Core;
using SecretsPortal.Core.Policies;

namespace SecretsPortal.Services.Access;

/// <summary>
/// Keeps policies parsed, by their text: one text is always the same policy, so nothing here can be out of date. What would not be read, and
/// so must deny, is kept too.
/// </summary>
internal sealed class PolicyCache(long capacity = PolicyCache.LongestTexts)
{
    // Characters of all texts that are kept.
    private const long LongestTexts = 4_000_000;

    private readonly BoundedCache<(string Text, bool IsResourcePolicy), PolicyDocument?> _parsed = new(capacity);

    /// <summary>How many are kept.</summary>
    public int Count => _parsed.Count;

    /// <summary>The parsed policy; null where it can't be read.</summary>
    public PolicyDocument? Read(string text, bool isResourcePolicy) =>
        _parsed.TryGet((text, isResourcePolicy), out var known) ? known : _parsed.Keep((text, isResourcePolicy), Parse(text, isResourcePolicy), text.Length);

    private static PolicyDocument? Parse(string text, bool isResourcePolicy)
    {
        try
        {
            return PolicyDocument.Parse(text, isResourcePolicy);
        }
        catch (PortalException)
        {
            return null;
        }
    }
}
