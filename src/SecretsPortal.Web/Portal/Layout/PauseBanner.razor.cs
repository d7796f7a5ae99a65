using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Rotation;

namespace SecretsPortal.Web.Portal.Layout;

/// <summary>Tells everybody on every page that all rotations are paused, within moments of it.</summary>
public sealed partial class PauseBanner : PortalPage
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(10);

    private RotationHold? _hold;
    private bool _mayViewStatus;

    [Inject]
    private RotationOverview Rotations { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        await Look();
        _mayViewStatus = await May(PortalActions.ViewStatus, "*");
    }

    /// <inheritdoc/>
    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender)
            _ = KeepLooking();
    }

    private Task Look() => Ask(async _ => _hold = await Rotations.FindHold(Leaving));

    private async Task KeepLooking()
    {
        var leaving = Leaving;
        while (!leaving.IsCancellationRequested)
        {
            await Task.Delay(s_pause, Time, leaving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (leaving.IsCancellationRequested)
                continue;
            var before = _hold;
            await InvokeAsync(Look);
            if (_hold != before && !leaving.IsCancellationRequested)
                await InvokeAsync(StateHasChanged);
        }
    }
}
