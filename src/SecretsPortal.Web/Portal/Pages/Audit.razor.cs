using Microsoft.AspNetCore.Components;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services;
using SecretsPortal.Services.Audit;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Session;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Pages;

/// <summary>
/// The log, by action, caller, resource, outcome and time; verified, exported and followed from here. The search, the record that is open and whether
/// the page follows stand in the address.
/// </summary>
public sealed partial class Audit : PortalPage
{
    // What fills a screen: the rows are held for as long as the page is open.
    private const int FirstRows = 25;
    private const int PageSize = 50;
    private const int MostRows = 500;

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(2);

    private AuditFilter _typed = new();
    private AuditFilter _filter = new();
    private AuditFilter? _searched;
    private IReadOnlyDictionary<string, string> _faults = new Dictionary<string, string>();
    private List<AuditEvent>? _events;
    private IReadOnlyList<AuditAnchor>? _archives;
    private string? _nextToken;
    private bool _mayVerify;
    private bool _mayExport;
    private bool _isAsked;
    private bool _isVerifying;
    private long _verified;
    private long _newest;
    private long _newAfter = long.MaxValue;
    private bool _isOverflowing;
    private bool _isRefused;
    private AuditVerification? _verdict;

    [Inject]
    private AuditLog Log { get; set; } = default!;

    [Inject]
    private AuditReader Records { get; set; } = default!;

    [Inject]
    private AuditVerifier Verifier { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    /// <summary>From the address, as are those below.</summary>
    [SupplyParameterFromQuery(Name = "action")]
    public string? Action { get; set; }

    /// <summary>Who.</summary>
    [SupplyParameterFromQuery(Name = "caller")]
    public string? Caller { get; set; }

    /// <summary>A secret's name, or an ARN.</summary>
    [SupplyParameterFromQuery(Name = "resource")]
    public string? Resource { get; set; }

    /// <summary>How it ended.</summary>
    [SupplyParameterFromQuery(Name = "outcome")]
    public string? Outcome { get; set; }

    /// <summary>From this time on.</summary>
    [SupplyParameterFromQuery(Name = "from")]
    public string? From { get; set; }

    /// <summary>Before this time.</summary>
    [SupplyParameterFromQuery(Name = "until")]
    public string? Until { get; set; }

    /// <summary>The address it came from.</summary>
    [SupplyParameterFromQuery(Name = "address")]
    public string? Address { get; set; }

    /// <summary>The request's id.</summary>
    [SupplyParameterFromQuery(Name = "request")]
    public string? Request { get; set; }

    /// <summary>The record whose details are open.</summary>
    [SupplyParameterFromQuery(Name = "record")]
    public long? Record { get; set; }

    /// <summary>Anything where the page follows the log.</summary>
    [SupplyParameterFromQuery(Name = "follow")]
    public string? Following { get; set; }

    private bool IsFollowing => Following is not null && !_isRefused;

    private string FollowNote => (IsFollowing, _isOverflowing) switch
    {
        (true, true) => AuditText.FollowsTooMuch,
        (true, false) => AuditText.Follows,
        _ => _isRefused ? AuditText.FollowsNoMore : "",
    };

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        _mayVerify = await May(PortalActions.VerifyAudit, "*");
        _mayExport = await May(PortalActions.ExportAudit, "*");
        _ = Follow();
    }

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        _filter = new AuditFilter
        {
            Action = Action, Caller = Caller, Resource = Resource, From = From, Until = Until, Address = Address, Request = Request,
            Outcome = Enum.TryParse<AuditOutcome>(Outcome, ignoreCase: true, out var outcome) && Enum.IsDefined(outcome) ? outcome : null,
        };
        if (_searched == _filter)
            return;
        var isFirst = _searched is null;
        (_searched, _typed) = (_filter, _filter with { });
        _faults = _typed.Faults();
        await Search();
        if (isFirst)
            await Ask(async call => _archives = await Records.ListArchives(call, Leaving));
    }

    private async Task Submit()
    {
        _faults = _typed.Faults();
        if (_faults.Count > 0)
            return;
        // The same search may find more by now.
        if (_typed == _filter)
            await Search();
        else
            Navigation.NavigateTo(Session.Here(_typed.ToAddress(record: null, IsFollowing)));
    }

    private Task Search()
    {
        _isAsked = true;
        return SearchAsked();
    }

    // What is asked for while something runs is searched once that has ended; of several such the last one, which is what the address and the fields say.
    private async Task SearchAsked()
    {
        while (_isAsked && !IsBusy)
        {
            _isAsked = false;
            await Act(Find);
        }
    }

    private async Task Find(CallContext call)
    {
        var page = await Log.Search(call, _filter.ToQuery(FirstRows), nextToken: null, Leaving);
        _events = [.. page.Events];
        _nextToken = page.NextToken;
        (_newAfter, _isOverflowing) = (_events.Count > 0 ? _events[0].Sequence : 0, false);
        _newest = Math.Max(_newest, _newAfter);
        _isRefused = false;
    }

    private async Task LoadMore()
    {
        await Act(async call =>
        {
            var page = await Log.Search(call, _filter.ToQuery(PageSize), _nextToken, Leaving);
            _events?.AddRange(page.Events);
            _nextToken = page.NextToken;
        });
        await SearchAsked();
    }

    private void Switch()
    {
        var follows = !IsFollowing;
        _isRefused = false;
        Navigation.NavigateTo(Session.Here(_filter.ToAddress(Record, follows)), replace: true);
    }

    private async Task Verify()
    {
        (_verdict, _verified, _isVerifying) = (null, 0, true);
        await Ask(async call => _verdict = await Verifier.Verify(call, new Progress<long>(Show), Leaving));
        _isVerifying = false;
    }

    private void Show(long records)
    {
        _verified = records;
        _ = InvokeAsync(StateHasChanged);
    }

    private string ExportAddress(string format) => AuditDownloads.AddressOf(_filter.ToQuery(PageSize), format);

    // Asks again and again for as long as the page is open and follows.
    private async Task Follow()
    {
        try
        {
            while (true)
            {
                await Task.Delay(s_pause, Time, Leaving);
                if (IsFollowing && _events is not null && !IsBusy)
                    await LookAgain(_filter, _events);
            }
        }
        catch (OperationCanceledException) when (Leaving.IsCancellationRequested)
        {
            // The user left the page.
        }
        catch (SessionEndedException)
        {
            // The page itself leads to sign-in.
        }
        catch (Exception fault)
        {
            await DispatchExceptionAsync(fault);
        }
    }

    private async Task LookAgain(AuditFilter filter, List<AuditEvent> events)
    {
        IReadOnlyList<AuditEvent> fresh;
        try
        {
            fresh = await Records.Follow(await Session.NewCall(Leaving), filter.ToQuery(PageSize), events.Count > 0 ? events[0].Sequence : 0, Leaving);
        }
        catch (PortalException refusal) when (refusal.Error == PortalError.AccessDenied)
        {
            // The permission was taken away. To ask on would fill the log with records of what was denied.
            _isRefused = true;
            StateHasChanged();
            return;
        }
        catch (PortalException)
        {
            // The store is away for a moment; the picture is late, nothing more.
            return;
        }

        // Meanwhile another search may have been made.
        if (fresh.Count == 0 || !ReferenceEquals(events, _events))
            return;
        _isOverflowing = fresh.Count == AuditReader.MostNew;
        events.InsertRange(0, fresh);
        if (events.Count > MostRows)
        {
            // What is dropped is found by a search; an open page must not grow for ever.
            events.RemoveRange(MostRows, events.Count - MostRows);
            _nextToken = null;
        }

        _newest = Math.Max(_newest, events[0].Sequence);
        StateHasChanged();
    }
}
