using Microsoft.AspNetCore.Components;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>The step that names a secret: description, tags, key and replicas with it.</summary>
public sealed partial class CreateNameFields : ComponentBase
{
    [Inject]
    private PortalSession Session { get; set; } = default!;

    /// <summary>What is typed; changed in place.</summary>
    [Parameter, EditorRequired]
    public SecretDraft Draft { get; set; } = default!;

    /// <summary>What is wrong, by field.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyDictionary<string, string> Faults { get; set; } = default!;

    private bool Has(string field) => Faults.ContainsKey(field);

    private string? FaultOf(string field) => Faults.GetValueOrDefault(field);
}
