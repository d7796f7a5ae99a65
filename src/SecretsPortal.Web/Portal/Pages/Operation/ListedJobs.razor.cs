using Microsoft.AspNetCore.Components;
using SecretsPortal.Web.Jobs;
using SecretsPortal.Web.Portal.Model;

namespace SecretsPortal.Web.Portal.Pages.Operation;

/// <summary>Jobs of one state.</summary>
public sealed partial class ListedJobs : ComponentBase
{
    /// <summary>What they have in common.</summary>
    [Parameter, EditorRequired]
    public string Title { get; set; } = "";

    /// <summary>The same for those who hear the table.</summary>
    [Parameter, EditorRequired]
    public string Caption { get; set; } = "";

    /// <summary>What is said where there is none.</summary>
    [Parameter, EditorRequired]
    public string Empty { get; set; } = "";

    /// <summary>What their time is called.</summary>
    [Parameter, EditorRequired]
    public string When { get; set; } = "";

    /// <summary>What their detail is called; null where they have none.</summary>
    [Parameter]
    public string? Detail { get; set; }

    /// <summary>The first of them.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<ListedJob> Jobs { get; set; } = [];

    /// <summary>How many there are.</summary>
    [Parameter, EditorRequired]
    public long Count { get; set; }

    /// <summary>Shows the buttons.</summary>
    [Parameter]
    public bool MayManage { get; set; }

    /// <summary>Disables them while an action runs.</summary>
    [Parameter]
    public bool IsBusy { get; set; }

    /// <summary>Somebody wants one to be done again.</summary>
    [Parameter]
    public EventCallback<ListedJob> Requeue { get; set; }

    /// <summary>Somebody wants one to be gone.</summary>
    [Parameter]
    public EventCallback<ListedJob> Delete { get; set; }

    private static string With(string text, ListedJob job) => Fill.In(text, job.Name);
}
