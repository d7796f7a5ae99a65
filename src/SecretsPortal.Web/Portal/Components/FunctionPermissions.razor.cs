using Microsoft.AspNetCore.Components;
using SecretsPortal.Core;
using SecretsPortal.Services.Rotation.Functions;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>What both sides must agree to before a function rotates a secret, and a check that tells which side is missing.</summary>
public sealed partial class FunctionPermissions : PortalPage
{
    private FunctionDetail? _shown;
    private string _secret = "";
    private string? _secretFault;
    private FunctionAgreement? _agreement;

    [Inject]
    private FunctionService Functions { get; set; } = default!;

    [Inject]
    private SecretReader Reader { get; set; } = default!;

    /// <summary>The function.</summary>
    [Parameter, EditorRequired]
    public FunctionDetail Function { get; set; } = default!;

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        // What was found out about another state of the function holds no more.
        if (!ReferenceEquals(_shown, Function))
            (_shown, _agreement) = (Function, null);
    }

    private async Task Check()
    {
        (_agreement, _secretFault) = (null, _secret.Trim().Length == 0 ? FunctionsText.CheckSecretMissing : null);
        if (_secretFault is not null)
            return;
        var isDone = await Act(async call =>
        {
            var secret = await Reader.Describe(call, _secret.Trim(), Leaving);
            _agreement = await Functions.Compare(call, Function.Name, secret, Leaving);
        });
        if (!isDone && FaultKind == PortalError.ResourceNotFound)
            (_secretFault, Fault) = (Fault, null);
    }

    private static string Tone(bool isSo) => isSo ? "good" : "bad";

    private static string Word(bool isSo) => isSo ? FunctionsText.CheckThere : FunctionsText.CheckMissing;
}
