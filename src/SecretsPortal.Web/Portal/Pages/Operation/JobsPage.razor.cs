using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Web.Jobs;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Pages.Operation;

/// <summary>What is done in the background: at a glance, with what helps where it hangs, or in Hangfire's own dashboard.</summary>
public sealed partial class JobsPage : PortalPage
{
    private const string ViewName = "view";
    private const string Dashboard = "dashboard";

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);

    private JobOverview? _jobs;
    private bool _mayManage;
    private bool _isRefused;

    [Inject]
    private JobBoard Board { get; set; } = default!;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [Inject]
    private ISnackbar Notices { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    /// <summary>Which view: <c>dashboard</c>, or the one at a glance where it is anything else.</summary>
    [SupplyParameterFromQuery(Name = ViewName)]
    public string? View { get; set; }

    private bool IsDashboard => View == Dashboard;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        _mayManage = await May(PortalActions.ManageJobs, "*");
        // The dashboard's own pages leave their record themselves.
        if (!IsDashboard)
            await Load();
    }

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        if (!IsDashboard && _jobs is null && Fault is null)
            await Load();
    }

    /// <inheritdoc/>
    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender)
            _ = KeepFresh();
    }

    private Task<bool> Load()
    {
        Fault = null;
        return Ask(async call => _jobs = await Board.Open(call, Leaving));
    }

    private Task Trigger(string id) => Do(call => Board.Trigger(call, id, Leaving), Fill.In(JobsText.Ran, id));

    private Task Requeue(ListedJob job) => Do(call => Board.Requeue(call, job.Id, job.State, Leaving), JobsText.Requeued);

    private async Task Delete(ListedJob job)
    {
        if (await ConfirmDialog.Ask(Dialogs, JobsText.DeleteTitle, Fill.In(JobsText.DeleteText, job.Name), JobsText.DeleteLabel, call => Board.Delete(call, job.Id, job.State, Leaving)))
            await Tell(JobsText.Deleted);
    }

    private async Task Do(Func<Services.CallContext, Task> action, string done)
    {
        if (await Act(action))
            await Tell(done);
    }

    private async Task Tell(string done)
    {
        Notices.Add(done, Severity.Success);
        await Refresh();
    }

    // Whose permission is taken away asks no more by himself: each question would be recorded as one that was denied.
    private async Task Refresh() =>
        _isRefused = !await Ask(async call => _jobs = await Board.Refresh(call, Leaving)) && FaultKind == PortalError.AccessDenied;

    private async Task KeepFresh()
    {
        var leaving = Leaving;
        while (!leaving.IsCancellationRequested)
        {
            await Task.Delay(s_pause, Time, leaving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (leaving.IsCancellationRequested || _jobs is null || _isRefused || IsDashboard)
                continue;
            await InvokeAsync(async () =>
            {
                await Refresh();
                if (!leaving.IsCancellationRequested)
                    StateHasChanged();
            });
        }
    }
}
