using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using MudBlazor;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>
/// The value of a secret, hidden until it is asked for: the whole of it, a field, or straight into the clipboard. Each takes the same road as GetSecretValue,
/// so it is decided and recorded there. The plaintext lives in this component alone and is let go of after half a minute, on Hide, when the page is covered
/// or left, and when the version is another one.
/// </summary>
public sealed partial class ValueCard : ValuePage
{
    private const string Dots = "••••••••••••";
    private const int SecondsShown = 30;

    private List<FieldView> _fields = [];
    private string? _text;
    private int? _bytes;
    private string? _copied;
    private int _left;
    private int _hidings;
    private bool _wasHidden;
    private CancellationTokenSource? _countdown;
    private DotNetObjectReference<ValueCard>? _self;
    private IJSObjectReference? _script;
    private string? _chosen;
    private string? _shownFor;
    private bool _mayRead;
    private bool _mayPut;

    [Inject]
    private SecretReader Reader { get; set; } = default!;

    [Inject]
    private SecretFieldReader Fields { get; set; } = default!;

    [Inject]
    private IJSRuntime Browser { get; set; } = default!;

    [Inject]
    private ISnackbar Notices { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    /// <summary>The secret.</summary>
    [Parameter, EditorRequired]
    public Secret Secret { get; set; } = default!;

    /// <summary>The version to begin with; null for AWSCURRENT's.</summary>
    [Parameter]
    public string? Version { get; set; }

    /// <summary>A new value was put.</summary>
    [Parameter]
    public EventCallback Changed { get; set; }

    private bool IsShown => _text is not null || _fields.Exists(one => one.Value is not null);

    private List<SecretVersion> Readable => [.. Secret.Versions.Where(version => version.HasValue).Reverse()];

    // The labels behind which there is a value; the one in use first.
    private List<KeyValuePair<string, string>> Labelled =>
    [
        .. Secret.Labels.ByLabel.Where(pair => Secret.FindVersion(pair.Value) is { HasValue: true })
            .OrderBy(pair => pair.Key != StagingLabels.Current).ThenBy(pair => pair.Key, StringComparer.Ordinal),
    ];

    private List<SecretVersion> Others => [.. Readable.Where(version => Secret.Labels.Of(version.VersionId).Count == 0)];

    // Who has chosen none follows AWSCURRENT wherever it goes.
    private SecretVersion? Chosen => Readable.Find(version => version.VersionId == (_chosen ?? Secret.Labels.VersionOf(StagingLabels.Current))) ?? (Readable.Count > 0 ? Readable[0] : null);

    /// <summary>The browser covers the page, or shows another one: whoever comes by later sees nothing.</summary>
    [JSInvokable]
    public async Task OnPageHidden()
    {
        _hidings++;
        if (IsShown)
            await InvokeAsync(HideByItself);
    }

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        _chosen = Version;
        _mayRead = await May(Rights.GetValue, Secret.Arn.ToString(), Secret);
        _mayPut = await MayChange(Rights.PutValue, Secret);
    }

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        if (Chosen?.VersionId != _shownFor)
            Hide();
    }

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
            return;
        try
        {
            _self = DotNetObjectReference.Create(this);
            _script = await Browser.InvokeAsync<IJSObjectReference>("import", "./secret.js");
            if (_script is not null)
                await _script.InvokeVoidAsync("watchHidden", _self);
        }
        catch (JSDisconnectedException)
        {
            // The page was left before it was open.
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _countdown?.Cancel();
        (_fields, _text) = ([], null);
        if (disposing)
        {
            _ = StopWatching();
            _self?.Dispose();
        }

        base.Dispose(disposing);
    }

    private static string Named(string format, string name) => Words.Fill(format, name);

    private async Task StopWatching()
    {
        if (_script is not { } script)
            return;
        try
        {
            await script.InvokeVoidAsync("unwatchHidden");
            await script.DisposeAsync();
        }
        catch (Exception fault) when (fault is JSDisconnectedException or OperationCanceledException or ObjectDisposedException)
        {
            // The browser has gone, and what it watched with it.
        }
    }

    private Task Reveal() => Show(async (call, version) =>
    {
        var revealed = await Reader.GetValue(call, Secret.Arn.ToString(), version, versionStage: null, Leaving);
        return () =>
        {
            _bytes = revealed.Value.IsText ? null : revealed.Value.Bytes.Length;
            _text = TextOf(revealed.Value);
            _fields = SecretFields.Read(revealed.Value)?.Select(field => new FieldView(field.Key) { Value = field.Value }).ToList() ?? [];
        };
    });

    private Task RevealField(FieldView field) => Show(async (call, version) =>
    {
        var value = await Fields.GetField(call, Secret.Arn.ToString(), version, field.Name, Leaving);
        return () =>
        {
            // The others may have been hidden meanwhile, and with them this one's place.
            if (_fields.Find(one => one.Name == field.Name) is { } now)
                now.Value = value;
        };
    });

    private Task Copy() => CopyOf("", SecretPageText.CopiedValue, async (call, version) => TextOf((await Reader.GetValue(call, Secret.Arn.ToString(), version, versionStage: null, Leaving)).Value));

    private Task CopyField(FieldView field) => CopyOf(
        field.Name, Named(SecretPageText.CopiedField, field.Name), async (call, version) => (await Fields.GetField(call, Secret.Arn.ToString(), version, field.Name, Leaving)).Reveal());

    // What is copied is read anew, and recorded, each time: a copy is a copy, whether or not the value is shown.
    private async Task CopyOf(string what, string notice, Func<Services.CallContext, string, Task<string>> read)
    {
        if (Chosen is not { } chosen)
            return;
        string? text = null;
        // Of a version that is no longer chosen nobody expects the value in the clipboard.
        if (!await ActProved(async call => text = await read(call, chosen.VersionId)) || text is null || Chosen?.VersionId != chosen.VersionId)
            return;
        var isCopied = await Browser.InvokeAsync<bool>("portal.copy", text);
        _copied = isCopied ? what : null;
        Notices.Add(isCopied ? notice : SecretPageText.CopyRefused, isCopied ? Severity.Normal : Severity.Warning);
    }

    // Another version may be chosen, or the page be hidden, while the value is on its way: then nobody has asked to see it there.
    private async Task Show(Func<Services.CallContext, string, Task<Action>> read)
    {
        if (Chosen is not { } chosen)
            return;
        Action? show = null;
        var hidings = 0;
        // Counted from the reading on: whoever is asked for a proof may have to leave the page for its code.
        var isRead = await ActProved(async call =>
        {
            hidings = _hidings;
            show = await read(call, chosen.VersionId);
        });
        if (!isRead || show is null || hidings != _hidings || Chosen?.VersionId != chosen.VersionId || Leaving.IsCancellationRequested)
            return;
        show();
        _ = CountDown();
    }

    // The browser keeps the time as well: without a connection nothing that happens here reaches the page.
    private async Task TellShown()
    {
        if (_script is not { } script)
            return;
        try
        {
            await script.InvokeVoidAsync("shown", Leaving, SecondsShown);
        }
        catch (Exception fault) when (fault is JSDisconnectedException or OperationCanceledException or ObjectDisposedException)
        {
            // The browser has gone, and what it showed with it.
        }
    }

    // Once more for each thing that is shown.
    private async Task CountDown()
    {
        _countdown?.Cancel();
        using var countdown = CancellationTokenSource.CreateLinkedTokenSource(Leaving);
        _countdown = countdown;
        _left = SecondsShown;
        _ = TellShown();
        try
        {
            while (_left > 0)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), Time, countdown.Token);
                _left--;
                StateHasChanged();
            }

            HideByItself();
        }
        catch (OperationCanceledException) when (countdown.IsCancellationRequested)
        {
            // Hidden by hand, or begun anew.
        }
        finally
        {
            if (_countdown == countdown)
                _countdown = null;
        }
    }

    private void HideByItself()
    {
        Hide();
        _wasHidden = true;
        StateHasChanged();
    }

    private void HideByHand()
    {
        _hidings++;
        Hide();
    }

    private void Hide()
    {
        _countdown?.Cancel();
        (_text, _bytes, _copied, _wasHidden) = (null, null, null, false);
        // Their names are metadata; of a value of one level they are all there is to show.
        _fields = Chosen is { Kind: not (null or SecretKind.Text), FieldNames: { } names } ? [.. names.Select(name => new FieldView(name))] : [];
        _shownFor = Chosen?.VersionId;
    }

    private void Choose(string? version)
    {
        if (string.IsNullOrEmpty(version) || version == Chosen?.VersionId)
            return;
        _chosen = version == Secret.Labels.VersionOf(StagingLabels.Current) ? null : version;
        Hide();
    }

    private async Task PutValue()
    {
        HideByHand();
        var parameters = new DialogParameters<PutValueDialog> { { d => d.Secret, Secret } };
        var dialog = await Dialogs.ShowAsync<PutValueDialog>(SecretPageText.PutTitle, parameters, DialogShapes.LargeForm);
        if (await dialog.Result is { Canceled: false })
            await Changed.InvokeAsync();
    }

    private static string TextOf(SecretValue value) => value.IsText ? value.Text : Convert.ToBase64String(value.Bytes);

    // Not a record: its printer would show the value.
    private sealed class FieldView(string name)
    {
        public string Name { get; } = name;

        public SecretText? Value { get; set; }
    }
}
