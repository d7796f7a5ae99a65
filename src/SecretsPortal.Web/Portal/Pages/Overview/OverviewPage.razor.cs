using Microsoft.AspNetCore.Components;
using SecretsPortal.Services.Overview;

namespace SecretsPortal.Web.Portal.Pages.Overview;

/// <summary>How everything is, for whoever opens the portal: what the viewer may see of it. It reads itself anew now and then.</summary>
public sealed partial class OverviewPage : PortalPage
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(30);

    private OverviewView? _view;
    private bool _mayCreate;
    private string? _loadedRegion;

    [Inject]
    private PortalOverview Service { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    /// <summary>The region in the address; a change of it shows the other region.</summary>
    [SupplyParameterFromQuery(Name = PortalRoutes.RegionName)]
    public string? RegionInAddress { get; set; }

    /// <summary>How far ahead rotations are shown: <c>7d</c>, or 24 hours where it is anything else.</summary>
    [SupplyParameterFromQuery(Name = NextRotationsCard.RangeName)]
    public string? Next { get; set; }

    // A viewer who sees no part at all is told so calmly.
    private bool IsLittle => _view is { Secrets: null, Rotations: null, Changes: null, Kms: null, Audit: null };

    private bool IsEmpty => _view?.Secrets is { Total: 0, Deleted: 0 };

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        if (_loadedRegion == Session.Region)
            return;
        _loadedRegion = Session.Region;
        _view = null;
        await Reload();
        _mayCreate = await May(Rights.CreateSecret, "*");
    }

    /// <inheritdoc/>
    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender)
            _ = KeepFresh();
    }

    private Task<bool> Reload()
    {
        Fault = null;
        return Ask(async call => _view = await Service.Open(call, Leaving));
    }

    private async Task KeepFresh()
    {
        var leaving = Leaving;
        while (!leaving.IsCancellationRequested)
        {
            await Task.Delay(s_pause, Time, leaving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (leaving.IsCancellationRequested || _view is null)
                continue;
            await InvokeAsync(async () =>
            {
                // A fault leaves the numbers that stand there: they carry their time.
                if (await Ask(async call => _view = await Service.Refresh(call, leaving)))
                    Fault = null;
                if (!leaving.IsCancellationRequested)
                    StateHasChanged();
            });
        }
    }
}
