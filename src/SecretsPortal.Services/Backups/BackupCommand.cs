using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Start;

namespace SecretsPortal.Services.Backups;

/// <summary>
/// What the host's own command does, beside a portal that runs or without one. It asks no policy, for whoever runs it has the database; it is recorded as the
/// portal's own work.
/// </summary>
public sealed class BackupCommand
{
    private readonly PortalStart _start;
    private readonly BackupFile _file;
    private readonly AuditRecorder _recorder;
    private readonly PortalOptions _options;

    internal BackupCommand(PortalStart start, BackupFile file, AuditRecorder recorder, PortalOptions options)
    {
        _start = start;
        _file = file;
        _recorder = recorder;
        _options = options;
    }

    /// <summary>Writes a backup to a file that is not there yet; <see cref="PortalStartException"/> where there is no portal to back up.</summary>
    public async Task Write(string file, CancellationToken cancel)
    {
        await _start.OpenExisting(cancel);
        await _file.Write(file, cancel);
        var call = CallerArn.System("backup", _options.AccountId, _options.Region, Guid.CreateVersion7().ToString());
        await _recorder.Record(_recorder.For(call, PortalActions.CreateBackup, "*", AuditOutcome.Succeeded, Path.GetFileName(file)), cancel);
    }
}
