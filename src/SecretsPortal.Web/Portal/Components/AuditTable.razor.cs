using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Audit;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>Records of the log as a table.</summary>
public sealed partial class AuditTable : ComponentBase
{
    /// <summary>The records, in the order they are shown.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<AuditEvent> Events { get; set; } = [];

    /// <summary>False where all records are about one resource; the table is narrower then.</summary>
    [Parameter]
    public bool ShowResource { get; set; } = true;

    private static string ToneOf(AuditOutcome outcome) => outcome switch
    {
        AuditOutcome.Succeeded => "good",
        AuditOutcome.Denied => "warn",
        _ => "bad",
    };

    // The whole ARN stands in the title; its first five fields are the same in every row.
    private static string ShortArn(string? arn) =>
        arn is null ? "" : arn.Split(':', 6) is [_, _, _, _, _, var rest] ? rest : arn;

    private static string ShortAction(string action) => action[(action.IndexOf(':', StringComparison.Ordinal) + 1)..];
}
