using System.Globalization;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>The portal's words for what the domain calls by name.</summary>
internal static class Words
{
    /// <summary>A text of the resources with something in its places.</summary>
    public static string Fill(string text, params object?[] parts) => string.Format(CultureInfo.CurrentCulture, text, parts);

    /// <summary>A kind of secret.</summary>
    public static string Of(SecretKind? kind) => kind switch
    {
        SecretKind.RdsDatabase => "RDS-like database",
        SecretKind.DocumentDb => "DocumentDB",
        SecretKind.Redshift => "Redshift",
        SecretKind.OtherDatabase => "Other database",
        SecretKind.KeyValue => "Key/value",
        SecretKind.Text => "Plain text",
        _ => "No value yet",
    };

    /// <summary>An engine as a secret's JSON names it.</summary>
    public static string Engine(string? engine) => engine switch
    {
        "postgres" => "PostgreSQL",
        "mysql" => "MySQL",
        "mariadb" => "MariaDB",
        "sqlserver" => "SQL Server",
        "oracle" => "Oracle",
        "db2" => "Db2",
        "aurora-postgresql" => "Aurora PostgreSQL",
        "aurora-mysql" => "Aurora MySQL",
        _ => engine ?? "",
    };

    /// <summary>How far a replica has followed.</summary>
    public static string Of(SecretReplica replica) => replica.Status switch
    {
        ReplicaStatus.InSync => "up to date",
        ReplicaStatus.InProgress => "being brought up to date",
        _ => replica.Failure ?? "failed",
    };

    /// <summary>Where a run stands.</summary>
    public static string Of(RotationRunState state) => state switch
    {
        RotationRunState.Queued => "Waiting for a worker",
        RotationRunState.Running => "Running",
        RotationRunState.Retrying => "Trying again",
        RotationRunState.Succeeded => "Succeeded",
        RotationRunState.Failed => "Failed",
        _ => "Abandoned",
    };

    /// <summary>How a rotation is.</summary>
    public static string Of(RotationHealth health) => health switch
    {
        RotationHealth.Healthy => "Healthy",
        RotationHealth.Due => "Due",
        RotationHealth.Rotating => "Rotating",
        RotationHealth.Retrying => "Trying again",
        RotationHealth.Failed => "Failed",
        RotationHealth.Overdue => "Overdue",
        RotationHealth.OutOfSync => "Out of sync",
        _ => "Off",
    };

    /// <summary>What a rotation's health means, in a sentence.</summary>
    public static string Meaning(RotationHealth health) => health switch
    {
        RotationHealth.Healthy => "The last rotation succeeded, and the next one is not due.",
        RotationHealth.Due => "The window has begun; the rotation follows shortly.",
        RotationHealth.Rotating => "A rotation is under way.",
        RotationHealth.Retrying => "An attempt failed; another follows by itself.",
        RotationHealth.Failed => "The last rotation was given up. The run says why.",
        RotationHealth.Overdue => "A window has ended without a rotation that succeeded.",
        RotationHealth.OutOfSync => "The target refuses the current value: programs that read it cannot log in.",
        _ => "No rotation is to run.",
    };

    /// <summary>The colour of a rotation's health; what somebody must look at is red.</summary>
    public static string ToneOf(RotationHealth health) => health switch
    {
        RotationHealth.Healthy => "good",
        RotationHealth.Due or RotationHealth.Rotating => "live",
        RotationHealth.Retrying => "warn",
        RotationHealth.Failed or RotationHealth.Overdue or RotationHealth.OutOfSync => "bad",
        _ => "",
    };

    /// <summary>What a step does.</summary>
    public static string Of(RotationStep step) => step switch
    {
        RotationStep.CreateSecret => "Create the new value",
        RotationStep.SetSecret => "Give it to the database",
        RotationStep.TestSecret => "Test it",
        _ => "Make it current",
    };

    /// <summary>The name of a step as functions and logs know it.</summary>
    public static string NameOf(RotationStep step) => step switch
    {
        RotationStep.CreateSecret => "createSecret",
        RotationStep.SetSecret => "setSecret",
        RotationStep.TestSecret => "testSecret",
        _ => "finishSecret",
    };

    /// <summary>What a preflight looked at.</summary>
    public static string Of(PreflightCheck check) => check switch
    {
        PreflightCheck.Json => "Value",
        PreflightCheck.Master => "Master secret",
        PreflightCheck.Reachable => "Reachable",
        PreflightCheck.Tls => "TLS",
        PreflightCheck.LogIn => "Log-in",
        PreflightCheck.Privileges => "Privileges",
        PreflightCheck.NameLength => "Length of names",
        _ => "Second user",
    };

    /// <summary>How it is.</summary>
    public static string Of(PreflightState state) => state switch
    {
        PreflightState.Passed => "Passed",
        PreflightState.Warning => "Warning",
        PreflightState.Failed => "Failed",
        _ => "Not looked at",
    };

    /// <summary>What a run does.</summary>
    public static string Of(RotationMode mode) => mode switch
    {
        RotationMode.TestOnly => "Test",
        RotationMode.Resolve => "Question to the target",
        _ => "Rotation",
    };

    /// <summary>What asked for a run.</summary>
    public static string Of(RotationTrigger trigger) => trigger == RotationTrigger.Manual ? "by hand" : "on schedule";

    /// <summary>How a request ended.</summary>
    public static string Of(AuditOutcome outcome) => outcome switch
    {
        AuditOutcome.Succeeded => "Succeeded",
        AuditOutcome.Denied => "Denied",
        _ => "Failed",
    };

    /// <summary>Whether and when a secret rotates, in a few words.</summary>
    public static string RotationOf(Secret secret) => secret.Rotation switch
    {
        null => "Off",
        { Enabled: false } => "Stopped",
        { Schedule: null } => "By hand",
        { NextWindowEnd: { } end } => $"Next by {Day(end)}",
        _ => "On",
    };

    /// <summary>A schedule as a sentence of its own.</summary>
    public static string Of(RotationSchedule schedule)
    {
        var words = schedule.Describe();
        return char.ToUpperInvariant(words[0]) + words[1..];
    }

    /// <summary>A browser and its system, as far as it says what they are.</summary>
    public static string Browser(string? userAgent)
    {
        bool Says(string mark) => userAgent?.Contains(mark, StringComparison.Ordinal) == true;

        // The order counts: most browsers name the ones that they are like, too.
        var browser = Says("Edg/") ? "Edge" : Says("OPR/") ? "Opera" : Says("Firefox/") ? "Firefox" : Says("Chrome/") ? "Chrome" : Says("Safari/") ? "Safari" : "A browser";
        var system = Says("Android") ? "Android" : Says("iPhone") || Says("iPad") ? "iOS" : Says("Windows") ? "Windows" : Says("Mac OS X") ? "macOS" : Says("Linux") ? "Linux" : null;
        return system is null ? browser : $"{browser} on {system}";
    }

    /// <summary>A day, in UTC.</summary>
    public static string Day(DateTimeOffset at) => at.UtcDateTime.ToString("d MMM yyyy", CultureInfo.InvariantCulture);

    /// <summary>A time to the second, in UTC.</summary>
    public static string Exact(DateTimeOffset at) => at.UtcDateTime.ToString("d MMM yyyy, HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>A time to the minute, in UTC.</summary>
    public static string Minute(DateTimeOffset at) => at.UtcDateTime.ToString("d MMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>How long ago, or the day where it is more than a week.</summary>
    public static string Ago(DateTimeOffset at, DateTimeOffset now) => (now - at) switch
    {
        { TotalSeconds: < 45 } => "just now",
        { TotalMinutes: < 1.5 } => "a minute ago",
        { TotalMinutes: < 59.5 } and var ago => $"{Math.Round(ago.TotalMinutes).ToString(CultureInfo.InvariantCulture)} minutes ago",
        { TotalHours: < 1.5 } => "an hour ago",
        { TotalHours: < 23.5 } and var ago => $"{Math.Round(ago.TotalHours).ToString(CultureInfo.InvariantCulture)} hours ago",
        { TotalDays: < 1.5 } => "yesterday",
        { TotalDays: < 7 } and var ago => $"{Math.Round(ago.TotalDays).ToString(CultureInfo.InvariantCulture)} days ago",
        _ => Day(at),
    };

    /// <summary>How long until something that is to come.</summary>
    public static string Until(DateTimeOffset at, DateTimeOffset now) => (at - now) switch
    {
        { TotalMinutes: < 1.5 } => "in a moment",
        { TotalMinutes: < 59.5 } and var left => $"in {Math.Round(left.TotalMinutes).ToString(CultureInfo.InvariantCulture)} minutes",
        { TotalHours: < 1.5 } => "in an hour",
        { TotalHours: < 23.5 } and var left => $"in {Math.Round(left.TotalHours).ToString(CultureInfo.InvariantCulture)} hours",
        { TotalDays: < 1.5 } => "in a day",
        var left => $"in {Math.Round(left.TotalDays).ToString("N0", CultureInfo.InvariantCulture)} days",
    };

    /// <summary>A window in the time of a zone: its day, and from when to when.</summary>
    public static string Window(RotationWindow window, TimeZoneInfo zone)
    {
        var (start, end) = (TimeZoneInfo.ConvertTime(window.Start, zone), TimeZoneInfo.ConvertTime(window.End, zone));
        var until = end.Date == start.Date ? end.ToString("HH:mm", CultureInfo.InvariantCulture)
            : end.DateTime == start.Date.AddDays(1) ? "24:00"
            : end.ToString("ddd HH:mm", CultureInfo.InvariantCulture);
        return $"{start.ToString("ddd d MMM yyyy, HH:mm", CultureInfo.InvariantCulture)} to {until}";
    }

    /// <summary>How long something took.</summary>
    public static string Length(TimeSpan length) => length switch
    {
        { TotalSeconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{length.TotalMilliseconds:0} ms"),
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{length.TotalSeconds:0.0} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{length.TotalMinutes:0.0} min"),
    };
}
