using System.Globalization;
using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Services.Audit;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>The three questions that people come with: who uses it, is its rotation healthy, what happened.</summary>
public sealed partial class SecretAnswers : RotationWatch
{
    private const int RecordsLookedAt = 100;
    private const int ChangesShown = 4;

    // What only looks: it is no answer to what happened.
    private static readonly HashSet<string> s_looks = new(StringComparer.Ordinal)
    {
        SecretActions.GetSecretValue, SecretActions.DescribeSecret, SecretActions.GetResourcePolicy, SecretActions.ListSecretVersionIds, SecretActions.ValidateResourcePolicy, PortalActions.ExplainAccess,
    };

    private IReadOnlyList<(string Caller, DateTimeOffset At)> _readers = [];
    private IReadOnlyList<AuditEvent> _changes = [];
    private bool _maySearch;
    private bool _isCut;
    private DateTimeOffset _changeShown;

    [Inject]
    private AuditLog Log { get; set; } = default!;

    /// <summary>How the rotation is.</summary>
    [Parameter]
    public RotationHealth Health { get; set; }

    private string LastRead => Secret.LastAccessedOn is { } day
        ? Words.Fill(SecretPageText.LastReadDay, day.ToString("d MMM yyyy", CultureInfo.InvariantCulture))
        : SecretPageText.NeverRead;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        _maySearch = await May(Rights.SearchAudit, "*");
        await base.OnInitializedAsync();
    }

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        if (!_maySearch || _changeShown == Secret.LastChangedAt)
            return;
        _changeShown = Secret.LastChangedAt;
        await Ask(async call =>
        {
            var found = (await Log.Search(call, new AuditQuery { Resource = Secret.Arn.ToString(), Limit = RecordsLookedAt }, nextToken: null, Leaving)).Events;
            _isCut = found.Count == RecordsLookedAt;
            _readers =
            [
                .. found.Where(entry => entry.Record is { Action: SecretActions.GetSecretValue, Outcome: AuditOutcome.Succeeded })
                    .GroupBy(entry => entry.Record.Caller, StringComparer.Ordinal).Select(reads => (reads.Key, reads.First().Record.At)),
            ];
            _changes = [.. found.Where(entry => !RotationDetail.Is(entry.Record) && (!s_looks.Contains(entry.Record.Action) || entry.Record.Outcome == AuditOutcome.Denied)).Take(ChangesShown)];
        });
    }
}
