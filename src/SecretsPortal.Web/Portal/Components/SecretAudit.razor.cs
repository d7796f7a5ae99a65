using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Audit;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>The latest records about a secret, for those who may read the log.</summary>
public sealed partial class SecretAudit : PortalPage
{
    private const int EventsShown = 25;

    private IReadOnlyList<AuditEvent>? _events;
    private bool _maySearch;
    private DateTimeOffset _changeShown;

    [Inject]
    private AuditLog Log { get; set; } = default!;

    /// <summary>The secret.</summary>
    [Parameter, EditorRequired]
    public Secret Secret { get; set; } = default!;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync() => _maySearch = await May(Rights.SearchAudit, "*");

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        if (!_maySearch || _changeShown == Secret.LastChangedAt)
            return;
        _changeShown = Secret.LastChangedAt;
        await Load();
    }

    private Task<bool> Load() => Act(async call =>
    {
        var query = new AuditQuery { Resource = Secret.Arn.ToString(), Limit = EventsShown };
        _events = (await Log.Search(call, query, nextToken: null, Leaving)).Events;
    });
}
