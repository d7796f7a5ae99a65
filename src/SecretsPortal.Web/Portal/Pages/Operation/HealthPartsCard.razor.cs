using Microsoft.AspNetCore.Components;
using SecretsPortal.Services.Start;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Portal.Pages.Operation;

/// <summary>Each part that the portal needs, and whether it is there.</summary>
public sealed partial class HealthPartsCard : ComponentBase
{
    /// <summary>The running portal.</summary>
    [Parameter, EditorRequired]
    public SystemDetail Detail { get; set; } = default!;

    [Inject]
    private PortalSession Place { get; set; } = default!;

    private bool IsBehind => Detail.Audit?.Sinks.Any(sink => sink.AwaySince is not null) == true;

    private string? Away(string part) => Detail.Status.Away.GetValueOrDefault(part);
}
