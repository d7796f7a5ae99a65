using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Components.Web.Virtualization;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Session;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>The secrets of the list, as far as they are in sight.</summary>
public sealed partial class SecretTable : ComponentBase
{
    private const int MostTags = 2;
    private const int MostFields = 4;
    private const string DefaultKey = "alias/aws/secretsmanager";

    private Virtualize<SecretListRow>? _rows;

    [Inject]
    private PortalSession Session { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    /// <summary>What the list shows.</summary>
    [Parameter, EditorRequired]
    public ListState State { get; set; } = default!;

    /// <summary>Gives the rows that come into sight.</summary>
    [Parameter, EditorRequired]
    public ItemsProviderDelegate<SecretListRow> Provide { get; set; } = default!;

    /// <summary>The secrets to act on, by the portal's ids of them.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyDictionary<string, Secret> Chosen { get; set; } = default!;

    /// <summary>True where all that are loaded are among them.</summary>
    [Parameter]
    public bool IsAllChosen { get; set; }

    /// <summary>The user picked a row, and how.</summary>
    [Parameter]
    public EventCallback<(SecretListRow Row, MouseEventArgs How)> Choose { get; set; }

    /// <summary>The user picked all.</summary>
    [Parameter]
    public EventCallback ChooseAll { get; set; }

    /// <summary>Shows something else in the list.</summary>
    [Parameter, EditorRequired]
    public Func<ListState, Task> Show { get; set; } = default!;

    /// <summary>Asks for the rows in sight anew.</summary>
    public Task Refresh() => _rows?.RefreshDataAsync() ?? Task.CompletedTask;

    /// <summary>The names of members that are the reason why a search found the secret.</summary>
    private List<string> FoundFields(Secret secret) => State.Text.Length == 0 ? [] :
        [.. secret.FieldNames.Where(name => State.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Any(word => word.Length > 1 && name.Contains(word, StringComparison.OrdinalIgnoreCase))).Take(MostFields)];

    private Task Narrow(SecretTag tag) => State.Tags.Contains(TagOf(tag)) ? Task.CompletedTask : Show(State with { Tags = [.. State.Tags, TagOf(tag)] });

    private Task NarrowTo(Secret secret) => Show(State with { Key = KeyOf(secret) });

    private static string KeyOf(Secret secret) => secret.KmsKeyId ?? DefaultKey;

    private static string NameOfKey(Secret secret) => secret.KmsKeyId is not { } key ? SecretsText.DefaultKey : key[(key.LastIndexOf('/') + 1)..];

    private static string TagOf(SecretTag tag) => tag.Value.Length == 0 ? tag.Key : $"{tag.Key}={tag.Value}";
}
