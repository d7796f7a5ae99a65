using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Keys;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Kms;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>The KMS key that a secret is protected with; who may not list the keys of the region types one.</summary>
public sealed partial class KeySelect : PortalPage
{
    // Until they are read, the default key alone is offered; null where the user may not see them.
    private IReadOnlyList<KeyDetail>? _keys = [];

    [Inject]
    private KeyService Keys { get; set; } = default!;

    /// <summary>The key's id, alias or ARN; empty for the default key.</summary>
    [Parameter, EditorRequired]
    public string KeyId { get; set; } = "";

    /// <summary>Another key was chosen.</summary>
    [Parameter]
    public EventCallback<string> KeyIdChanged { get; set; }

    /// <summary>What the field is called.</summary>
    [Parameter, EditorRequired]
    public string Label { get; set; } = "";

    /// <summary>What stands below it.</summary>
    [Parameter]
    public string? Hint { get; set; }

    /// <summary>The region whose keys are offered.</summary>
    [Parameter, EditorRequired]
    public string Region { get; set; } = "";

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        // Asked first: who may not see them has done nothing that the log should call denied.
        if (!await May(PortalActions.ListKeys, "*"))
        {
            _keys = null;
            return;
        }

        IReadOnlyList<KeyDetail>? all = null;
        await Ask(async call => all = await Keys.ListAll(call with { Region = Region }, Leaving));
        _keys = all is null ? null : [.. all.Where(static key => key is { IsDefault: false, State: KmsKeyState.Enabled })];
    }

    private string NameOf(string? id) => string.IsNullOrEmpty(id) ? CreateText.KeyDefault
        : _keys?.FirstOrDefault(key => key.KeyId == id) is { } found ? found.Alias ?? found.Description ?? found.KeyId : id;
}
