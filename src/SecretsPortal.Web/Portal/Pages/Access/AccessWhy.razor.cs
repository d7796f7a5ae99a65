using System.Collections.Immutable;
using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Pages.Access;

/// <summary>Answers why a caller may do something or may not. The question stands in the address, so an answer can be passed on.</summary>
public sealed partial class AccessWhy : PortalPage
{
    private AccessDraft _draft = new();
    private (string? Caller, string? Action, string? Resource, string When)? _asked;
    private AccessExplanation? _answer;
    private string _subject = "";
    private IReadOnlyList<StatementTrace> _decided = [];
    private IReadOnlyList<StatementTrace> _others = [];
    private bool _wasSubmitted;

    [Inject]
    private AccessExplainer Explainer { get; set; } = default!;

    /// <summary>Whose access, from the address; null for one's own.</summary>
    [SupplyParameterFromQuery(Name = "caller")]
    public string? Caller { get; set; }

    /// <summary>The action, from the address.</summary>
    [SupplyParameterFromQuery(Name = "action")]
    public string? Action { get; set; }

    /// <summary>The resource, from the address.</summary>
    [SupplyParameterFromQuery(Name = "resource")]
    public string? Resource { get; set; }

    /// <summary>Conditions of the request, from the address, as <c>key=value</c>.</summary>
    [SupplyParameterFromQuery(Name = "when")]
    public string[]? When { get; set; }

    // What policies ask for most.
    private static readonly string[] s_usualConditions = ["aws:SourceIp", "secretsmanager:VersionStage", "aws:ResourceTag/team", "aws:PrincipalTag/team", "aws:CurrentTime", "aws:SecureTransport"];

    private IReadOnlyDictionary<string, string> Faults => _wasSubmitted ? _draft.Faults() : ImmutableDictionary<string, string>.Empty;

    private string Verdict => Words.Fill(
        (_answer!.IsAllowed, Resource == "*") switch
        {
            (true, true) => AccessText.WhyYes,
            (true, false) => AccessText.WhyYesOn,
            (false, true) => AccessText.WhyNo,
            (false, false) => AccessText.WhyNoOn,
        },
        _subject, AuditWords.ShortAction(Action!), AuditWords.ShortArn(Resource));

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        var asked = (Caller, Action, Resource, string.Join('\n', When ?? []));
        if (_asked == asked)
            return;
        _asked = asked;
        _draft = AccessDraft.Of(Caller, Action, Resource, When);
        _answer = null;
        if (Action is not null && Resource is not null)
            await Explain();
    }

    private bool Has(string field) => Faults.ContainsKey(field);

    private string? FaultOf(string field) => Faults.GetValueOrDefault(field);

    private static Task<IEnumerable<string>> Actions(string? typed, CancellationToken cancel) => Task.FromResult(
        PortalActions.Known.Where(action => string.IsNullOrEmpty(typed) || action.Contains(typed, StringComparison.OrdinalIgnoreCase)));

    private void AddCondition(string key)
    {
        if (!_draft.Conditions.Any(row => row.Name == key))
            _draft.Conditions.Add(new DraftRow { Name = key });
    }

    private async Task Submit()
    {
        _wasSubmitted = true;
        if (Faults.Count > 0)
            return;
        var (caller, action, resource) = (_draft.CallerArn(Session.AccountId, Session.Region), _draft.Action.Trim(), _draft.Resource.Trim());
        // The same question may have another answer by now.
        var when = _draft.ToWhen();
        if (_asked == (caller, action, resource, string.Join('\n', when)))
            await Explain();
        else
            Navigation.NavigateTo(Session.Here(PortalRoutes.WhyMay(caller, action, resource, when)));
    }

    private Task<bool> Explain() => Act(async call =>
    {
        var caller = Caller ?? call.Caller.Arn;
        _answer = await Explainer.Explain(call, new AccessQuestion(caller, Action!, Resource!, AccessDraft.ContextOf(When)), Leaving);
        _subject = Caller is null || Caller == call.Caller.Arn ? AccessText.WhyYou : AuditWords.ShortArn(caller);
        var decided = _answer.Statements.ToHashSet(StringComparer.Ordinal);
        bool Decides(StatementTrace line) => (line.Applied || line.Fault is not null) && decided.Contains($"{line.Policy}/{line.Statement}");
        _decided = [.. _answer.Trace.Where(Decides)];
        _others = [.. _answer.Trace.Where(line => !Decides(line))];
    });
}
