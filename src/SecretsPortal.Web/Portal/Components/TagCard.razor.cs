using System.Collections.Immutable;
using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Model;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>A secret's tags, to see and to edit.</summary>
public sealed partial class TagCard : PortalPage
{
    private List<DraftRow>? _rows;
    private IReadOnlyDictionary<string, string> _faults = ImmutableDictionary<string, string>.Empty;
    private bool _mayEdit;

    [Inject]
    private SecretWriter Writer { get; set; } = default!;

    /// <summary>The secret.</summary>
    [Parameter, EditorRequired]
    public Secret Secret { get; set; } = default!;

    /// <summary>The tags were changed.</summary>
    [Parameter]
    public EventCallback Changed { get; set; }

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        _mayEdit = await MayChange(Rights.Tag, Secret) && await MayChange(Rights.Untag, Secret);
    }

    private void Edit()
    {
        _rows = [.. (Secret.Tags ?? []).Select(static t => new DraftRow { Name = t.Key, Value = t.Value })];
        if (_rows.Count == 0)
            _rows.Add(new DraftRow());
    }

    private void Cancel()
    {
        _rows = null;
        _faults = ImmutableDictionary<string, string>.Empty;
        Fault = null;
    }

    private async Task Save()
    {
        var faults = new Dictionary<string, string>(StringComparer.Ordinal);
        TagRules.Check(_rows!, faults);
        _faults = faults;
        if (faults.Count > 0)
            return;
        var wanted = TagRules.Read(_rows!);
        var before = Secret.Tags ?? [];
        var set = wanted.Except(before).ToList();
        var removed = before.Select(static t => t.Key).Except(wanted.Select(static t => t.Key), StringComparer.Ordinal).ToList();
        var isSaved = await Act(async call =>
        {
            // Room is made first: of 50 tags one can be exchanged for another.
            if (removed.Count > 0)
                await Writer.Untag(call, Secret.Arn.ToString(), removed, Leaving);
            if (set.Count > 0)
                await Writer.Tag(call, Secret.Arn.ToString(), set, Leaving);
        });
        if (!isSaved)
            return;
        Cancel();
        await Changed.InvokeAsync();
    }
}
