using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Policies;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>What one statement had to say about a question.</summary>
public sealed partial class TraceLine : ComponentBase
{
    [Inject]
    private PortalSession Place { get; set; } = default!;

    /// <summary>The statement.</summary>
    [Parameter, EditorRequired]
    public StatementTrace Line { get; set; } = default!;
}
