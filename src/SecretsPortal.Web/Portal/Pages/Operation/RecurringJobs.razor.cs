using Microsoft.AspNetCore.Components;
using SecretsPortal.Web.Jobs;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Pages.Operation;

/// <summary>What is begun again and again.</summary>
public sealed partial class RecurringJobs : ComponentBase
{
    /// <summary>The jobs.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<RecurringJob> Jobs { get; set; } = [];

    /// <summary>Shows the button that runs one.</summary>
    [Parameter]
    public bool MayManage { get; set; }

    /// <summary>Disables it while an action runs.</summary>
    [Parameter]
    public bool IsBusy { get; set; }

    /// <summary>Somebody wants one to run now.</summary>
    [Parameter]
    public EventCallback<string> Run { get; set; }

    private static string Name(RecurringJob job) => Fill.In(JobsText.RunOf, job.Id);
}
