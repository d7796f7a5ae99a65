using SecretsPortal.Core.Policies;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>A question about access while it is typed: whose, what, on which.</summary>
public sealed class AccessDraft
{
    /// <summary>Whose access.</summary>
    public Subject Who { get; set; }

    /// <summary>The caller's name; of no account for one's own access.</summary>
    public string Name { get; set; } = "";

    /// <summary>Such as <c>secretsmanager:GetSecretValue</c>.</summary>
    public string Action { get; set; } = SecretActions.GetSecretValue;

    /// <summary>A secret's name or ARN, another ARN, or <c>*</c>.</summary>
    public string Resource { get; set; } = "";

    /// <summary>Conditions that are assumed of the request, in place of what the portal assumes; rows without a key do not count.</summary>
    public IList<DraftRow> Conditions { get; private init; } = [];

    /// <summary>Whom a question can be about.</summary>
    public enum Subject
    {
        /// <summary>The one who asks.</summary>
        Myself,

        /// <summary>A user.</summary>
        User,

        /// <summary>A client.</summary>
        Client,

        /// <summary>A rotation function.</summary>
        Function,
    }

    /// <summary>What keeps the question from being asked, by field.</summary>
    public IReadOnlyDictionary<string, string> Faults()
    {
        var faults = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Who != Subject.Myself && Name.Trim().Length == 0)
            faults["name"] = AccessText.WhoMissing;
        if (!PortalActions.Known.Contains(Action.Trim(), StringComparer.Ordinal))
            faults["action"] = AccessText.WhyActionFault;
        if (Resource.Trim().Length == 0)
            faults["resource"] = AccessText.WhyResourceFault;
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < Conditions.Count; i++)
        {
            if (Conditions[i].Name.Trim().Length == 0 && Conditions[i].Value.Length > 0)
                faults[$"when{i}.name"] = AccessText.ConditionUnnamed;
            else if (Conditions[i].Name.Trim().Length > 0 && !seen.Add(Conditions[i].Name.Trim()))
                faults[$"when{i}.name"] = AccessText.ConditionTwice;
        }

        return faults;
    }

    /// <summary>The conditions as they stand in an address: <c>key=value</c> each.</summary>
    public IReadOnlyList<string> ToWhen() => [.. Conditions.Where(static row => row.Name.Trim().Length > 0).Select(static row => $"{row.Name.Trim()}={row.Value.Trim()}")];

    /// <summary>The conditions of an address as the service takes them; null where there are none. Several values of a key are separated by commas.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>>? ContextOf(IEnumerable<string>? when)
    {
        var context = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var row in RowsOf(when).Where(static row => row.Name.Length > 0))
            context[row.Name] = row.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return context.Count == 0 ? null : context;
    }

    private static IEnumerable<DraftRow> RowsOf(IEnumerable<string>? when) => (when ?? []).Select(static text =>
        text.Split('=', 2) is [var key, var value] ? new DraftRow { Name = key.Trim(), Value = value } : new DraftRow { Name = text.Trim() });

    /// <summary>The caller's ARN; null for one's own.</summary>
    public string? CallerArn(string account, string region) => Who switch
    {
        Subject.User => $"arn:aws:iam::{account}:user/{Name.Trim()}",
        Subject.Client => $"arn:aws:iam::{account}:user/client/{Name.Trim()}",
        Subject.Function => $"arn:aws:lambda:{region}:{account}:function:{Name.Trim()}",
        _ => null,
    };

    /// <summary>The draft of an address: what it does not say is left to be filled in.</summary>
    public static AccessDraft Of(string? callerArn, string? action, string? resource, IEnumerable<string>? when = null)
    {
        var (who, name) = AuditWords.ShortArn(callerArn) switch
        {
            { } rest when rest.StartsWith("user/client/", StringComparison.Ordinal) => (Subject.Client, rest["user/client/".Length..]),
            { } rest when rest.StartsWith("user/", StringComparison.Ordinal) => (Subject.User, rest["user/".Length..]),
            { } rest when rest.StartsWith("function:", StringComparison.Ordinal) => (Subject.Function, rest["function:".Length..]),
            { Length: > 0 } rest => (Subject.User, rest),
            _ => (Subject.Myself, ""),
        };
        return new AccessDraft { Who = who, Name = name, Action = action ?? SecretActions.GetSecretValue, Resource = resource ?? "", Conditions = [.. RowsOf(when)] };
    }
}
