using Microsoft.AspNetCore.Components;
using SecretsPortal.Core;
using SecretsPortal.Services.Rotation.Functions;
using SecretsPortal.Web.Portal.Model;

namespace SecretsPortal.Web.Portal.Pages.Functions;

/// <summary>Registers a function in one of the three ways; a webhook's key is shown once.</summary>
public sealed partial class FunctionCreate : PortalPage
{
    private readonly FunctionDraft _draft = new();
    private IReadOnlyDictionary<string, string> _faults = new Dictionary<string, string>();
    private NewFunction? _made;

    [Inject]
    private FunctionService Functions { get; set; } = default!;

    private void Choose(RotationFunctionKind kind)
    {
        _draft.Kind = kind;
        _faults = new Dictionary<string, string>();
        Fault = null;
    }

    private async Task Submit()
    {
        Fault = null;
        _faults = _draft.Faults();
        if (_faults.Count > 0)
            return;
        var isDone = await Act(async call => _made = await Functions.Create(call, _draft.Name.Trim(), _draft.Kind, _draft.ToSettings(), Leaving));
        if (isDone && _made!.SigningKey is null)
            Leave();
        else if (!isDone && (FunctionDraft.FieldOf(Fault) ?? (FaultKind == PortalError.ResourceExists ? ("name", Fault!) : null)) is { } fault)
            (_faults, Fault) = (new Dictionary<string, string> { [fault.Field] = fault.Text }, null);
    }

    private void Leave()
    {
        var name = _made!.Function.Name;
        (_made, _draft.SecretAccessKey) = (null, "");
        Navigation.NavigateTo(Session.Here(PortalRoutes.Function(name)));
    }
}
