using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>A secret's schedule, the run that is under way, step by step, and those before it with what each step said.</summary>
public sealed partial class RotationCard : RotationWatch
{
    private const int RunsMore = 20;
    private const int RunsAtOnce = 100;
    private const int MostLookedFor = 1000;

    private readonly List<RotationRun> _older = [];
    private bool? _hasOlder;
    private PreflightReport? _report;
    private bool _mayRotate;
    private bool _isMayKnown;
    private bool _mayCancel;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    /// <summary>How the rotation is, and what its target said last.</summary>
    [Parameter, EditorRequired]
    public RotationState State { get; set; } = default!;

    /// <summary>An earlier run to show opened; null for none.</summary>
    [Parameter]
    public string? OpenRun { get; set; }

    private IEnumerable<RotationRun> Earlier => Runs.Skip(1).Concat(_older);

    private bool HasOlder => _hasOlder ?? Runs.Count == RunsWatched;

    // AWSPENDING that belongs to no run.
    private bool IsHanging => Open is null && Secret.Labels.VersionOf(StagingLabels.Pending) is { } pending && pending != Secret.Labels.VersionOf(StagingLabels.Current);

    private bool IsOutOfSync => Open is null && State.Health == RotationHealth.OutOfSync;

    private bool MayResolve => _mayRotate && (IsHanging || IsOutOfSync || Open is { State: RotationRunState.Retrying } || Latest is { State: RotationRunState.Failed });

    private string OverdueWords => Open is not null ? SecretPageText.OverdueOpen : Latest is { State: RotationRunState.Failed } ? SecretPageText.OverdueFailed : SecretPageText.OverdueNext;

    private string ResolveWords => IsHanging ? SecretPageText.ResolveHanging : Open is not null ? SecretPageText.ResolveOpen : SecretPageText.ResolveFailed;

    // Nobody is told of a button that is not there for them.
    private string? NextStep(string words) => (_isMayKnown, _mayRotate) switch
    {
        (false, _) => null,
        (_, true) => words,
        _ when Secret.IsReplica => SecretPageText.NextReplica,
        _ when Secret.DeletedAt is not null => SecretPageText.NextDeleted,
        _ => $"{Words.Fill(SecretPageText.NextNeeds, Rights.Rotate)} {ShellText.DeniedGrant}",
    };

    private string ScheduleWords => Secret.Rotation switch
    {
        { Enabled: false } => SecretPageText.ScheduleStopped,
        { Schedule: { } schedule } => Words.Of(schedule),
        _ => SecretPageText.ScheduleNone,
    };

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        _mayRotate = Secret.DeletedAt is null && await MayChange(Rights.Rotate, Secret);
        _mayCancel = Secret.DeletedAt is null && await MayChange(Rights.CancelRotation, Secret);
        _isMayKnown = true;
        await base.OnInitializedAsync();
        while (OpenRun is not null && HasOlder && _older.Count < MostLookedFor && Runs.Concat(_older).All(run => run.RunId != OpenRun))
            if (!await Ask(call => LoadOlder(call, RunsAtOnce)))
                break;
    }

    /// <inheritdoc/>
    protected override void Take(IReadOnlyList<RotationRun> latest)
    {
        // What is no longer among the latest stays where older ones are shown: none is missing between them.
        if (_older.Count > 0)
            _older.InsertRange(0, Runs.Where(run => latest.All(one => one.RunId != run.RunId)));
        base.Take(latest);
    }

    private Task RotateNow() => Rotate(immediately: true);

    // The settings stay as they are; testSecret alone runs, with the value that is in use.
    private Task Rehearse() => Rotate(immediately: false);

    private async Task Rotate(bool immediately)
    {
        var request = new RotateSecretRequest { SecretId = Secret.Arn.ToString(), ClientRequestToken = Session.NewId(), RotateImmediately = immediately };
        if (await Act(async call =>
            {
                await Rotation.Rotate(call, request, Leaving);
                await LoadRuns(call);
            }))
            await Changed.InvokeAsync();
    }

    private async Task Check() => await Act(async call => _report = await Rotation.Check(call, Secret.Arn.ToString(), function: null, Leaving));

    private Task<bool> ShowMore() => Act(call => LoadOlder(call, RunsMore));

    private async Task LoadOlder(CallContext call, int count)
    {
        var older = await History.Older(call, Secret.Arn.ToString(), _older.Count > 0 ? _older[^1] : Runs[^1], count, Leaving);
        _older.AddRange(older);
        _hasOlder = older.Count == count;
    }

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
        if (await ConfirmDialog.Ask(Dialogs, SecretPageText.StopTitle, SecretPageText.StopText, SecretPageText.Stop, async call =>
            {
                await Rotation.Cancel(call, Secret.Arn.ToString(), Leaving);
                await LoadRuns(call);
            }))
            await Changed.InvokeAsync();
    }

    private async Task EditSchedule()
    {
        var parameters = new DialogParameters<ScheduleDialog> { { d => d.Secret, Secret } };
        var dialog = await Dialogs.ShowAsync<ScheduleDialog>(SecretPageText.ScheduleTitle, parameters, DialogShapes.LargeForm);
        if (await dialog.Result is not { Canceled: false })
            return;
        await Ask(LoadRuns);
        await Changed.InvokeAsync();
    }
}
