using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Session;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>The step that says whether, when and by whom a secret rotates.</summary>
public sealed partial class CreateRotationFields : ComponentBase
{
    [Inject]
    private PortalSession Session { get; set; } = default!;

    [Inject]
    private ConnectionTester Tester { get; set; } = default!;

    /// <summary>What is typed; changed in place.</summary>
    [Parameter, EditorRequired]
    public SecretDraft Draft { get; set; } = default!;

    /// <summary>What is wrong, by field.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyDictionary<string, string> Faults { get; set; } = default!;

    // A database whose passwords the portal can change needs no function; what nobody checks may be drawn anew.
    private RotationBy[] Offered => Draft.Value.IsDatabase
        ? Tester.KindOf(Draft.Value.EngineName) is null ? [RotationBy.Function] : [RotationBy.Engine, RotationBy.Function]
        : Draft.Value.Kind == SecretKind.Text && JsonText.IsMeant(Draft.Value.Text) ? [RotationBy.Function] : [RotationBy.Generator, RotationBy.Function];

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        if (!Offered.Contains(Draft.RotatesBy))
            Draft.RotatesBy = Offered[0];
    }

    private bool Has(string field) => Faults.ContainsKey(field);

    private string? FaultOf(string field) => Faults.GetValueOrDefault(field);

    private string NameOf(RotationBy by) => by switch
    {
        RotationBy.Engine => Words.Fill(CreateText.ByEngine, Tester.KindOf(Draft.Value.EngineName)?.Name),
        RotationBy.Generator => CreateText.ByGenerator,
        _ => CreateText.ByFunction,
    };

    private static string HintOf(RotationBy by) => by switch
    {
        RotationBy.Engine => CreateText.ByEngineHint,
        RotationBy.Generator => CreateText.ByGeneratorHint,
        _ => CreateText.ByFunctionHint,
    };
}
