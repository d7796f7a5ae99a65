using Microsoft.AspNetCore.Components;
using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>What shows a secret's runs and follows them: a run may begin on schedule or through another door.</summary>
public abstract class RotationWatch : PortalPage
{
    private static readonly TimeSpan s_whileRunning = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_otherwise = TimeSpan.FromSeconds(3);

    /// <summary>Rotation of secrets.</summary>
    [Inject]
    protected RotationService Rotation { get; set; } = default!;

    /// <summary>What became of them.</summary>
    [Inject]
    protected RotationHistory History { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    /// <summary>The secret.</summary>
    [Parameter, EditorRequired]
    public Secret Secret { get; set; } = default!;

    /// <summary>The settings were changed, or a run began or ended.</summary>
    [Parameter]
    public EventCallback Changed { get; set; }

    /// <summary>The latest runs, newest first.</summary>
    protected IReadOnlyList<RotationRun> Runs { get; private set; } = [];

    /// <summary>How many runs are looked at, again and again.</summary>
    protected const int RunsWatched = 10;

    /// <summary>The latest run; null where there is none.</summary>
    protected RotationRun? Latest => Runs.Count > 0 ? Runs[0] : null;

    /// <summary>The run that is under way; null where none is.</summary>
    protected RotationRun? Open => Latest is { IsOpen: true } run ? run : null;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        await Ask(LoadRuns);
        _ = Follow();
    }

    /// <summary>Loads the runs.</summary>
    protected async Task LoadRuns(Services.CallContext call) => Take(await History.Latest(call, Secret.Arn.ToString(), RunsWatched, Leaving));

    /// <summary>Takes over the latest runs.</summary>
    protected virtual void Take(IReadOnlyList<RotationRun> latest) => Runs = latest;

    // Asks again and again for as long as this is shown.
    private async Task Follow()
    {
        try
        {
            while (true)
            {
                await Task.Delay(Open is { State: not RotationRunState.Retrying } ? s_whileRunning : s_otherwise, Time, Leaving);
                await LookAgain();
            }
        }
        catch (OperationCanceledException) when (Leaving.IsCancellationRequested)
        {
            // The user left the page.
        }
        catch (SessionEndedException)
        {
            // The page itself leads to sign-in.
        }
        catch (Exception fault)
        {
            await DispatchExceptionAsync(fault);
        }
    }

    private async Task LookAgain()
    {
        var (run, wasOpen) = (Latest?.RunId, Open is not null);
        try
        {
            await LoadRuns(await Session.NewCall(Leaving));
        }
        catch (PortalException)
        {
            // The store is away for a moment, or the secret was removed; the picture is late, nothing more.
            return;
        }

        StateHasChanged();
        if (run != Latest?.RunId || (wasOpen && Open is null))
            await Changed.InvokeAsync();
    }
}
