using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Rotation.Functions;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>The step that says whether, when and by whom a secret rotates.</summary>
public sealed partial class CreateRotationFields : PortalPage
{
    // No ARN looks like this.
    private const string Another = "another";

    private IReadOnlyList<FunctionChoice>? _functions;
    private bool _isAsked;
    private bool _isTyped;

    [Inject]
    private FunctionService Functions { get; set; } = default!;

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

    // Nothing yet where none is chosen; what is not among them was typed.
    private string? Chosen => _isTyped ? Another
        : Draft.FunctionArn.Length == 0 ? null
        : _functions!.Any(function => function.Arn == Draft.FunctionArn) ? Draft.FunctionArn : Another;

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        if (!Offered.Contains(Draft.RotatesBy))
            Draft.RotatesBy = Offered[0];
    }

    /// <inheritdoc/>
    protected override Task OnParametersSetAsync() => LoadFunctions();

    private Task Rotate()
    {
        Draft.Rotates = true;
        return LoadFunctions();
    }

    private Task RotateBy(RotationBy by)
    {
        Draft.RotatesBy = by;
        return LoadFunctions();
    }

    // Once, and for those who come to choose one. Who may not list functions types the ARN.
    private async Task LoadFunctions()
    {
        if (_isAsked || Draft is not { Rotates: true, RotatesBy: RotationBy.Function })
            return;
        _isAsked = true;
        if (await May(PortalActions.ListFunctions, "*"))
            await Ask(async call => _functions = await Functions.Permitting(call, Draft.Name, Leaving));
    }

    private void Choose(string? chosen)
    {
        _isTyped = chosen == Another;
        Draft.FunctionArn = _isTyped ? "" : chosen ?? "";
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
