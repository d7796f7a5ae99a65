using System.Diagnostics.Metrics;
using SecretsPortal.Core.Rotation;

namespace SecretsPortal.Services.Rotation;

/// <summary>
/// What rotations are measured by, under the meter <see cref="MeterName"/>; names and units follow OpenTelemetry's conventions. No measurement names a
/// secret: there may be a hundred thousand.
/// </summary>
public sealed class RotationMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "SecretsPortal";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _attempts;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _tick;
    private readonly Counter<long> _started;
    private readonly Counter<long> _heartbeats;
    private readonly Counter<long> _notifications;
    private volatile IReadOnlyDictionary<(string Region, RotationHealth Health), long> _counts = new Dictionary<(string, RotationHealth), long>();

    /// <summary>Makes the instruments.</summary>
    public RotationMetrics()
    {
        _attempts = _meter.CreateCounter<long>(
            "secretsportal.rotation.attempts", "{attempt}", "Attempts of rotations that this node has carried out, by their outcome: succeeded, retrying or failed.");
        _duration = _meter.CreateHistogram<double>(
            "secretsportal.rotation.duration", "s", "From the registration of a rotation to its end, waits and retries included, by its outcome: succeeded or failed.");
        _tick = _meter.CreateHistogram<double>("secretsportal.rotation.tick.duration", "s", "How long a tick took that looks for what is due.");
        _started = _meter.CreateCounter<long>("secretsportal.rotation.scheduled", "{rotation}", "Rotations that the schedule has begun on this node.");
        _heartbeats = _meter.CreateCounter<long>(
            "secretsportal.rotation.heartbeats", "{heartbeat}", "Targets that were asked whether they take AWSCURRENT, by their answer: accepted, refused or unknown.");
        _notifications = _meter.CreateCounter<long>("secretsportal.notifications", "{notification}", "Notifications by the channel's kind and outcome: sent or failed.");
        _meter.CreateObservableGauge(
            "secretsportal.rotation.secrets", () => _counts.Select(count => new Measurement<long>(
                count.Value, Tag("secretsportal.region", count.Key.Region), Tag("secretsportal.health", Word(count.Key.Health)))),
            "{secret}", "Secrets with rotation, by region and health: healthy, due, rotating, retrying, failed, overdue, out_of_sync or off.");
    }

    /// <summary>The meter of this portal; other portals of the process have their own under the same name.</summary>
    internal Meter Meter => _meter;

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    /// <summary>An attempt that has ended.</summary>
    internal void Attempted(RotationRun run)
    {
        if (run.State is not (RotationRunState.Succeeded or RotationRunState.Retrying or RotationRunState.Failed))
            return;
        var outcome = Tag("secretsportal.outcome", run.State switch
        {
            RotationRunState.Succeeded => "succeeded",
            RotationRunState.Retrying => "retrying",
            _ => "failed",
        });
        var mode = Tag("secretsportal.rotation.mode", run.Mode switch
        {
            RotationMode.Rotate => "rotate",
            RotationMode.Resolve => "resolve",
            _ => "test",
        });
        _attempts.Add(1, outcome, mode);
        if (run.FinishedAt is { } finished)
            _duration.Record((finished - run.CreatedAt).TotalSeconds, outcome, mode);
    }

    /// <summary>A rotation that the schedule has begun.</summary>
    internal void Started() => _started.Add(1);

    /// <summary>A tick that has ended.</summary>
    internal void Ticked(TimeSpan took) => _tick.Record(took.TotalSeconds);

    /// <summary>What a target said.</summary>
    internal void Heard(TargetAnswer answer) => _heartbeats.Add(1, Tag("secretsportal.answer", answer switch
    {
        TargetAnswer.Accepted => "accepted",
        TargetAnswer.Refused => "refused",
        _ => "unknown",
    }));

    /// <summary>A notification that was sent, or could not be.</summary>
    internal void Notified(string kind, bool isSent) => _notifications.Add(
        1, Tag("secretsportal.channel.kind", kind), Tag("secretsportal.outcome", isSent ? "sent" : "failed"));

    /// <summary>How many secrets there are of each health.</summary>
    internal void Observe(IReadOnlyDictionary<(string Region, RotationHealth Health), long> counts) => _counts = counts;

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);

    private static string Word(RotationHealth health) => health == RotationHealth.OutOfSync ? "out_of_sync" : health.ToString().ToLowerInvariant();
}
