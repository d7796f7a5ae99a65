using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary><c>secretsportal_rotation_schedule</c>: what a schedule means, before any secret has it.</summary>
internal sealed class RotationScheduleDataSource : DataSource
{
    private static readonly Schema s_schema = new(0, "What a rotation schedule means: in words, and the windows that it would have. Computed by the rules of the portal, without asking it.",
    [
        new("schedule_expression", Presence.Optional, "`rate(N hours)`, `rate(N days)` or `cron(0 H DoM Mon DoW *)`, in UTC. This or `automatically_after_days`.") { Type = TfType.Text },
        new("automatically_after_days", Presence.Optional, "Every so many days, 1 to 1000. This or `schedule_expression`.") { Type = TfType.Number },
        new("duration", Presence.Optional, "How long a rotation window is, in hours: `3h`.") { Type = TfType.Text },
        new("after", Presence.Optional, "From when on windows are counted, in RFC 3339, as if the secret had been rotated then; now where it is absent.") { Type = TfType.Text, Validators = [Validators.Time] },
        new("window_count", Presence.Optional, "How many windows, 1 to 100. Default 5.") { Type = TfType.Number, Validators = [Validators.WholeNumber(1, 100, "It counts windows.")] },
        new("description", Presence.Computed, "The schedule in plain words.") { Type = TfType.Text },
        new("windows", Presence.Computed, "The windows.")
        {
            Nesting = Nesting.List,
            Nested =
            [
                new("start", Presence.Computed, "When it opens, in RFC 3339.") { Type = TfType.Text },
                new("end", Presence.Computed, "When it closes, in RFC 3339.") { Type = TfType.Text },
            ],
        },
    ]);

    /// <inheritdoc/>
    public override string TypeName => "secretsportal_rotation_schedule";

    /// <inheritdoc/>
    public override Schema Schema => s_schema;

    /// <inheritdoc/>
    public override bool NeedsPortal => false;

    /// <inheritdoc/>
    public override string Example => """
        data "secretsportal_rotation_schedule" "nightly" {
          schedule_expression = "cron(0 3 ? * SUN *)"
          duration            = "2h"
        }
        """;

    /// <inheritdoc/>
    public override Task<TfObject> ReadAsync(ResourceCall call, TfObject config)
    {
        RotationSchedule schedule;
        try
        {
            schedule = RotationSchedule.Parse(config.Text("schedule_expression"), config.Number("automatically_after_days"), config.Text("duration"));
        }
        catch (PortalException e)
        {
            throw new DiagnosticException("Invalid schedule", e.Message,
                AttributePath.Of(config["automatically_after_days"].IsNull ? "schedule_expression" : "automatically_after_days"));
        }

        var after = config.Text("after") is { } text ? DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : call.Now;
        return Task.FromResult(config
            .With("description", TfValue.Of(schedule.Describe()))
            .With("windows", new TfSequence([.. schedule.Upcoming(after, after, config.Number("window_count") ?? SecretRotationResource.WindowsAhead).Select(Shown)])));
    }

    private static TfObject Shown(RotationWindow window) => TfObject.Empty.With("start", Text(window.Start)).With("end", Text(window.End));

    private static TfValue Text(DateTimeOffset time) => TfValue.Of(time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture));
}
