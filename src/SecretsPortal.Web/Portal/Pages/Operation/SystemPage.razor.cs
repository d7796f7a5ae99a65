using Microsoft.AspNetCore.Components;
using SecretsPortal.Services.Start;

namespace SecretsPortal.Web.Portal.Pages.Operation;

/// <summary>How this portal is, what it runs on, how it is set up, and its backups.</summary>
public sealed partial class SystemPage : PortalPage
{
    private SystemDetail? _detail;

    [Inject]
    private PortalStatus Status { get; set; } = default!;

    /// <summary>Which settings are shown: <c>all</c>, or those that are set where it is anything else.</summary>
    [SupplyParameterFromQuery(Name = SettingsCard.ShownName)]
    public string? Shown { get; set; }

    /// <inheritdoc/>
    protected override Task OnInitializedAsync() => Load();

    private async Task Load()
    {
        Fault = null;
        await Ask(async call => _detail = await Status.Detail(call, Leaving));
    }
}
