using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Dialogs;

/// <summary>Does one thing to several secrets: asks first, shows how far it is, and tells of each that failed why.</summary>
public sealed partial class BulkDialog : PortalPage
{
    private const int MostKeysShown = 12;

    private string _key = "";
    private string _value = "";
    private string? _fault;
    private readonly NumberDraft _days = new(7, 30) { Text = "30" };
    private BulkRun? _run;
    private bool _isRunning;
    private bool _isStopping;
    private bool _isUndone;

    [Inject]
    private SecretWriter Writer { get; set; } = default!;

    [Inject]
    private SecretTagger Tagger { get; set; } = default!;

    [Inject]
    private RotationService Rotation { get; set; } = default!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    /// <summary>What is done.</summary>
    [Parameter, EditorRequired]
    public BulkAction Action { get; set; }

    /// <summary>To which secrets.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<Secret> Secrets { get; set; } = [];

    /// <summary>Once something runs it is closed by its buttons alone: what runs goes on to be seen.</summary>
    internal static DialogOptions Shape { get; } = DialogShapes.Small with { MaxWidth = MaxWidth.Small, CloseOnEscapeKey = false };

    private bool IsUndoable => Action is BulkAction.Delete or BulkAction.Tag or BulkAction.Untag;

    private string Explanation => Action switch
    {
        BulkAction.Tag => SecretsText.BulkTagExplained,
        BulkAction.Untag => SecretsText.BulkUntagExplained,
        BulkAction.Rotate => SecretsText.BulkRotateExplained,
        BulkAction.Delete => SecretsText.BulkDeleteExplained,
        _ => SecretsText.BulkRestoreExplained,
    };

    private string Progress => _isRunning
        ? Words.Fill(SecretsText.BulkRunning, _run!.Tried, _run.Total)
        : Words.Fill(!_isUndone ? DoneOf(Action) : Action == BulkAction.Delete ? SecretsText.BulkRestored : SecretsText.BulkUndone, _run!.Done.Count, _run.Total);

    private string? KnownKeys
    {
        get
        {
            var keys = Secrets.SelectMany(secret => secret.Tags ?? []).Select(tag => tag.Key).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
            return keys.Count == 0 ? SecretsText.NoTagsAmongThem
                : Words.Fill(SecretsText.TagsAmongThem, string.Join(", ", keys.Take(MostKeysShown)) + (keys.Count > MostKeysShown ? ", …" : ""));
        }
    }

    /// <summary>What the dialog is called.</summary>
    internal static string TitleOf(BulkAction action) => action switch
    {
        BulkAction.Tag => SecretsText.BulkTagTitle,
        BulkAction.Untag => SecretsText.BulkUntagTitle,
        BulkAction.Rotate => SecretsText.BulkRotateTitle,
        BulkAction.Delete => SecretsText.BulkDeleteTitle,
        _ => SecretsText.BulkRestoreTitle,
    };

    private static string ButtonOf(BulkAction action) => action switch
    {
        BulkAction.Tag => SecretsText.BulkTagButton,
        BulkAction.Untag => SecretsText.BulkUntagButton,
        BulkAction.Rotate => SecretsText.BulkRotateButton,
        BulkAction.Delete => SecretsText.BulkDeleteButton,
        _ => SecretsText.BulkRestoreButton,
    };

    private static string DoneOf(BulkAction action) => action switch
    {
        BulkAction.Tag => SecretsText.BulkTagged,
        BulkAction.Untag => SecretsText.BulkUntagged,
        BulkAction.Rotate => SecretsText.BulkRotated,
        BulkAction.Delete => SecretsText.BulkDeleted,
        _ => SecretsText.BulkRestored,
    };

    private Task Start()
    {
        // A second click that was on its way before the button was gone.
        if (_run is not null || (Action == BulkAction.Delete && _days.Number is null))
            return Task.CompletedTask;
        _key = _key.Trim();
        _fault = Action is BulkAction.Tag or BulkAction.Untag && _key.Length == 0 ? SecretsText.TagKeyMissing
            : Action is BulkAction.Tag && _key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase) ? SecretsText.TagKeyReserved
            : null;
        return _fault is null ? Go(new BulkRun(Secrets, Do)) : Task.CompletedTask;
    }

    private Task Do(CallContext call, Secret secret)
    {
        var id = secret.Arn.ToString();
        return Action switch
        {
            BulkAction.Tag => Tagger.Tag(call, id, [new SecretTag(_key, _value)], Leaving),
            BulkAction.Untag => Tagger.Untag(call, id, [_key], Leaving),
            BulkAction.Rotate => Rotation.Rotate(call, new RotateSecretRequest { SecretId = id, ClientRequestToken = Session.NewId() }, Leaving),
            BulkAction.Delete => Writer.Delete(call, id, _days.Number, force: false, Leaving),
            _ => Writer.Restore(call, id, Leaving),
        };
    }

    private Task Undo()
    {
        if (_isRunning || _isUndone)
            return Task.CompletedTask;
        _isUndone = true;
        return Go(new BulkRun(_run!.Done, TakeBack));
    }

    // A tag is what it was before, or is not there.
    private Task TakeBack(CallContext call, Secret secret)
    {
        var id = secret.Arn.ToString();
        if (Action == BulkAction.Delete)
            return Writer.Restore(call, id, Leaving);
        return secret.Tags?.FirstOrDefault(tag => tag.Key == _key) is { } before ? Tagger.Tag(call, id, [before], Leaving)
            : Action == BulkAction.Tag ? Tagger.Untag(call, id, [_key], Leaving)
            : Task.CompletedTask;
    }

    private async Task Go(BulkRun run)
    {
        (_run, _isRunning, _isStopping) = (run, true, false);
        // A session that ends meanwhile leads to sign-in; what was done until then stands in the log.
        await Ask(_ => run.Go(() => Session.NewCall(Leaving), Progressed, () => _isStopping));
        _isRunning = false;
        StateHasChanged();
    }

    private Task Progressed() => InvokeAsync(StateHasChanged);

    private void Stop() => _isStopping = true;

    private void Cancel() => Dialog.Cancel();

    // What failed or was not tried stays chosen; after an undo, all is as it was.
    private void Finish()
    {
        IReadOnlyList<Secret> still = _isUndone ? Secrets : [.. _run!.Failed.Select(static one => one.Secret), .. _run.Left];
        Dialog.Close(DialogResult.Ok(still));
    }
}
