using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Pages;

/// <summary>
/// One secret. It begins with what people come for: who uses it, is its rotation healthy, what happened, and the value behind a button. The other parts have
/// addresses of their own.
/// </summary>
public sealed partial class SecretDetail : PortalPage
{
    private Secret? _secret;
    private RotationState _rotation = new(RotationHealth.Off, null, null);
    private (string? Id, string? Region) _loaded;
    private bool _mayRestore;
    private bool _maySearch;

    [Inject]
    private SecretReader Reader { get; set; } = default!;

    [Inject]
    private RotationOverview Rotations { get; set; } = default!;

    [Inject]
    private SecretWriter Writer { get; set; } = default!;

    [Inject]
    private ISnackbar Notices { get; set; } = default!;

    /// <summary>The secret's name or ARN, from the address.</summary>
    [SupplyParameterFromQuery(Name = "id")]
    public string? Id { get; set; }

    /// <summary>The region in the address; the same name may be another secret there.</summary>
    [SupplyParameterFromQuery(Name = PortalRoutes.RegionName)]
    public string? RegionInAddress { get; set; }

    /// <summary>Which part is shown; the overview where it names none.</summary>
    [SupplyParameterFromQuery(Name = "tab")]
    public string? TabInAddress { get; set; }

    /// <summary>A version to begin with, or to point out.</summary>
    [SupplyParameterFromQuery(Name = "version")]
    public string? VersionInAddress { get; set; }

    /// <summary>A run of the rotation to show opened.</summary>
    [SupplyParameterFromQuery(Name = "run")]
    public string? RunInAddress { get; set; }

    private SecretTab Tab => Enum.TryParse<SecretTab>(TabInAddress, ignoreCase: true, out var tab) && Tabs.Contains(tab) ? tab : SecretTab.Overview;

    private IEnumerable<SecretTab> Tabs => Enum.GetValues<SecretTab>().Where(tab => tab != SecretTab.Activity || _maySearch);

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        if (_loaded == (Id, Session.Region))
            return;
        _loaded = (Id, Session.Region);
        _secret = null;
        await Load();
    }

    private static string NameOf(SecretTab tab) => tab switch
    {
        SecretTab.Versions => SecretPageText.Versions,
        SecretTab.Rotation => SecretPageText.Rotation,
        SecretTab.Access => SecretPageText.Access,
        SecretTab.Activity => SecretPageText.Activity,
        SecretTab.Code => SecretPageText.Code,
        SecretTab.Settings => SecretPageText.Settings,
        _ => SecretPageText.Overview,
    };

    private async Task Load()
    {
        Fault = null;
        Secret? found = null;
        var rotation = _rotation;
        if (!await Ask(async call =>
        {
            found = await Reader.Describe(call, Id ?? "", Leaving);
            rotation = await Rotations.StateOf(found, Leaving);
        }))
        {
            if (FaultKind is PortalError.ResourceNotFound or PortalError.AccessDenied)
                _secret = null;
            return;
        }

        _mayRestore = await MayChange(Rights.Restore, found!);
        _maySearch = await May(Rights.SearchAudit, "*");
        (_secret, _rotation) = (found!, rotation);
    }

    private async Task Restore()
    {
        if (!await Act(call => Writer.Restore(call, _secret!.Arn.ToString(), Leaving)))
            return;
        Notices.Add(Words.Fill(SecretPageText.Restored, _secret!.Name), Severity.Success);
        await Load();
    }
}
