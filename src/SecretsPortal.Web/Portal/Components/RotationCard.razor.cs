using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>A secret's schedule, the run that is under way, step by step, and those before it.</summary>
public sealed partial class RotationCard : PortalPage
{
    private const int RunsShown = 10;
    private static readonly TimeSpan s_whileRunning = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_otherwise = TimeSpan.FromSeconds(3);

    private IReadOnlyList<RotationRun> _runs = [];
    private PreflightReport? _report;
    private bool _mayRotate;
    private bool _mayCancel;

    [Inject]
    private RotationService Rotation { get; set; } = default!;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    /// <summary>The secret.</summary>
    [Parameter, EditorRequired]
    public Secret Secret { get; set; } = default!;

    /// <summary>The settings were changed, or a run ended.</summary>
    [Parameter]
    public EventCallback Changed { get; set; }

    private RotationRun? Latest => _runs.Count > 0 ? _runs[0] : null;

    private RotationRun? Open => Latest is { IsOpen: true } run ? run : null;

    // AWSPENDING that belongs to no run.
    private bool IsHanging => Open is null && Secret.Labels.VersionOf(StagingLabels.Pending) is { } pending && pending != Secret.Labels.VersionOf(StagingLabels.Current);

    private string ResolveWords => IsHanging
        ? "AWSPENDING hangs: it belongs to no rotation. Resolve asks the target which value works and moves the labels to match; no password is changed."
        : Open is not null
            ? "Retry now begins the next attempt at once. Resolve does so, too, waits for what the target says, and tells."
            : "Resolve asks the target which value works and moves the labels to match; no password is changed.";

    private string ScheduleWords => Secret.Rotation switch
    {
        { Enabled: false } => "Stopped. The settings are kept.",
        { Schedule: { } schedule } => Words.Of(schedule),
        _ => "None: only by hand",
    };

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        _mayRotate = await MayChange(Rights.Rotate, Secret);
        _mayCancel = await MayChange(Rights.CancelRotation, Secret);
        await Ask(LoadRuns);
        _ = Follow();
    }

    private async Task LoadRuns(Services.CallContext call) =>
        _runs = await Rotation.History(call, Secret.Arn.ToString(), RunsShown, Leaving);

    private async Task RotateNow()
    {
        var request = new RotateSecretRequest { SecretId = Secret.Arn.ToString(), ClientRequestToken = Session.NewId() };
        if (await Act(async call =>
            {
                await Rotation.Rotate(call, request, Leaving);
                await LoadRuns(call);
            }))
            await Changed.InvokeAsync();
    }

    private async Task Check() => await Act(async call => _report = await Rotation.Check(call, Secret.Arn.ToString(), function: null, Leaving));

    private async Task RetryNow()
    {
        await Act(async call =>
        {
            await Rotation.Retry(call, Secret.Arn.ToString(), Leaving);
            await LoadRuns(call);
        });
    }

    private async Task Resolve()
    {
        if (await Act(async call =>
            {
                await Rotation.Resolve(call, Secret.Arn.ToString(), Leaving);
                await LoadRuns(call);
            }))
            await Changed.InvokeAsync();
    }

    private async Task Stop()
    {
        var isSure = await Dialogs.ShowMessageBoxAsync(
            "Stop rotating?", "The schedule stops. A run under way is given up, unless it has begun to change the target: that one is carried to its end. The settings are kept, so that it can be started again.",
            yesText: "Stop rotating", cancelText: "Keep on", options: DialogShapes.Small);
        if (isSure != true)
            return;
        if (await Act(async call =>
            {
                await Rotation.Cancel(call, Secret.Arn.ToString(), Leaving);
                await LoadRuns(call);
            }))
            await Changed.InvokeAsync();
    }

    private async Task EditSchedule()
    {
        var parameters = new DialogParameters<ScheduleDialog> { { d => d.Secret, Secret } };
        var dialog = await Dialogs.ShowAsync<ScheduleDialog>("Rotation schedule", parameters, DialogShapes.Large);
        if (await dialog.Result is not { Canceled: false })
            return;
        await Ask(LoadRuns);
        await Changed.InvokeAsync();
    }

    // Asks again and again for as long as the card is shown: a run may begin on schedule or through another door.
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

    private static string ToneOf(PreflightState state) => state switch
    {
        PreflightState.Passed => "good",
        PreflightState.Failed => "bad",
        PreflightState.Warning => "warn",
        _ => "",
    };

    private static string ToneOf(RotationRunState state) => state switch
    {
        RotationRunState.Succeeded => "good",
        RotationRunState.Failed => "bad",
        RotationRunState.Abandoned => "",
        RotationRunState.Retrying => "warn",
        _ => "live",
    };
}
