using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>The fields of a value, by its kind.</summary>
public sealed partial class ValueFields : ComponentBase
{
    private static readonly string[] s_forms = [CreateText.FormRows, CreateText.FormText];

    /// <summary>What is typed.</summary>
    [Parameter, EditorRequired]
    public ValueDraft Draft { get; set; } = default!;

    /// <summary>What is wrong, by field; see <see cref="ValueDraft.Faults"/>.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyDictionary<string, string> Faults { get; set; } = default!;

    /// <summary>Offers the five kinds; without it the draft's kind is asked for.</summary>
    [Parameter]
    public bool ChooseKind { get; set; }

    /// <summary>The secret's name, by which policies may allow testing a connection; null or empty while it is not known.</summary>
    [Parameter]
    public string? SecretName { get; set; }

    private bool Has(string field) => Faults.ContainsKey(field);

    private string? FaultOf(string field) => Faults.GetValueOrDefault(field);

    private void ChooseForm(int index) => Draft.SwitchTo(index == 1 ? SecretKind.Text : SecretKind.KeyValue);
}
