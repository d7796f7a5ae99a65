using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Rotation.Functions;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Dialogs;

/// <summary>Asks what rotates a secret in place of a function; nothing, or another one.</summary>
public sealed partial class DetachDialog : PortalPage
{
    private const string Stop = "";
    private const string Generate = "SecretsPortalGenerate";

    private IReadOnlyList<FunctionSummary> _others = [];
    private string _instead = Stop;

    [Inject]
    private RotationService Rotation { get; set; } = default!;

    [Inject]
    private FunctionService Functions { get; set; } = default!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    /// <summary>The secret's ARN.</summary>
    [Parameter, EditorRequired]
    public string Secret { get; set; } = "";

    /// <summary>Its name.</summary>
    [Parameter, EditorRequired]
    public string SecretName { get; set; } = "";

    /// <summary>The function that rotates it now.</summary>
    [Parameter, EditorRequired]
    public FunctionDetail Function { get; set; } = default!;

    /// <inheritdoc/>
    protected override Task OnInitializedAsync() => Ask(async call =>
        _others = [.. (await Functions.List(There(call), new NameQuery { Limit = 100 }, Leaving)).Functions.Where(other => other.Name != Function.Name && !other.IsDisabled)]);

    private string NameOf(string? value) => value switch
    {
        null or Stop => FunctionsText.DetachStop,
        Generate => FunctionsText.DetachGenerate,
        _ => _others.FirstOrDefault(other => other.Arn == value)?.Name ?? value,
    };

    // A function goes by an ARN of the secret's own region.
    private CallContext There(CallContext call) => SecretArn.TryParse(Secret, out var arn) ? call with { Region = arn.Region } : call;

    private void Cancel() => Dialog.Cancel();

    private async Task Confirm()
    {
        var isDone = await Act(async call =>
        {
            if (_instead == Stop)
                await Rotation.Cancel(There(call), Secret, Leaving);
            else
                await Rotation.Rotate(
                    There(call), new RotateSecretRequest { SecretId = Secret, ClientRequestToken = Session.NewId(), RotationLambdaArn = _instead, RotateImmediately = false }, Leaving);
        });
        if (isDone)
            Dialog.Close(true);
    }
}
