using SecretsPortal.Core.Audit;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>What stands in records, shortened for people; the whole of it belongs into a title.</summary>
internal static class AuditWords
{
    /// <summary>An ARN without its first five fields, which are the same in every record.</summary>
    public static string ShortArn(string? arn) =>
        arn is null ? "" : arn.Split(':', 6) is [_, _, _, _, _, var rest] ? rest : arn;

    /// <summary>An action without the service it belongs to.</summary>
    public static string ShortAction(string action)
    {
        ArgumentNullException.ThrowIfNull(action);
        return action[(action.IndexOf(':', StringComparison.Ordinal) + 1)..];
    }

    /// <summary>The colour of an outcome.</summary>
    public static string ToneOf(AuditOutcome outcome) => outcome switch
    {
        AuditOutcome.Succeeded => "good",
        AuditOutcome.Denied => "warn",
        _ => "bad",
    };
}
