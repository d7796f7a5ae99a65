using System.Globalization;
using System.Text.RegularExpressions;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>The portal's words for what its jobs are called.</summary>
internal static partial class JobWords
{
    /// <summary>What a recurring job does; its id where it is not known.</summary>
    public static string Of(string id) => id switch
    {
        "rotation-tick" => JobsText.RotationTick,
        "heartbeat-tick" => JobsText.HeartbeatTick,
        "notification-tick" => JobsText.NotificationTick,
        "replica-tick" => JobsText.ReplicaTick,
        "key-tick" => JobsText.KeyTick,
        _ => id,
    };

    /// <summary>How often a job is begun: in words where it is every few seconds, else its cron expression.</summary>
    public static string Often(string cron) =>
        EverySeconds().Match(cron) is { Success: true } every ? Fill.In(JobsText.EverySeconds, int.Parse(every.Groups[1].Value, CultureInfo.InvariantCulture)) : cron;

    /// <summary>A server by its machine and process; Hangfire names it MACHINE:PROCESS:ID.</summary>
    public static string Server(string name) => name.Split(':') is [var machine, var process, _] ? Fill.In(JobsText.ServerProcess, machine, process) : name;

    [GeneratedRegex(@"^\*/(\d{1,2}) \* \* \* \* \*$")]
    private static partial Regex EverySeconds();
}
