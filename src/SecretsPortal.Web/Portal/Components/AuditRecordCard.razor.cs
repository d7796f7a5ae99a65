using Microsoft.AspNetCore.Components;
using SecretsPortal.Services.Audit;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>One record of the log: all that it says, and its place in the chain.</summary>
public sealed partial class AuditRecordCard : PortalPage
{
    private long? _shown;
    private AuditPlace? _place;

    [Inject]
    private AuditReader Records { get; set; } = default!;

    /// <summary>Its number.</summary>
    [Parameter, EditorRequired]
    public long Sequence { get; set; }

    /// <summary>The address of another record's details.</summary>
    [Parameter, EditorRequired]
    public Func<long, string> Neighbour { get; set; } = default!;

    /// <summary>The address without details.</summary>
    [Parameter, EditorRequired]
    public string Close { get; set; } = "";

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        if (_shown == Sequence)
            return;
        (_shown, _place, Fault) = (Sequence, null, null);
        await Ask(async call => _place = await Records.Get(call, Sequence, Leaving));
    }
}
