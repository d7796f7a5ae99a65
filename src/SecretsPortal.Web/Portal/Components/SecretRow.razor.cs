using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Session;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>A secret in the list.</summary>
public sealed partial class SecretRow : ComponentBase
{
    private const int MostTags = 2;
    private const int MostFields = 4;
    private const string DefaultKey = "alias/aws/secretsmanager";

    private SecretListRow? _drawn;
    private bool _wasChosen;
    private string? _drawnText;

    [Inject]
    private PortalSession Session { get; set; } = default!;

    /// <summary>The row.</summary>
    [Parameter, EditorRequired]
    public SecretListRow Row { get; set; } = default!;

    /// <summary>What the list shows.</summary>
    [Parameter, EditorRequired]
    public ListState State { get; set; } = default!;

    /// <summary>True where the secret is among those to act on.</summary>
    [Parameter]
    public bool IsChosen { get; set; }

    /// <summary>The user picked the row, and how.</summary>
    [Parameter]
    public EventCallback<(SecretListRow Row, MouseEventArgs How)> Choose { get; set; }

    /// <summary>Shows something else in the list.</summary>
    [Parameter]
    public Func<ListState, Task> Show { get; set; } = default!;

    private Secret Secret => Row.Secret;

    private string KeyName => Secret.KmsKeyId is not { } key ? SecretsText.DefaultKey : key[(key.LastIndexOf('/') + 1)..];

    private string Key => Secret.KmsKeyId ?? DefaultKey;

    /// <summary>The names of members that are the reason why a search found the secret.</summary>
    private List<string> FoundFields => State.Text.Length == 0 ? [] :
        [.. Secret.FieldNames.Where(name => State.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Any(word => word.Length > 1 && name.Contains(word, StringComparison.OrdinalIgnoreCase))).Take(MostFields)];

    /// <summary>What has not changed is not drawn again: the list asks all its rows whenever one of them is picked.</summary>
    protected override bool ShouldRender()
    {
        var hasChanged = _drawn != Row || _wasChosen != IsChosen || _drawnText != State.Text;
        (_drawn, _wasChosen, _drawnText) = (Row, IsChosen, State.Text);
        return hasChanged;
    }

    private Task Narrow(SecretTag tag) => State.Tags.Contains(TagOf(tag)) ? Task.CompletedTask : Show(State with { Tags = [.. State.Tags, TagOf(tag)] });

    private Task NarrowToKey() => Show(State with { Key = Key });

    private static string TagOf(SecretTag tag) => tag.Value.Length == 0 ? tag.Key : $"{tag.Key}={tag.Value}";
}
