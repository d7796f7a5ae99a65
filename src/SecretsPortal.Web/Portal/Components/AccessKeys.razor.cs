using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>The access keys of a client. The secret half of a new one is shown once.</summary>
public sealed partial class AccessKeys : ValuePage
{
    private const int MostKeys = 2;

    private NewAccessKey? _made;
    private bool _isOpen;
    private string _description = "";
    private NumberDraft _days = NewDays();
    private bool _mayCreate;
    private bool _mayUpdate;
    private bool _mayDelete;

    [Inject]
    private ClientService Service { get; set; } = default!;

    /// <summary>The client.</summary>
    [Parameter, EditorRequired]
    public ClientSummary Client { get; set; } = default!;

    /// <summary>A key was made, changed or deleted.</summary>
    [Parameter]
    public EventCallback Changed { get; set; }

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        _mayCreate = await May(PortalActions.CreateAccessKey, Client.Arn);
        _mayUpdate = await May(PortalActions.UpdateAccessKey, Client.Arn);
        _mayDelete = await May(PortalActions.DeleteAccessKey, Client.Arn);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Forget();
        base.Dispose(disposing);
    }

    private string? DaysFault => _days.IsEmpty ? null : _days.Fault;

    private string? FaultOf(string field) => _isOpen ? FieldFault.Of(Fault, field, AccessText.KeyDescription) : null;

    private void Open()
    {
        Fault = null;
        _isOpen = true;
    }

    private void Close()
    {
        (_isOpen, _description, _days, Fault) = (false, "", NewDays(), null);
    }

    private void Forget() => _made = null;

    private static NumberDraft NewDays() => new(1, 3650);

    private async Task Create()
    {
        if (DaysFault is not null)
            return;
        NewAccessKey? made = null;
        var request = new CreateAccessKeyRequest { Description = _description, ExpiresAt = _days.Number is { } days ? Session.Now.AddDays(days) : null };
        if (!await ActProved(async call => made = await Service.CreateKey(call, Client.Name, request, Leaving)))
            return;
        Close();
        _made = made;
        await Changed.InvokeAsync();
    }

    private async Task Switch(AccessKeySummary key)
    {
        if (await Act(call => Service.UpdateKey(call, Client.Name, key.AccessKeyId, new UpdateAccessKeyRequest { IsDisabled = !key.IsDisabled }, Leaving)))
            await Changed.InvokeAsync();
    }

    private async Task Delete(AccessKeySummary key)
    {
        if (!await ConfirmDialog.Ask(Dialogs, AccessText.KeyDeleteTitle, Words.Fill(AccessText.KeyDeleteText, key.AccessKeyId), AccessText.Delete,
            call => Service.DeleteKey(call, Client.Name, key.AccessKeyId, Leaving)))
            return;
        if (_made?.Key.AccessKeyId == key.AccessKeyId)
            Forget();
        await Changed.InvokeAsync();
    }
}
