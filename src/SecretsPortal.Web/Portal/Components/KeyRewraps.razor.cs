using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core;
using SecretsPortal.Core.Keys;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services;
using SecretsPortal.Services.Kms;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Session;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>The re-wrappings from a KMS key, with their progress while they are open.</summary>
public sealed partial class KeyRewraps : PortalPage
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(2);

    private List<RewrapJob>? _jobs;
    private IReadOnlyList<KeyDetail> _others = [];
    private string? _target;
    private bool _mayRewrap;

    [Inject]
    private KeyService Keys { get; set; } = default!;

    [Inject]
    private RewrapService Rewraps { get; set; } = default!;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    /// <summary>The key that is wrapped from.</summary>
    [Parameter, EditorRequired]
    public KeyDetail Key { get; set; } = default!;

    /// <summary>The key has a new version.</summary>
    [Parameter]
    public EventCallback Changed { get; set; }

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        _mayRewrap = await May(PortalActions.RewrapKey, Key.Arn);
        await Ask(Load);
        _ = Follow();
    }

    private async Task Load(CallContext call)
    {
        _others = [.. (await Keys.List(call, maxResults: null, nextToken: null, Leaving)).Keys.Where(key => key.KeyId != Key.KeyId && key.State == KmsKeyState.Enabled)];
        _jobs = [.. (await Rewraps.List(call, maxResults: null, nextToken: null, Leaving)).Jobs.Where(job => job.SourceKeyId == Key.KeyId).Take(10)];
    }

    private async Task NewVersion()
    {
        if (await ConfirmDialog.Ask(Dialogs, KeysText.NewVersionTitle, KeysText.NewVersionText, KeysText.NewVersion,
            call => Rewraps.Rotate(call, Key.KeyId, Leaving), Color.Primary))
            await Changed.InvokeAsync();
    }

    private Task Renew() => Begin(KeysText.RenewTitle, KeysText.RenewText, target: null);

    private Task MoveAll() => Begin(KeysText.MoveTitle, Words.Fill(KeysText.MoveText, KeyWords.NameOf(Key), NameOf(_target!)), _target);

    private async Task Begin(string title, string text, string? target)
    {
        if (await ConfirmDialog.Ask(Dialogs, title, text, KeysText.Begin, call => Rewraps.Start(call, Key.KeyId, target, Leaving), Color.Primary))
            await Ask(Load);
    }

    private Task Pause(RewrapJob job) => Change(call => Rewraps.Pause(call, job.JobId, Leaving));

    private Task Resume(RewrapJob job) => Change(call => Rewraps.Resume(call, job.JobId, Leaving));

    private async Task GiveUp(RewrapJob job)
    {
        if (await ConfirmDialog.Ask(Dialogs, KeysText.GiveUpTitle, KeysText.GiveUpText, KeysText.GiveUp,
            call => Rewraps.Cancel(call, job.JobId, Leaving)))
            await Ask(Load);
    }

    private async Task Change(Func<CallContext, Task> action)
    {
        if (await Act(action))
            await Ask(Load);
    }

    private string NameOf(string keyId) => _others.FirstOrDefault(key => key.KeyId == keyId) is { } other ? KeyWords.NameOf(other) : keyId;

    private string TargetOf(RewrapJob job) => job.TargetKeyId == Key.KeyId ? Words.Fill(KeysText.ToVersion, job.TargetVersion) : Words.Fill(KeysText.ToKey, NameOf(job.TargetKeyId));

    private static string ProgressOf(RewrapJob job) => Words.Fill(KeysText.Progress, job.Done, job.Total);

    private static string FailuresOf(RewrapJob job) => job.Failed > 0 ? Words.Fill(KeysText.ProgressFailed, job.Failed) : "";

    private static bool IsOpen(RewrapJob job) => job.State is RewrapState.Queued or RewrapState.Running or RewrapState.Paused;

    private static double PercentOf(RewrapJob job) => job.Total == 0 ? (IsOpen(job) ? 0 : 100) : 100.0 * job.Done / job.Total;

    // Asks as long as one is under way and the card is shown.
    private async Task Follow()
    {
        try
        {
            while (true)
            {
                await Task.Delay(s_pause, Time, Leaving);
                if (_jobs is null || !_jobs.Exists(job => job.State is RewrapState.Queued or RewrapState.Running))
                    continue;
                await LookAgain();
                StateHasChanged();
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

    private async Task LookAgain()
    {
        try
        {
            var call = await Session.NewCall(Leaving);
            for (var i = 0; i < _jobs!.Count; i++)
                if (IsOpen(_jobs[i]))
                    _jobs[i] = await Rewraps.Watch(call, _jobs[i].JobId, Leaving);
        }
        catch (PortalException)
        {
            // The store is away for a moment; the picture is late, nothing more.
        }
    }
}
