using SecretsPortal.Services.Audit;

namespace SecretsPortal.Web.Jobs;

/// <summary>Keeps the audit log while the portal runs. Not a job of Hangfire: its sinks wait for records all the time, on every node.</summary>
internal sealed class AuditUpkeepService(AuditUpkeep upkeep) : BackgroundService
{
    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => upkeep.Run(stoppingToken);
}
