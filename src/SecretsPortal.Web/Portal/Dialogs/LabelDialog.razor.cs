using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Dialogs;

/// <summary>Moves a label to a version, or takes one off it, saying beforehand where labels will be, or which rule refuses it.</summary>
public sealed partial class LabelDialog : PortalPage
{
    private static readonly string[] s_service = [StagingLabels.Current, StagingLabels.Previous, StagingLabels.Pending];

    private LabelMove? _chosen;
    private string _own = "";
    private bool _isOver;

    [Inject]
    private SecretWriter Writer { get; set; } = default!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    /// <summary>The secret.</summary>
    [Parameter, EditorRequired]
    public Secret Secret { get; set; } = default!;

    /// <summary>Where a label goes to.</summary>
    [Parameter, EditorRequired]
    public SecretVersion Version { get; set; } = default!;

    /// <summary>Which one, where that was said already.</summary>
    [Parameter]
    public string? Label { get; set; }

    // Labels from elsewhere to here, then those that are here, to take off. AWSPENDING is a rotation's: it is offered where it hangs somewhere.
    private IReadOnlyList<LabelMove> Options { get; set; } = [];

    private LabelMove? Move => _chosen ?? (_own.Trim() is { Length: > 0 } own ? LabelMove.Of(Secret, own, Version.VersionId) : null);

    private (IReadOnlyList<LabelMove> Changes, string? Refusal) Outcome => Move?.Preview(Secret) ?? ([], null);

    /// <summary>Asks; what was moved and the secret as it is then, or null where the user thought better of it.</summary>
    internal static async Task<(LabelMove? Move, Secret? After)> Ask(IDialogService dialogs, Secret secret, SecretVersion version, string? label)
    {
        var parameters = new DialogParameters<LabelDialog> { { d => d.Secret, secret }, { d => d.Version, version }, { d => d.Label, label } };
        var dialog = await dialogs.ShowAsync<LabelDialog>(SecretPageText.LabelTitle, parameters, DialogShapes.SmallForm);
        return await dialog.Result is { Canceled: false, Data: (LabelMove move, Secret after) } ? (move, after) : (null, null);
    }

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        var here = Secret.Labels.Of(Version.VersionId);
        Options =
        [
            .. s_service.Where(label => label != StagingLabels.Pending || Secret.Labels.VersionOf(label) is not null)
                .Concat(Secret.Labels.ByLabel.Keys.Except(s_service, StringComparer.Ordinal))
                .Where(label => !here.Contains(label, StringComparer.Ordinal))
                .Select(label => LabelMove.Of(Secret, label, Version.VersionId)),
            .. here.Select(label => new LabelMove(label, To: null, Version.VersionId)),
        ];
        _chosen = Label is null ? (Options.Count > 0 ? Options[0] : null) : LabelMove.Of(Secret, Label, Version.VersionId);
    }

    private static string WordsOf(LabelMove move) =>
        Words.Fill(move.To is null ? SecretPageText.OptionTakeOff : move.From is null ? SecretPageText.OptionAdd : SecretPageText.OptionMove, move.Label);

    private static string PlaceOf(LabelMove move) =>
        move is { To: not null, From: { } from } ? Words.Fill(SecretPageText.OptionFrom, VersionWords.Short(from)) : "";

    private static string? RuleOf(LabelMove move) => (move.Label, move.To) switch
    {
        (StagingLabels.Current, null) => SecretPageText.RuleCurrentStays,
        (StagingLabels.Current, _) => SecretPageText.RuleCurrentValue,
        _ => null,
    };

    private void Cancel() => Dialog.Cancel();

    private async Task Confirm()
    {
        if (Move is not { } move || Outcome.Refusal is not null)
            return;
        Secret? after = null;
        if (!await Act(async call => after = await Writer.UpdateVersionStage(call, Secret.Arn.ToString(), move.Label, move.To, move.From, Leaving)))
            return;
        _isOver = true;
        Dialog.Close(DialogResult.Ok((move, after!)));
    }
}
