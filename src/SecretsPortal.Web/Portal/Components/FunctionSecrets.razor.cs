using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Rotation.Functions;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Session;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>The secrets that name a function, each with its last run and what the function wrote in it; attached and detached here.</summary>
public sealed partial class FunctionSecrets : PortalPage
{
    private const int PageSize = 10;

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(2);

    private FunctionDetail? _shown;
    private List<Row>? _rows;
    private string _secret = "";
    private string? _secretFault;
    private string? _done;

    [Inject]
    private RotationService Rotation { get; set; } = default!;

    [Inject]
    private RotationHistory History { get; set; } = default!;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    /// <summary>The function.</summary>
    [Parameter, EditorRequired]
    public FunctionDetail Function { get; set; } = default!;

    /// <summary>A secret names it now, or does no more.</summary>
    [Parameter]
    public EventCallback Changed { get; set; }

    /// <inheritdoc/>
    protected override void OnInitialized() => _ = Follow();

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        if (ReferenceEquals(_shown, Function))
            return;
        _shown = Function;
        await Show(Math.Max(PageSize, _rows?.Count ?? 0));
    }

    private Task Load() => Show(PageSize);

    private Task More() => Show(_rows!.Count + PageSize);

    private async Task Show(int count)
    {
        Fault = null;
        await Ask(async call =>
        {
            var rows = new List<Row>();
            foreach (var arn in Function.Secrets.Take(count))
                rows.Add(await Read(call, arn));
            _rows = rows;
        });
    }

    private async Task<Row> Read(CallContext call, string arn)
    {
        var name = SecretArn.TryParse(arn, out var parsed) ? parsed.NameBeforeSuffix : arn;
        try
        {
            var runs = await History.Latest(There(call, arn), arn, 1, Leaving);
            return new Row(arn, name, runs.Count > 0 ? runs[0] : null, MayRotate: await May(Rights.Rotate, arn), IsHidden: false);
        }
        catch (PortalException fault) when (fault.Error is PortalError.AccessDenied or PortalError.ResourceNotFound)
        {
            return new Row(arn, name, Run: null, MayRotate: false, IsHidden: true);
        }
    }

    // A secret of another region is asked for there.
    private static CallContext There(CallContext call, string secret) => SecretArn.TryParse(secret, out var arn) ? call with { Region = arn.Region } : call;

    private async Task Attach()
    {
        (_done, _secretFault) = (null, _secret.Trim().Length == 0 ? FunctionsText.CheckSecretMissing : null);
        if (_secretFault is not null)
            return;
        var name = _secret.Trim();
        if (await Act(call => Rotate(call, name, Function.Arn)))
        {
            (_secret, _done) = ("", Words.Fill(FunctionsText.Attached, name));
            await Changed.InvokeAsync();
            return;
        }

        (_secretFault, Fault) = (FaultKind == PortalError.AccessDenied && Fault!.Contains("cannot invoke", StringComparison.Ordinal)
            ? Words.Fill(FunctionsText.AttachNotPermitted, Function.Name) : Fault, null);
    }

    private async Task Dry(Row row)
    {
        _done = null;
        if (await Act(call => Rotate(call, row.Arn, function: null)))
        {
            _done = Words.Fill(FunctionsText.DryBegun, row.Name);
            await Load();
        }
    }

    // Without a rotation now, the function gets testSecret for a copy of the current value.
    private Task<WrittenSecret> Rotate(CallContext call, string secret, string? function) => Rotation.Rotate(
        There(call, secret), new RotateSecretRequest { SecretId = secret, ClientRequestToken = Session.NewId(), RotationLambdaArn = function, RotateImmediately = false }, Leaving);

    private async Task Detach(Row row)
    {
        var parameters = new DialogParameters<DetachDialog> { { d => d.Secret, row.Arn }, { d => d.SecretName, row.Name }, { d => d.Function, Function } };
        var dialog = await Dialogs.ShowAsync<DetachDialog>(FunctionsText.DetachTitle, parameters, DialogShapes.Small);
        if (await dialog.Result is { Canceled: false })
            await Changed.InvokeAsync();
    }

    // A test that was begun here, or a rotation that runs anyway, is followed to its end.
    private async Task Follow()
    {
        try
        {
            while (true)
            {
                await Task.Delay(s_pause, Time, Leaving);
                if (_rows is not { } rows || !rows.Exists(row => row.Run is { IsOpen: true, State: not RotationRunState.Retrying }))
                    continue;
                var call = await Session.NewCall(Leaving);
                for (var i = 0; i < rows.Count; i++)
                {
                    if (rows[i].Run is { IsOpen: true })
                        rows[i] = await Read(call, rows[i].Arn);
                }

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
        catch (PortalException)
        {
            // The store is away for a moment; the picture is late, nothing more.
        }
        catch (Exception fault)
        {
            await DispatchExceptionAsync(fault);
        }
    }

    private static string Named(string format, Row row) => Words.Fill(format, row.Name);

    private static string RunTone(RotationRunState state) => state switch
    {
        RotationRunState.Succeeded => "good",
        RotationRunState.Failed => "bad",
        RotationRunState.Retrying => "warn",
        RotationRunState.Abandoned => "",
        _ => "live",
    };

    private sealed record Row(string Arn, string Name, RotationRun? Run, bool MayRotate, bool IsHidden);
}
