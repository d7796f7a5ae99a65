using Microsoft.AspNetCore.Components;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>Names and values as rows that can be added and removed.</summary>
public sealed partial class RowFields : ComponentBase
{
    private bool _showsValues;

    /// <summary>The rows; changed in place.</summary>
    [Parameter, EditorRequired]
    public IList<DraftRow> Rows { get; set; } = default!;

    /// <summary>What is wrong, by <c>PREFIXn.name</c> and <c>PREFIXn.value</c>.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyDictionary<string, string> Faults { get; set; } = default!;

    /// <summary>The faults' prefix.</summary>
    [Parameter, EditorRequired]
    public string Prefix { get; set; } = "";

    /// <summary>What a name is called.</summary>
    [Parameter]
    public string NameLabel { get; set; } = ShellText.RowKey;

    /// <summary>What a value is called.</summary>
    [Parameter]
    public string ValueLabel { get; set; } = ShellText.RowValue;

    /// <summary>What adding a row is called.</summary>
    [Parameter]
    public string AddLabel { get; set; } = ShellText.RowAdd;

    /// <summary>True where the values are secret: hidden until they are asked for, and in a fixed-width type.</summary>
    [Parameter]
    public bool IsSecret { get; set; }

    private bool Has(string field) => Faults.ContainsKey(field);

    private string? FaultOf(string field) => Faults.GetValueOrDefault(field);

    private void Add() => Rows.Add(new DraftRow());

    private void Remove(DraftRow row) => Rows.Remove(row);
}
