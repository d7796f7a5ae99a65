using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>A secret's versions as a time line with their labels, newest first. A label is moved by dragging it, or by the button of a version.</summary>
public sealed partial class VersionList : PortalPage
{
    private string? _dragged;
    private string? _over;
    private string? _moved;
    private IReadOnlyList<LabelMove> _undo = [];
    private bool _mayMove;

    [Inject]
    private SecretWriter Writer { get; set; } = default!;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    /// <summary>The secret.</summary>
    [Parameter, EditorRequired]
    public Secret Secret { get; set; } = default!;

    /// <summary>A version to point out; null for none.</summary>
    [Parameter]
    public string? Marked { get; set; }

    /// <summary>Labels were moved.</summary>
    [Parameter]
    public EventCallback Changed { get; set; }

    private List<SecretVersion> Labelled => [.. Newest.Where(v => Secret.Labels.Of(v.VersionId).Count > 0)];

    private List<SecretVersion> Unlabelled => [.. Newest.Where(v => Secret.Labels.Of(v.VersionId).Count == 0)];

    private IEnumerable<SecretVersion> Newest => Secret.Versions.Reverse();

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync() => _mayMove = Secret.DeletedAt is null && await MayChange(Rights.MoveLabels, Secret);

    private void Over(SecretVersion version) => _over = _dragged is null ? null : version.VersionId;

    private void EndDrag() => (_dragged, _over) = (null, null);

    private async Task Drop(SecretVersion version)
    {
        var label = _dragged;
        EndDrag();
        if (label is not null && Secret.Labels.VersionOf(label) != version.VersionId)
            await Change(version, label);
    }

    private async Task Change(SecretVersion version, string? label)
    {
        var before = Secret.Labels;
        if (await LabelDialog.Ask(Dialogs, Secret, version, label) is not ({ } move, { } after))
            return;
        _undo = LabelMove.Back(after.Labels, before);
        _moved = move.To is null
            ? Words.Fill(SecretPageText.LabelTaken, move.Label)
            : Words.Fill(SecretPageText.LabelMoved, move.Label, VersionWords.Short(move.To));
        await Changed.InvokeAsync();
    }

    private async Task Undo()
    {
        // What somebody else has moved meanwhile is refused: each step names where the label is.
        await Act(async call =>
        {
            foreach (var move in _undo)
                await Writer.UpdateVersionStage(call, Secret.Arn.ToString(), move.Label, move.To, move.From, Leaving);
        });
        _undo = [];
        // Some may be undone where another was refused, and what refused it is not shown yet.
        await Changed.InvokeAsync();
    }
}
