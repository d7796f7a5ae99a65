using Microsoft.AspNetCore.Components;
using MudBlazor;
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

    private Task Requeue(ListedJob job) => Do(call => Board.Requeue(call, job.Id, Leaving), JobsText.Requeued);

    private async Task Delete(ListedJob job)
    {
        if (await ConfirmDialog.Ask(Dialogs, JobsText.DeleteTitle, Fill.In(JobsText.DeleteText, job.Name), JobsText.DeleteLabel, call => Board.Delete(call, job.Id, Leaving)))
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
        await Ask(async call => _jobs = await Board.Refresh(call, Leaving));
    }

    private async Task KeepFresh()
    {
        var leaving = Leaving;
        while (!leaving.IsCancellationRequested)
        {
            await Task.Delay(s_pause, Time, leaving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (leaving.IsCancellationRequested || _jobs is null || IsDashboard)
                continue;
            await InvokeAsync(async () =>
            {
                await Ask(async call => _jobs = await Board.Refresh(call, leaving));
                if (!leaving.IsCancellationRequested)
                    StateHasChanged();
            });
        }
    }
}
