using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Audit;
using SecretsPortal.Services.Audit;
using SecretsPortal.Web.Portal.Model;

namespace SecretsPortal.Web.Portal.Pages;

/// <summary>The log, by action, resource and outcome.</summary>
public sealed partial class Audit : PortalPage
{
    private const int PageSize = 50;

    private List<AuditEvent>? _events;
    private string? _nextToken;
    private string? _action;
    private string? _resource;
    private AuditOutcome? _outcome;
    private AuditQuery _query = new();

    [Inject]
    private AuditLog Log { get; set; } = default!;

    /// <summary>The resource to begin with, from the address.</summary>
    [SupplyParameterFromQuery(Name = "resource")]
    public string? Resource { get; set; }

    /// <inheritdoc/>
    protected override Task OnInitializedAsync()
    {
        _resource = Resource;
        return Search();
    }

    private Task<bool> Search() => Act(async call =>
    {
        _query = new AuditQuery
        {
            Action = ActionOf(_action),
            Resource = string.IsNullOrWhiteSpace(_resource) ? null : _resource.Trim(),
            Outcome = _outcome,
            Limit = PageSize,
        };
        var page = await Log.Search(call, _query, nextToken: null, Leaving);
        _events = [.. page.Events];
        _nextToken = page.NextToken;
    });

    private Task<bool> LoadMore() => Act(async call =>
    {
        var page = await Log.Search(call, _query, _nextToken, Leaving);
        _events?.AddRange(page.Events);
        _nextToken = page.NextToken;
    });

    // An operation's bare name is taken for the API's, which most are.
    private static string? ActionOf(string? typed) => typed?.Trim() switch
    {
        null or "" => null,
        var action when action.Contains(':', StringComparison.Ordinal) => action,
        var operation => $"secretsmanager:{operation}",
    };

    private static string? NameOf(AuditOutcome? outcome) => outcome is { } known ? Words.Of(known) : "Any";
}
