using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Replicas;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>Where a secret is replicated to; on a replica, the way to become a secret of its own.</summary>
public sealed partial class ReplicaCard : PortalPage
{
    private string _region = "";
    private string _key = "";
    private bool _overwrites;
    private bool _isAdding;
    private bool _mayAdd;
    private bool _mayRemove;
    private bool _mayStop;

    [Inject]
    private ReplicaService Replicas { get; set; } = default!;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    /// <summary>The secret.</summary>
    [Parameter, EditorRequired]
    public Secret Secret { get; set; } = default!;

    /// <summary>Replicas came or went.</summary>
    [Parameter]
    public EventCallback Changed { get; set; }

    private List<string> Free => [.. Session.Regions.Where(region => region != Secret.Arn.Region && Secret.Replicas.All(replica => replica.Region != region))];

    // What the service says of a region and of a key begins so; of a replica that is tried again it is beside no field.
    private string? RegionFault => _isAdding && Fault?.StartsWith("Invalid replica region", StringComparison.Ordinal) == true ? Fault : null;

    private string? KeyFault => _isAdding && Fault?.StartsWith("The KMS key", StringComparison.Ordinal) == true ? Fault : null;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        var isThere = Secret.DeletedAt is null;
        _mayAdd = isThere && await MayChange(Rights.Replicate, Secret);
        _mayRemove = isThere && await MayChange(Rights.RemoveRegions, Secret);
        _mayStop = isThere && Secret.IsReplica && await May(Rights.StopReplication, Secret.Arn.ToString(), Secret);
    }

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        if (!Free.Contains(_region))
            _region = Free.FirstOrDefault() ?? "";
    }

    private static string WordOf(ReplicaStatus status) => status switch
    {
        ReplicaStatus.InSync => SecretPageText.ReplicaInSync,
        ReplicaStatus.InProgress => SecretPageText.ReplicaInProgress,
        _ => SecretPageText.ReplicaFailed,
    };

    private static string ToneOf(ReplicaStatus status) => status switch
    {
        ReplicaStatus.InSync => "good",
        ReplicaStatus.InProgress => "live",
        _ => "bad",
    };

    private async Task Add()
    {
        _isAdding = true;
        var region = new ReplicaRegion(_region, _key.Trim() is { Length: > 0 } key ? key : null);
        if (!await Act(call => Replicas.Replicate(call, Secret.Arn.ToString(), [region], _overwrites, Leaving)))
            return;
        (_key, _overwrites) = ("", false);
        await Changed.InvokeAsync();
    }

    private async Task Retry(SecretReplica replica)
    {
        _isAdding = false;
        if (await Act(call => Replicas.Replicate(call, Secret.Arn.ToString(), [new ReplicaRegion(replica.Region, replica.KmsKeyId)], _overwrites, Leaving)))
            await Changed.InvokeAsync();
    }

    private async Task Remove(SecretReplica replica)
    {
        if (await ConfirmDialog.Ask(Dialogs, Words.Fill(SecretPageText.ReplicaRemoveTitle, replica.Region), SecretPageText.ReplicaRemoveText, SecretPageText.ReplicaRemoveYes,
            call => Replicas.RemoveRegions(call, Secret.Arn.ToString(), [replica.Region], Leaving)))
            await Changed.InvokeAsync();
    }

    private async Task Stop()
    {
        if (await ConfirmDialog.Ask(Dialogs, SecretPageText.PromoteTitle, SecretPageText.PromoteText, SecretPageText.Promote,
            call => Replicas.Stop(call, Secret.Arn.ToString(), Leaving)))
            await Changed.InvokeAsync();
    }
}
