using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>What the list is searched and narrowed by.</summary>
public sealed partial class SecretFilterBar : ComponentBase
{
    private string _tag = "";

    /// <summary>What the list shows.</summary>
    [Parameter, EditorRequired]
    public ListState State { get; set; } = default!;

    /// <summary>Shows something else.</summary>
    [Parameter, EditorRequired]
    public Func<ListState, Task> Show { get; set; } = default!;

    private Task Search(string? text) => Show(State with { Text = text?.Trim() ?? "" });

    private async Task AddTag()
    {
        var tag = _tag.Trim();
        _tag = "";
        if (tag.Length > 0 && !State.Tags.Contains(tag))
            await Show(State with { Tags = [.. State.Tags, tag] });
    }

    private Task Clear() => Show(new ListState { Text = State.Text, Folder = State.Folder, Sort = State.Sort });

    private static string Without(string what) => Words.Fill(SecretsText.Without, what);

    private static string NameOfKind(string? kind) => Enum.TryParse<SecretKind>(kind, out var known) ? Words.Of(known) : kind ?? "";

    private static string NameOfStatus(string? status) => status switch
    {
        nameof(SecretStatus.Deleted) => SecretsText.StatusDeleted,
        nameof(SecretStatus.Replica) => SecretsText.StatusReplica,
        nameof(SecretStatus.Off) => SecretsText.StatusOff,
        _ => Enum.TryParse<RotationHealth>(status, out var health) ? Words.Of(health) : status ?? "",
    };
}
