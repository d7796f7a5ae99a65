using Microsoft.AspNetCore.Components;
using SecretsPortal.Services.Start;
using SecretsPortal.Web.Portal.Session;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Pages.Operation;

/// <summary>The settings with where each was set; secret ones without their values.</summary>
public sealed partial class SettingsCard : ComponentBase
{
    /// <summary>The part of the address that says which are shown.</summary>
    public const string ShownName = "settings";

    /// <summary>Its value for all of them.</summary>
    public const string All = "all";

    /// <summary>All of them.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<PortalSetting> Settings { get; set; } = [];

    /// <summary>False to show those alone that are set.</summary>
    [Parameter]
    public bool ShowsAll { get; set; }

    [Inject]
    private PortalSession Place { get; set; } = default!;

    private IReadOnlyList<PortalSetting> Shown => ShowsAll ? Settings : [.. Settings.Where(setting => setting.IsSet)];

    private static string ValueOf(PortalSetting setting) =>
        setting.IsSecret ? setting.IsSet ? SystemText.IsSet : SystemText.NotSet : setting.Value ?? "—";
}
