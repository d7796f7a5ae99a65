using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>The five kinds of secrets, to choose one of.</summary>
public sealed partial class KindFields : ComponentBase
{
    private static readonly (SecretKind Kind, string Name, string Hint)[] s_kinds =
    [
        (SecretKind.RdsDatabase, CreateText.KindRds, CreateText.KindRdsHint),
        (SecretKind.DocumentDb, CreateText.KindDocumentDb, CreateText.KindDocumentDbHint),
        (SecretKind.Redshift, CreateText.KindRedshift, CreateText.KindRedshiftHint),
        (SecretKind.OtherDatabase, CreateText.KindOtherDatabase, CreateText.KindOtherDatabaseHint),
        (SecretKind.KeyValue, CreateText.KindOther, CreateText.KindOtherHint),
    ];

    /// <summary>What is typed; its kind is changed in place.</summary>
    [Parameter, EditorRequired]
    public ValueDraft Draft { get; set; } = default!;

    /// <summary>Another kind was chosen.</summary>
    [Parameter]
    public EventCallback<SecretKind> Changed { get; set; }

    // Rows and plain text are two forms of one kind.
    private SecretKind Shown => Draft.Kind == SecretKind.Text ? SecretKind.KeyValue : Draft.Kind;

    private Task Choose(SecretKind kind)
    {
        if (kind == Shown)
            return Task.CompletedTask;
        Draft.SwitchTo(kind);
        return Changed.InvokeAsync(kind);
    }
}
