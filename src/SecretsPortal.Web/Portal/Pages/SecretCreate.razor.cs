using System.Collections.Immutable;
using Microsoft.AspNetCore.Components;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Model;

namespace SecretsPortal.Web.Portal.Pages;

/// <summary>Creates a secret.</summary>
public sealed partial class SecretCreate : PortalPage
{
    private readonly SecretDraft _draft = new();
    private bool _wasSubmitted;

    // One token for as long as the form is open: sending it twice creates one secret.
    private string _token = "";

    [Inject]
    private SecretWriter Writer { get; set; } = default!;

    // Nothing is called wrong before it was sent for the first time; from then on faults follow what is typed.
    private IReadOnlyDictionary<string, string> Faults => _wasSubmitted ? _draft.Faults() : ImmutableDictionary<string, string>.Empty;

    /// <inheritdoc/>
    protected override void OnInitialized() => _token = Session.NewId();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _draft.Forget();
        base.Dispose(disposing);
    }

    private bool Has(string field) => Faults.ContainsKey(field);

    private string? FaultOf(string field) => Faults.GetValueOrDefault(field);

    private async Task Submit()
    {
        _wasSubmitted = true;
        if (Faults.Count > 0)
            return;
        var isStored = await Act(call => Writer.Create(call, new CreateSecretRequest
        {
            Name = _draft.Name,
            ClientRequestToken = _token,
            Description = _draft.Description.Length > 0 ? _draft.Description : null,
            Value = _draft.Value.ToValue(),
            Tags = _draft.ToTags(),
        }, Leaving));
        if (!isStored)
            return;
        var name = _draft.Name;
        _wasSubmitted = false;
        _draft.Forget();
        Navigation.NavigateTo(Session.Here(PortalRoutes.Secret(name)));
    }
}
