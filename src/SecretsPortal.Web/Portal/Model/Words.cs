using System.Globalization;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>The portal's words for what the domain calls by name.</summary>
internal static class Words
{
    /// <summary>A text of the resources with something in its places.</summary>
    public static string Fill(string text, params object?[] parts) => string.Format(CultureInfo.CurrentCulture, text, parts);

    /// <summary>A kind of secret.</summary>
    public static string Of(SecretKind? kind) => kind switch
    {
        SecretKind.RdsDatabase => WordsText.KindRds,
        SecretKind.DocumentDb => "DocumentDB",
        SecretKind.Redshift => "Redshift",
        SecretKind.OtherDatabase => WordsText.KindOtherDatabase,
        SecretKind.KeyValue => WordsText.KindKeyValue,
        SecretKind.Text => WordsText.KindText,
        _ => WordsText.KindNone,
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
        ReplicaStatus.InSync => WordsText.ReplicaInSync,
        ReplicaStatus.InProgress => WordsText.ReplicaInProgress,
        _ => replica.Failure ?? WordsText.ReplicaFailed,
    };

    /// <summary>Where a run stands.</summary>
    public static string Of(RotationRunState state) => state switch
    {
        RotationRunState.Queued => WordsText.Waiting,
        RotationRunState.Running => WordsText.Running,
        RotationRunState.Retrying => WordsText.TryingAgain,
        RotationRunState.Succeeded => WordsText.Succeeded,
        RotationRunState.Failed => WordsText.Failed,
        _ => WordsText.Abandoned,
    };

    /// <summary>How a rotation is.</summary>
    public static string Of(RotationHealth health) => health switch
    {
        RotationHealth.Healthy => WordsText.Healthy,
        RotationHealth.Due => WordsText.Due,
        RotationHealth.Rotating => WordsText.Rotating,
        RotationHealth.Retrying => WordsText.TryingAgain,
        RotationHealth.Failed => WordsText.Failed,
        RotationHealth.Overdue => WordsText.Overdue,
        RotationHealth.OutOfSync => WordsText.OutOfSync,
        _ => WordsText.Off,
    };

    /// <summary>What a rotation's health means, in a sentence.</summary>
    public static string Meaning(RotationHealth health) => health switch
    {
        RotationHealth.Healthy => WordsText.HealthyMeaning,
        RotationHealth.Due => WordsText.DueMeaning,
        RotationHealth.Rotating => WordsText.RotatingMeaning,
        RotationHealth.Retrying => WordsText.RetryingMeaning,
        RotationHealth.Failed => WordsText.FailedMeaning,
        RotationHealth.Overdue => WordsText.OverdueMeaning,
        RotationHealth.OutOfSync => WordsText.OutOfSyncMeaning,
        _ => WordsText.OffMeaning,
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
        RotationStep.CreateSecret => WordsText.StepCreate,
        RotationStep.SetSecret => WordsText.StepSet,
        RotationStep.TestSecret => WordsText.StepTest,
        _ => WordsText.StepFinish,
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
        PreflightCheck.Json => WordsText.CheckValue,
        PreflightCheck.Master => WordsText.CheckMaster,
        PreflightCheck.Reachable => WordsText.CheckReachable,
        PreflightCheck.Tls => "TLS",
        PreflightCheck.LogIn => WordsText.CheckLogIn,
        PreflightCheck.Privileges => WordsText.CheckPrivileges,
        PreflightCheck.NameLength => WordsText.CheckNameLength,
        _ => WordsText.CheckSecondUser,
    };

    /// <summary>How it is.</summary>
    public static string Of(PreflightState state) => state switch
    {
        PreflightState.Passed => WordsText.Passed,
        PreflightState.Warning => WordsText.Warning,
        PreflightState.Failed => WordsText.Failed,
        _ => WordsText.NotLookedAt,
    };

    /// <summary>What a run does.</summary>
    public static string Of(RotationMode mode) => mode switch
    {
        RotationMode.TestOnly => WordsText.RunTest,
        RotationMode.Resolve => WordsText.RunResolve,
        _ => WordsText.RunRotation,
    };

    /// <summary>What asked for a run.</summary>
    public static string Of(RotationTrigger trigger) => trigger == RotationTrigger.Manual ? WordsText.ByHand : WordsText.OnSchedule;

    /// <summary>How a request ended.</summary>
    public static string Of(AuditOutcome outcome) => outcome switch
    {
        AuditOutcome.Succeeded => WordsText.Succeeded,
        AuditOutcome.Denied => WordsText.Denied,
        _ => WordsText.Failed,
    };

    /// <summary>Whether and when a secret rotates, in a few words.</summary>
    public static string RotationOf(Secret secret) => secret.Rotation switch
    {
        null => WordsText.Off,
        { Enabled: false } => WordsText.RotationStopped,
        { Schedule: null } => WordsText.RotationByHand,
        { NextWindowEnd: { } end } => Fill(WordsText.RotationNext, Day(end)),
        _ => WordsText.RotationOn,
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
        var browser = Says("Edg/") ? "Edge" : Says("OPR/") ? "Opera" : Says("Firefox/") ? "Firefox" : Says("Chrome/") ? "Chrome" : Says("Safari/") ? "Safari" : WordsText.ABrowser;
        var system = Says("Android") ? "Android" : Says("iPhone") || Says("iPad") ? "iOS" : Says("Windows") ? "Windows" : Says("Mac OS X") ? "macOS" : Says("Linux") ? "Linux" : null;
        return system is null ? browser : Fill(WordsText.BrowserOn, browser, system);
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
        { TotalSeconds: < 45 } => WordsText.JustNow,
        { TotalMinutes: < 1.5 } => WordsText.MinuteAgo,
        { TotalMinutes: < 59.5 } and var ago => Fill(WordsText.MinutesAgo, ago.TotalMinutes),
        { TotalHours: < 1.5 } => WordsText.HourAgo,
        { TotalHours: < 23.5 } and var ago => Fill(WordsText.HoursAgo, ago.TotalHours),
        { TotalDays: < 1.5 } => WordsText.Yesterday,
        { TotalDays: < 7 } and var ago => Fill(WordsText.DaysAgo, ago.TotalDays),
        _ => Day(at),
    };

    /// <summary>How long until something that is to come.</summary>
    public static string Until(DateTimeOffset at, DateTimeOffset now) => (at - now) switch
    {
        { TotalMinutes: < 1.5 } => WordsText.InAMoment,
        { TotalMinutes: < 59.5 } and var left => Fill(WordsText.InMinutes, left.TotalMinutes),
        { TotalHours: < 1.5 } => WordsText.InAnHour,
        { TotalHours: < 23.5 } and var left => Fill(WordsText.InHours, left.TotalHours),
        { TotalDays: < 1.5 } => WordsText.InADay,
        var left => Fill(WordsText.InDays, left.TotalDays),
    };

    /// <summary>A window in the time of a zone: its day, and from when to when.</summary>
    public static string Window(RotationWindow window, TimeZoneInfo zone)
    {
        var (start, end) = (TimeZoneInfo.ConvertTime(window.Start, zone), TimeZoneInfo.ConvertTime(window.End, zone));
        var until = end.Date == start.Date ? end.ToString("HH:mm", CultureInfo.InvariantCulture)
            : end.DateTime == start.Date.AddDays(1) ? "24:00"
            : end.ToString("ddd HH:mm", CultureInfo.InvariantCulture);
        return Fill(WordsText.Window, start.ToString("ddd d MMM yyyy, HH:mm", CultureInfo.InvariantCulture), until);
    }

    /// <summary>How long something took.</summary>
    public static string Length(TimeSpan length) => length switch
    {
        { TotalSeconds: < 1 } => Fill(WordsText.Milliseconds, length.TotalMilliseconds),
        { TotalMinutes: < 1 } => Fill(WordsText.Seconds, length.TotalSeconds),
        _ => Fill(WordsText.Minutes, length.TotalMinutes),
    };
}
