using System.Collections.Immutable;
using Microsoft.AspNetCore.Components;
using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>A secret's tags, to see and to edit. Of two who edit, the second is told and loses nothing.</summary>
public sealed partial class TagCard : PortalPage
{
    private List<DraftRow>? _rows;
    private IReadOnlyDictionary<string, string> _faults = ImmutableDictionary<string, string>.Empty;
    private Secret? _seen;
    private IReadOnlyList<StoredChange>? _changes;
    private bool _mayEdit;

    [Inject]
    private UndoOffers Undoing { get; set; } = default!;

    [Inject]
    private SecretReader Reader { get; set; } = default!;

    [Inject]
    private SecretTagger Tagger { get; set; } = default!;

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

    private void Edit() => Begin(Secret);

    private void Begin(Secret from)
    {
        _seen = from;
        _rows = [.. (from.Tags ?? []).Select(static t => new DraftRow { Name = t.Key, Value = t.Value })];
        if (_rows.Count == 0)
            _rows.Add(new DraftRow());
    }

    private void TakeTheirs()
    {
        // From here on it is upon what the other one saved.
        Begin(_seen!);
        (_changes, Fault) = (null, null);
    }

    private void Cancel()
    {
        (_rows, _changes, Fault) = (null, null, null);
        _faults = ImmutableDictionary<string, string>.Empty;
    }

    private async Task Save()
    {
        var faults = new Dictionary<string, string>(StringComparer.Ordinal);
        TagRules.Check(_rows!, faults);
        _faults = faults;
        if (faults.Count > 0)
            return;
        var before = _seen!;
        var isLess = (before.Tags ?? []).Except(TagRules.Read(_rows!)).Any();
        if (await Act(call => Store(call, TagRules.Read(_rows!), before, stored => _seen = stored, Leaving)))
        {
            var after = _seen!;
            if (isLess)
                Undoing.Make(SecretPageText.TagsDone, call => Store(call, before.Tags ?? [], after, static _ => { }, CancellationToken.None), Changed);
            Cancel();
            await Changed.InvokeAsync();
            return;
        }

        if (FaultKind != PortalError.PreconditionNotMet)
            return;
        Secret? theirs = null;
        if (!await Ask(async call => theirs = await Reader.Describe(call, Secret.Arn.ToString(), Leaving)))
            return;
        _changes = SecondEditor.Changes((SecretPageText.Tags, Line(_seen!), Line(theirs!)));
        _rows = TagRules.Merged(_rows!, _seen!.Tags ?? [], theirs!.Tags ?? []);
        _seen = theirs;
    }

    private static string Line(Secret secret) => SecondEditor.Line((secret.Tags ?? []).Select(static tag => (tag.Key, tag.Value)));

    // Of the two steps the first may be done and the second refused: each tells what is stored then.
    private async Task Store(CallContext call, IReadOnlyList<SecretTag> wanted, Secret seen, Action<Secret> stored, CancellationToken cancel)
    {
        var before = seen.Tags ?? [];
        var set = wanted.Except(before).ToList();
        var removed = before.Select(static t => t.Key).Except(wanted.Select(static t => t.Key), StringComparer.Ordinal).ToList();
        // Room is made first: of 50 tags one can be exchanged for another.
        if (removed.Count > 0)
            stored(seen = await Tagger.Untag(call, Secret.Arn.ToString(), removed, seen, cancel));
        if (set.Count > 0)
            stored(await Tagger.Tag(call, Secret.Arn.ToString(), set, seen, cancel));
    }
}
