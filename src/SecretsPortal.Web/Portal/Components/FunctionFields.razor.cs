using Microsoft.AspNetCore.Components;
using SecretsPortal.Web.Portal.Model;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>The fields of a rotation function of one kind, for a new one and for a change.</summary>
public sealed partial class FunctionFields : ComponentBase
{
    /// <summary>What is typed; changed in place.</summary>
    [Parameter, EditorRequired]
    public FunctionDraft Draft { get; set; } = default!;

    /// <summary>What is wrong, by the service's name of the field, and <c>variableN.name</c>.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyDictionary<string, string> Faults { get; set; } = default!;

    private bool Has(string field) => Faults.ContainsKey(field);

    private string? FaultOf(string field) => Faults.GetValueOrDefault(field);
}
