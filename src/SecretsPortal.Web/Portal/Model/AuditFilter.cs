using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using SecretsPortal.Core.Audit;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>What the log is searched for, as typed; it stands in the address, so that a search can be passed on.</summary>
public sealed record AuditFilter
{
    /// <summary>An action, or an operation's bare name.</summary>
    public string? Action { get; set; }

    /// <summary>An ARN or a bare name.</summary>
    public string? Caller { get; set; }

    /// <summary>A secret's name, or an ARN.</summary>
    public string? Resource { get; set; }

    /// <summary>How it ended.</summary>
    public AuditOutcome? Outcome { get; set; }

    /// <summary>From this time on, in UTC, as the browser's field gives it.</summary>
    public string? From { get; set; }

    /// <summary>Before this time.</summary>
    public string? Until { get; set; }

    /// <summary>The address it came from.</summary>
    public string? Address { get; set; }

    /// <summary>The request's id.</summary>
    public string? Request { get; set; }

    /// <summary>True where nothing narrows.</summary>
    public bool IsEmpty => this == new AuditFilter();

    /// <summary>What keeps the search from being made, by field.</summary>
    public IReadOnlyDictionary<string, string> Faults()
    {
        var faults = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (field, typed) in new[] { ("from", From), ("until", Until) })
        {
            if (Trimmed(typed) is not null && TimeOf(typed) is null)
                faults[field] = AuditText.TimeFault;
        }

        if (TimeOf(From) is { } from && TimeOf(Until) is { } until && until <= from)
            faults["until"] = AuditText.UntilFault;
        return faults;
    }

    /// <summary>What the service takes.</summary>
    public AuditQuery ToQuery(int limit) => new()
    {
        From = TimeOf(From), Until = TimeOf(Until), Caller = Trimmed(Caller), Action = ActionOf(Action), Resource = Trimmed(Resource), Outcome = Outcome,
        SourceAddress = Trimmed(Address), RequestId = Trimmed(Request), Limit = limit,
    };

    /// <summary>The address of the log with this search, and of one record of it.</summary>
    public string ToAddress(long? record = null, bool isFollowing = false) => QueryHelpers.AddQueryString(PortalRoutes.Audit, new Dictionary<string, string?>
    {
        ["action"] = Trimmed(Action), ["caller"] = Trimmed(Caller), ["resource"] = Trimmed(Resource), ["outcome"] = Outcome?.ToString(), ["from"] = Trimmed(From),
        ["until"] = Trimmed(Until), ["address"] = Trimmed(Address), ["request"] = Trimmed(Request), ["record"] = record?.ToString(CultureInfo.InvariantCulture),
        ["follow"] = isFollowing ? "on" : null,
    }.Where(part => part.Value is not null));

    private static string? Trimmed(string? typed) => string.IsNullOrWhiteSpace(typed) ? null : typed.Trim();

    // The browser's field gives a date and a time without a zone.
    private static DateTimeOffset? TimeOf(string? typed) =>
        DateTimeOffset.TryParse(typed, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    // An operation's bare name is taken for the API's, which most are; what is the portal's own is looked up.
    private static string? ActionOf(string? typed) => Trimmed(typed) switch
    {
        null => null,
        var action when action.Contains(':', StringComparison.Ordinal) => action,
        var operation => Core.Policies.PortalActions.Known.FirstOrDefault(known => known.EndsWith($":{operation}", StringComparison.OrdinalIgnoreCase)) ?? $"secretsmanager:{operation}",
    };
}
