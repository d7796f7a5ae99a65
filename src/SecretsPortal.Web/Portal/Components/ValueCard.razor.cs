using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Model;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>
/// The value of a secret, hidden until it is asked for. Revealing takes the same road as GetSecretValue, so it is decided and recorded
/// there; the plaintext lives in this component alone and is let go of on Hide, on leaving, and when the label moves on.
/// </summary>
public sealed partial class ValueCard : PortalPage
{
    private RevealedValue? _revealed;
    private List<DraftRow>? _rows;
    private string _stage = StagingLabels.Current;
    private bool _mayRead;
    private bool _mayPut;

    [Inject]
    private SecretReader Reader { get; set; } = default!;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    /// <summary>The secret.</summary>
    [Parameter, EditorRequired]
    public Secret Secret { get; set; } = default!;

    /// <summary>A new value was put.</summary>
    [Parameter]
    public EventCallback Changed { get; set; }

    // The labels behind which there is a value; the one in use first.
    private List<string> Stages =>
    [
        .. Secret.Labels.ByLabel
            .Where(p => Secret.FindVersion(p.Value) is { HasValue: true })
            .Select(static p => p.Key)
            .OrderBy(static label => label != StagingLabels.Current)
            .ThenBy(static label => label, StringComparer.Ordinal),
    ];

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        _mayRead = await May(Rights.GetValue, Secret.Arn.ToString(), Secret);
        _mayPut = await MayChange(Rights.PutValue, Secret);
    }

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        if (_revealed is not null && Secret.Labels.VersionOf(_stage) != _revealed.Version.VersionId)
            Hide();
        if (Secret.Labels.VersionOf(_stage) is null)
            _stage = StagingLabels.Current;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Hide();
        base.Dispose(disposing);
    }

    private Task<bool> Reveal() => Act(async call =>
    {
        _revealed = await Reader.GetValue(call, Secret.Arn.ToString(), versionId: null, _stage, Leaving);
        _rows = _revealed.Value.IsText ? ValueDraft.ReadRows(_revealed.Value.Text) : null;
    });

    private void Hide()
    {
        _revealed = null;
        _rows = null;
    }

    private void Choose(string stage)
    {
        if (stage == _stage)
            return;
        Hide();
        _stage = stage;
    }

    private async Task PutValue()
    {
        Hide();
        var parameters = new DialogParameters<PutValueDialog> { { d => d.Secret, Secret } };
        var dialog = await Dialogs.ShowAsync<PutValueDialog>("Put a new value", parameters, DialogShapes.Large);
        if (await dialog.Result is { Canceled: false })
            await Changed.InvokeAsync();
    }
}
