using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Audit;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>Records of the log as a table.</summary>
public sealed partial class AuditTable : ComponentBase
{
    /// <summary>The records, in the order they are shown.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<AuditEvent> Events { get; set; } = [];

    /// <summary>The address of a record's details; null where they are not offered.</summary>
    [Parameter]
    public Func<long, string>? DetailsOf { get; set; }

    /// <summary>Records after this one are marked as new.</summary>
    [Parameter]
    public long NewAfter { get; set; } = long.MaxValue;
}
