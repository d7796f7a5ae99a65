using System.Collections.Immutable;
using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Kms;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>What the list is searched and narrowed by.</summary>
public sealed partial class SecretFilterBar : PortalPage
{
    // The list keeps still while somebody types.
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    // A browser's choice is a text: it is never read as a bool.
    private const string Newest = "newest";
    private const string ByName = "name";

    private string _text = "";
    private string _shown = "";
    private string _tag = "";
    private int _typed;
    private bool _mayListKeys;
    private IReadOnlyList<string>? _keys;

    [Inject]
    private KeyService Keys { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    /// <summary>What the list shows.</summary>
    [Parameter, EditorRequired]
    public ListState State { get; set; } = default!;

    /// <summary>Shows something else.</summary>
    [Parameter, EditorRequired]
    public Func<ListState, Task> Show { get; set; } = default!;

    private string Kinds => Chosen(State.Kinds, NameOfKind);

    private string Statuses => Chosen(State.Statuses, NameOfStatus);

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync() => _mayListKeys = await May(PortalActions.ListKeys, "*");

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        // Another text than this field's own came by an address: it takes the place of what is typed, which is searched for no more.
        if (State.Text == _shown)
            return;
        (_text, _shown) = (State.Text, State.Text);
        _typed++;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _typed++;
        base.Dispose(disposing);
    }

    // Not before somebody looks for one: each list of them is a record in the log.
    private async Task ReadKeys()
    {
        if (_keys is not null)
            return;
        await Act(async call => _keys = [.. (await Keys.ListAll(call, Leaving)).Select(KeyWords.NameOf)]);
    }

    private async Task Typed()
    {
        var typed = ++_typed;
        await Task.Delay(s_pause, Time);
        if (typed != _typed)
            return;
        _shown = _text.Trim();
        await Show(State with { Text = _shown });
    }

    private async Task AddTag()
    {
        var tag = _tag.Trim();
        _tag = "";
        if (tag.Length > 0 && !State.Tags.Contains(tag))
            await Show(State with { Tags = [.. State.Tags, tag] });
    }

    private Task Clear() => Show(new ListState { Text = State.Text, Folder = State.Folder, Sort = State.Sort });

    private static string Chosen(ImmutableArray<string> chosen, Func<string, string> name) => chosen switch
    {
        [] => SecretsText.Any,
        [var only] => name(only),
        _ => Words.Fill(SecretsText.ChosenMany, chosen.Length),
    };

    private static ImmutableArray<string> Toggled(ImmutableArray<string> chosen, string one) => chosen.Contains(one) ? chosen.Remove(one) : chosen.Add(one);

    private static string LabelOf(string what, string chosen) => Words.Fill(SecretsText.FilterIs, what, chosen);

    private static string Without(string what) => Words.Fill(SecretsText.Without, what);

    private static string NameOfKind(string kind) => Enum.TryParse<SecretKind>(kind, out var known) ? Words.Of(known) : kind;

    private static string NameOfStatus(string status) => status switch
    {
        nameof(SecretStatus.Deleted) => SecretsText.StatusDeleted,
        nameof(SecretStatus.Replica) => SecretsText.StatusReplica,
        nameof(SecretStatus.Off) => SecretsText.StatusOff,
        _ => Enum.TryParse<RotationHealth>(status, out var health) ? Words.Of(health) : status,
    };
}
