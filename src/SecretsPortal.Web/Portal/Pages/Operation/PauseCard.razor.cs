using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Pages.Operation;

/// <summary>The switch that holds all rotations up.</summary>
public sealed partial class PauseCard : PortalPage
{
    private bool _mayPause;
    private bool _mayResume;

    /// <summary>What holds them up; null where nothing does.</summary>
    [Parameter, EditorRequired]
    public RotationHold? Hold { get; set; }

    /// <summary>It is another way now.</summary>
    [Parameter, EditorRequired]
    public EventCallback Changed { get; set; }

    [Inject]
    private RotationOverview Rotations { get; set; } = default!;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [Inject]
    private ISnackbar Notices { get; set; } = default!;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        _mayPause = await May(PortalActions.PauseRotations, "*");
        _mayResume = await May(PortalActions.ResumeRotations, "*");
    }

    private async Task Pause()
    {
        var dialog = await Dialogs.ShowAsync<PauseDialog>(SystemText.PauseTitle, DialogShapes.SmallForm);
        if (await dialog.Result is { Canceled: false })
            await Tell(SystemText.PauseDone);
    }

    private async Task Resume()
    {
        if (await Act(call => Rotations.Resume(call, Leaving)))
            await Tell(SystemText.Resumed);
    }

    private async Task Tell(string done)
    {
        Notices.Add(done, Severity.Success);
        await Changed.InvokeAsync();
    }
}
