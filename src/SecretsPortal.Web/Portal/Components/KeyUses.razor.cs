using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Keys;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Kms;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>What uses a KMS key, page by page.</summary>
public sealed partial class KeyUses : PortalPage
{
    private const int PageSize = 20;

    private List<KeyUse>? _uses;
    private string? _nextToken;

    [Inject]
    private KeyService Keys { get; set; } = default!;

    /// <summary>The key.</summary>
    [Parameter, EditorRequired]
    public KeyDetail Key { get; set; } = default!;

    /// <inheritdoc/>
    protected override Task OnInitializedAsync() => Load();

    private async Task Load()
    {
        Fault = null;
        await Ask(async call => Take(await Keys.ListUses(call, Key.KeyId, PageSize, nextToken: null, Leaving)));
    }

    private Task<bool> LoadMore() => Act(async call => Take(await Keys.ListUses(call, Key.KeyId, PageSize, _nextToken, Leaving)));

    private void Take(KeyUsePage page)
    {
        (_uses ??= []).AddRange(page.Uses);
        _nextToken = page.NextToken;
    }

    private static string? SecretOf(KeyUse use) =>
        use.Kind is KeyUseKind.SecretVersion or KeyUseKind.Secret or KeyUseKind.Replica && SecretArn.TryParse(use.Name, out var arn) ? arn.NameBeforeSuffix : null;
}
