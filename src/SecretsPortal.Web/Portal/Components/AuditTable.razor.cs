using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Audit;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>Records of the log as a table.</summary>
public sealed partial class AuditTable : ComponentBase
{
    /// <summary>The records, in the order they are shown.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<AuditEvent> Events { get; set; } = [];
}
