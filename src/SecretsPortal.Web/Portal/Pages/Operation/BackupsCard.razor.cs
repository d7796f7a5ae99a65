using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Backups;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Pages.Operation;

/// <summary>The backups of the embedded database.</summary>
public sealed partial class BackupsCard : ValuePage
{
    private BackupList? _list;
    private bool _mayList;
    private bool _mayCreate;
    private bool _mayDownload;
    private bool _mayDelete;
    private bool _isMaking;

    [Inject]
    private PortalBackups Backups { get; set; } = default!;

    [Inject]
    private ISnackbar Notices { get; set; } = default!;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        _mayList = await May(PortalActions.ListBackups, "*");
        if (!_mayList)
            return;
        _mayCreate = await May(PortalActions.CreateBackup, "*");
        _mayDownload = await May(PortalActions.DownloadBackup, "*");
        _mayDelete = await May(PortalActions.DeleteBackup, "*");
        await Load();
    }

    private Task<bool> Load() => Ask(async call => _list = await Backups.List(call, Leaving));

    private async Task Make()
    {
        Backup? made = null;
        _isMaking = true;
        var isMade = await Act(async call => made = await Backups.Create(call, Leaving));
        _isMaking = false;
        if (!isMade)
            return;
        Notices.Add(Fill.In(SystemText.Made, made!.Name), Severity.Success);
        await Load();
    }

    // The browser fetches the file by itself, and could not be asked for a proof then.
    private async Task Download(Backup backup)
    {
        if (await ActProved(call => Backups.Prepare(call, backup.Name, Leaving)))
            Navigation.NavigateTo(BackupDownloads.AddressOf(backup), forceLoad: true);
    }

    private async Task Delete(Backup backup)
    {
        if (!await ConfirmDialog.Ask(Dialogs, SystemText.DeleteTitle, Fill.In(SystemText.DeleteText, backup.Name), SystemText.DeleteDo, call => Backups.Delete(call, backup.Name, Leaving)))
            return;
        Notices.Add(Fill.In(SystemText.DeleteDone, backup.Name), Severity.Success);
        await Load();
    }
}
