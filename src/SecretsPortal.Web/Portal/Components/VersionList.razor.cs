using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>A secret's versions with their labels, newest first.</summary>
public sealed partial class VersionList : ComponentBase
{
    /// <summary>The secret.</summary>
    [Parameter, EditorRequired]
    public Secret Secret { get; set; } = default!;

    private List<SecretVersion> Labelled => [.. Newest.Where(v => Secret.Labels.Of(v.VersionId).Count > 0)];

    private List<SecretVersion> Unlabelled => [.. Newest.Where(v => Secret.Labels.Of(v.VersionId).Count == 0)];

    private IEnumerable<SecretVersion> Newest => Secret.Versions.Reverse();
}
