using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Dialogs;

namespace SecretsPortal.Web.Portal.Pages;

/// <summary>One secret: its value behind a button, its rotation, its versions, its tags and who touched it.</summary>
public sealed partial class SecretDetail : PortalPage
{
    private Secret? _secret;
    private RotationHealth _health;
    private (string? Id, string? Region) _loaded;
    private bool _mayDelete;
    private bool _mayRestore;

    [Inject]
    private SecretReader Reader { get; set; } = default!;

    [Inject]
    private RotationOverview Rotations { get; set; } = default!;

    [Inject]
    private SecretWriter Writer { get; set; } = default!;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [Inject]
    private ISnackbar Notices { get; set; } = default!;

    /// <summary>The secret's name or ARN, from the address.</summary>
    [SupplyParameterFromQuery(Name = "id")]
    public string? Id { get; set; }

    /// <summary>The region in the address; the same name may be another secret there.</summary>
    [SupplyParameterFromQuery(Name = PortalRoutes.RegionName)]
    public string? RegionInAddress { get; set; }

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        if (_loaded == (Id, Session.Region))
            return;
        _loaded = (Id, Session.Region);
        _secret = null;
        await Load();
    }

    private async Task Load()
    {
        Fault = null;
        Secret? found = null;
        var health = RotationHealth.Off;
        if (!await Ask(async call =>
        {
            found = await Reader.Describe(call, Id ?? "", Leaving);
            health = (await Rotations.HealthOf([found], Leaving)).GetValueOrDefault(found.Id);
        }))
        {
            if (FaultKind is PortalError.ResourceNotFound)
                _secret = null;
            return;
        }

        (_secret, _health) = (found!, health);
        _mayDelete = await MayChange(Rights.Delete, _secret);
        _mayRestore = await MayChange(Rights.Restore, _secret);
    }

    private async Task Delete()
    {
        var parameters = new DialogParameters<DeleteDialog> { { d => d.Secret, _secret! } };
        var dialog = await Dialogs.ShowAsync<DeleteDialog>("Delete this secret?", parameters, DialogShapes.Small);
        if (await dialog.Result is { Canceled: false })
            await Load();
    }

    private async Task Restore()
    {
        if (!await Act(call => Writer.Restore(call, _secret!.Arn.ToString(), Leaving)))
            return;
        Notices.Add($"{_secret!.Name} is restored.", Severity.Success);
        await Load();
    }
}
