using Microsoft.AspNetCore.Components;
using SecretsPortal.Core;
using SecretsPortal.Services.Rotation.Functions;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Portal.Pages.Functions;

/// <summary>Registers a function in one of the three ways; a webhook's key is shown once.</summary>
public sealed partial class FunctionCreate : PortalPage
{
    private const string FormName = "function/new";

    private FunctionDraft _draft = new();
    private IReadOnlyDictionary<string, string> _faults = new Dictionary<string, string>();
    private NewFunction? _made;
    private bool _isRestored;
    private bool _isOver;

    [Inject]
    private Drafts Drafts { get; set; } = default!;

    [Inject]
    private FunctionService Functions { get; set; } = default!;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        if (await Drafts.Find<KeptFunction>(FormName) is { } kept)
            (_draft, _isRestored) = (FunctionDraft.Restored(kept, stored: null), true);
    }

    private KeptFunction? Kept() => _isOver || _made is not null ? null : _draft.Keep(seen: null);

    private void BeginAnew() => (_draft, _faults, Fault) = (new FunctionDraft(), new Dictionary<string, string>(), null);

    private void Choose(RotationFunctionKind kind)
    {
        _draft.Kind = kind;
        _faults = new Dictionary<string, string>();
        Fault = null;
    }

    private async Task Submit()
    {
        // It is stored, and the page stands for a moment longer.
        if (_isOver)
            return;
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
        (_made, _draft.SecretAccessKey, _isOver) = (null, "", true);
        Navigation.NavigateTo(Session.Here(PortalRoutes.Function(name)));
    }
}
