using System.Globalization;
using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Audit;
using SecretsPortal.Web.Portal.Model;

namespace SecretsPortal.Web.Portal.Pages;

/// <summary>The log, by action, caller, resource, outcome and time; verified and exported from here.</summary>
public sealed partial class Audit : PortalPage
{
    private const int PageSize = 50;

    private List<AuditEvent>? _events;
    private string? _nextToken;
    private string? _action;
    private string? _resource;
    private string? _caller;
    private string? _from;
    private string? _until;
    private AuditOutcome? _outcome;
    private bool _mayVerify;
    private bool _mayExport;
    private bool _isVerifying;
    private long _verified;
    private AuditVerification? _verdict;
    private AuditQuery _query = new();

    [Inject]
    private AuditLog Log { get; set; } = default!;

    [Inject]
    private AuditVerifier Verifier { get; set; } = default!;

    /// <summary>The resource to begin with, from the address.</summary>
    [SupplyParameterFromQuery(Name = "resource")]
    public string? Resource { get; set; }

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        _resource = Resource;
        await Search();
        _mayVerify = await May(PortalActions.VerifyAudit, "*");
        _mayExport = await May(PortalActions.ExportAudit, "*");
    }

    private Task<bool> Search() => Act(async call =>
    {
        _query = new AuditQuery
        {
            From = TimeOf(_from),
            Until = TimeOf(_until),
            Caller = Trimmed(_caller),
            Action = ActionOf(_action),
            Resource = Trimmed(_resource),
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

    private async Task Verify()
    {
        (_verdict, _verified, _isVerifying) = (null, 0, true);
        await Act(async call => _verdict = await Verifier.Verify(call, new Progress<long>(Show), Leaving));
        _isVerifying = false;
    }

    private void Show(long records)
    {
        _verified = records;
        _ = InvokeAsync(StateHasChanged);
    }

    private string ExportAddress(string format) => AuditDownloads.AddressOf(_query, format);

    private static string? Trimmed(string? typed) => string.IsNullOrWhiteSpace(typed) ? null : typed.Trim();

    // The browser's field gives a date and a time without a zone.
    private static DateTimeOffset? TimeOf(string? typed) =>
        DateTimeOffset.TryParse(typed, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    // An operation's bare name is taken for the API's, which most are.
    private static string? ActionOf(string? typed) => typed?.Trim() switch
    {
        null or "" => null,
        var action when action.Contains(':', StringComparison.Ordinal) => action,
        var operation => $"secretsmanager:{operation}",
    };

    private static string? NameOf(AuditOutcome? outcome) => outcome is { } known ? Words.Of(known) : "Any";
}
