using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Web.Portal.Model;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>Logs in to a database with what is typed, before it is stored.</summary>
public sealed partial class ConnectionTest : PortalPage
{
    private PreflightReport? _report;
    private bool _missing;

    [Inject]
    private ConnectionTester Tester { get; set; } = default!;

    /// <summary>What is typed.</summary>
    [Parameter, EditorRequired]
    public ValueDraft Draft { get; set; } = default!;

    /// <summary>The kind of database.</summary>
    [Parameter, EditorRequired]
    public DatabaseKind Database { get; set; } = default!;

    /// <summary>See <see cref="ValueFields.SecretName"/>.</summary>
    [Parameter]
    public string? SecretName { get; set; }

    private async Task Test()
    {
        _report = null;
        // The master is not asked, so a log-in needs none.
        _missing = Draft.Faults().Keys.Any(static field => field != "master");
        if (_missing)
            return;
        var name = SecretName is { Length: > 0 } typed && Core.Secrets.SecretName.IsValid(typed) ? typed : null;
        await Act(async call => _report = await Tester.Test(call, Draft.ToValue(), name, Leaving));
    }

    private static string ToneOf(PreflightState state) => state switch
    {
        PreflightState.Passed => "good",
        PreflightState.Warning => "warn",
        PreflightState.Failed => "bad",
        _ => "",
    };
}
