using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>Finds another secret among those that the user may see; who may not list secrets types its ARN.</summary>
public sealed partial class SecretPicker : PortalPage
{
    private const int MostShown = 6;
    private const int MostLookedAt = 50;

    private List<Secret>? _found;
    private string _text = "";
    private bool _mayList = true;

    [Inject]
    private SecretReader Reader { get; set; } = default!;

    /// <summary>The ARN of the secret that is picked; empty for none.</summary>
    [Parameter, EditorRequired]
    public string Arn { get; set; } = "";

    /// <summary>Another one was picked.</summary>
    [Parameter]
    public EventCallback<string> ArnChanged { get; set; }

    /// <summary>What it is picked for.</summary>
    [Parameter, EditorRequired]
    public string Label { get; set; } = "";

    /// <summary>What is wrong; null for nothing.</summary>
    [Parameter]
    public string? FaultText { get; set; }

    /// <summary>Offers secrets of this kind only; null for all.</summary>
    [Parameter]
    public SecretKind? Kind { get; set; }

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        // Whoever may not list secrets may still type an ARN, and has done nothing that the log should call denied.
        _mayList = await May(SecretActions.ListSecrets, "*");
        if (Arn.Length == 0)
            await Search("");
    }

    private async Task Search(string? text)
    {
        _text = text?.Trim() ?? "";
        if (_text.StartsWith("arn:", StringComparison.Ordinal))
        {
            await ArnChanged.InvokeAsync(_text);
            return;
        }

        if (_mayList)
            await Ask(Find);
    }

    private async Task Find(Services.CallContext call)
    {
        var request = new ListSecretsRequest
        {
            Filters = _text.Length > 0 ? [new SecretFilter("all", [_text])] : [],
            MaxResults = MostLookedAt,
            OrderBy = SecretOrder.Name,
        };
        var found = new List<Secret>();
        foreach (var secret in (await Reader.List(call, request, Leaving)).Secrets)
        {
            if ((Kind is null || secret.Kind == Kind) && await May(SecretActions.DescribeSecret, secret.Arn.ToString(), secret))
                found.Add(secret);
            if (found.Count == MostShown)
                break;
        }

        _found = found;
    }

    private Task Pick(Secret secret) => ArnChanged.InvokeAsync(secret.Arn.ToString());

    private Task Unpick() => ArnChanged.InvokeAsync("");
}
