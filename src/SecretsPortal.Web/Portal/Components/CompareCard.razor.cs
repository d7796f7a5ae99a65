using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>What two versions have in common, field by field, without showing either.</summary>
public sealed partial class CompareCard : PortalPage
{
    private string? _before;
    private string? _after;
    private VersionComparison? _found;
    private bool _mayRead;

    [Inject]
    private SecretFieldReader Fields { get; set; } = default!;

    /// <summary>The secret.</summary>
    [Parameter, EditorRequired]
    public Secret Secret { get; set; } = default!;

    private List<SecretVersion> Readable => Secret.DeletedAt is not null ? [] : [.. Secret.Versions.Where(version => version.HasValue).Reverse()];

    private string Verdict => _found switch
    {
        { IsSame: true } => SecretPageText.CompareSame,
        { Fields: null } => SecretPageText.CompareWhole,
        { Fields: { } fields } when fields.All(one => one.Change == FieldChange.Same) => SecretPageText.CompareForm,
        { Fields: { } fields } => Words.Fill(SecretPageText.CompareCount, fields.Count(one => one.Change != FieldChange.Same), fields.Count),
        _ => "",
    };

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync() => _mayRead = await May(Rights.GetValue, Secret.Arn.ToString(), Secret);

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        if (Readable.Exists(v => v.VersionId == _before) && Readable.Exists(v => v.VersionId == _after))
            return;
        _found = null;
        _after = Secret.Labels.VersionOf(StagingLabels.Current) is { } current && Readable.Exists(v => v.VersionId == current) ? current : Readable.FirstOrDefault()?.VersionId;
        _before = Secret.Labels.VersionOf(StagingLabels.Previous) is { } previous && Readable.Exists(v => v.VersionId == previous)
            ? previous
            : Readable.Find(v => v.VersionId != _after)?.VersionId;
    }

    private string? NameOf(string? versionId) => Readable.Find(v => v.VersionId == versionId) is not { } version ? versionId
        : $"{VersionWords.Of(Secret, version.VersionId)}, {Words.Minute(version.CreatedAt)}";

    private static string WordOf(FieldChange change) => change switch
    {
        FieldChange.Same => SecretPageText.FieldSame,
        FieldChange.Changed => SecretPageText.FieldChanged,
        FieldChange.Added => SecretPageText.FieldAdded,
        _ => SecretPageText.FieldRemoved,
    };

    private static string ToneOf(FieldChange change) => change switch
    {
        FieldChange.Same => "",
        FieldChange.Changed => "warn",
        FieldChange.Added => "good",
        _ => "bad",
    };

    private void Choose(string? before, string? after) => (_before, _after, _found) = (before, after, null);

    private Task<bool> Compare() => Act(async call =>
    {
        var (before, after) = (_before, _after);
        var found = await Fields.Compare(call, Secret.Arn.ToString(), before!, after!, Leaving);
        // Others may have been chosen meanwhile.
        if ((before, after) == (_before, _after))
            _found = found;
    });
}
