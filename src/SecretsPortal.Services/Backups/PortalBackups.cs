using System.Globalization;
using System.Text.RegularExpressions;
using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Backups;

/// <summary>A backup that lies in the portal's folder.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="MadeAt">When it was made.</param>
/// <param name="Bytes">How long it is.</param>
public sealed record Backup(string Name, DateTimeOffset MadeAt, long Bytes);

/// <summary>The backups that there are.</summary>
/// <param name="IsEmbedded">False where the database is on SQL Server, which has backups of its own.</param>
/// <param name="Folder">Where they lie.</param>
/// <param name="Backups">The newest first.</param>
/// <param name="KeyFile">The local KMS's key file, which is in none of them; null where the default key is another provider's.</param>
public sealed record BackupList(bool IsEmbedded, string Folder, IReadOnlyList<Backup> Backups, string? KeyFile);

/// <summary>
/// Backups of the embedded database: made while the portal runs, kept in the folder <c>backups</c> of the data directory. What is in one is as it lies in the
/// database: values are sealed, and the keys that open them are not in it.
/// </summary>
public sealed partial class PortalBackups : IDisposable
{
    private readonly BackupFile _file;
    private readonly DatabaseCopy _copy;
    private readonly Authorizer _authorizer;
    private readonly AuditRecorder _recorder;
    private readonly PortalOptions _options;
    private readonly TimeProvider _clock;
    private readonly SemaphoreSlim _one = new(1, 1);

    internal PortalBackups(BackupFile file, DatabaseCopy copy, Authorizer authorizer, AuditRecorder recorder, PortalOptions options, TimeProvider clock)
    {
        _file = file;
        _copy = copy;
        _authorizer = authorizer;
        _recorder = recorder;
        _options = options;
        _clock = clock;
    }

    private string Folder => Path.Combine(_options.DataDirectory, "backups");

    /// <summary>What backups there are (action <c>secretsportal:ListBackups</c>).</summary>
    public Task<BackupList> List(CallContext call, CancellationToken cancel) => Recording(call, PortalActions.ListBackups, _ =>
    {
        var keyFile = _options.Kms.Provider == Kms.KmsProviders.Local ? _options.LocalKeyFile ?? Path.Combine(_options.DataDirectory, "local-kms.key") : null;
        return Task.FromResult(new BackupList(_copy.IsEmbedded, Folder, Found(), keyFile));
    }, cancel);

    /// <summary>
    /// Makes one (action <c>secretsportal:CreateBackup</c>); the portal goes on meanwhile. InvalidRequest while another is being made, or where the database is
    /// on SQL Server.
    /// </summary>
    public Task<Backup> Create(CallContext call, CancellationToken cancel) => Recording(call, PortalActions.CreateBackup, async op =>
    {
        if (!await _one.WaitAsync(TimeSpan.Zero, cancel))
            throw new PortalException(PortalError.InvalidRequest, "A backup is being made already. Wait until it is there.");
        try
        {
            BackupFile.MakeFolder(Folder);
            var now = _clock.Now();
            var name = NameAt(now);
            await _file.Write(Path.Combine(Folder, name), cancel);
            var made = new Backup(name, now, new FileInfo(Path.Combine(Folder, name)).Length);
            op.Detail = string.Create(CultureInfo.InvariantCulture, $"{name}, {made.Bytes} bytes");
            return made;
        }
        finally
        {
            _one.Release();
        }
    }, cancel);

    /// <summary>
    /// Asks what <see cref="Open"/> will: for the action, for a backup of this name, and for a new proof of who the user is. Nothing is handed out, so only a
    /// refusal is recorded.
    /// </summary>
    public Task Prepare(CallContext call, string name, CancellationToken cancel) => Recording(call, PortalActions.DownloadBackup, op =>
    {
        PathOf(name);
        RequireProof(call);
        op.IsRecorded = true;
        return Task.FromResult(true);
    }, cancel);

    /// <summary>
    /// Opens one to be handed out (action <c>secretsportal:DownloadBackup</c>). Whoever calls disposes of it. <see cref="PortalError.ProofRequired"/> where a
    /// session of the portal's pages asks and its last proof is too old: with the key file, a backup is all secrets at once.
    /// </summary>
    public Task<Stream> Open(CallContext call, string name, CancellationToken cancel) => Recording(call, PortalActions.DownloadBackup, op =>
    {
        // A record of what was typed only once it is the name of a backup.
        var path = PathOf(name);
        RequireProof(call);
        op.Detail = name;
        return Task.FromResult<Stream>(File.OpenRead(path));
    }, cancel);

    /// <summary>Deletes one (action <c>secretsportal:DeleteBackup</c>).</summary>
    public Task Delete(CallContext call, string name, CancellationToken cancel) => Recording(call, PortalActions.DeleteBackup, op =>
    {
        var path = PathOf(name);
        op.Detail = name;
        File.Delete(path);
        return Task.FromResult(true);
    }, cancel);

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private void RequireProof(CallContext call) => ProofRule.Require(call, _options, _clock.GetUtcNow(), "the backup is downloaded");

    private Task<T> Recording<T>(CallContext call, string action, Func<RecordedCall, Task<T>> body, CancellationToken cancel) =>
        _recorder.Recording(call, action, "*", async op =>
        {
            await _authorizer.Require(op, "*", secret: null, cancel);
            try
            {
                return await body(op);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                throw new PortalException(PortalError.Unavailable, $"The folder {Folder} can't be used: {fault.Message} Let the portal's user read and write there.", fault);
            }
        }, cancel);

    private IReadOnlyList<Backup> Found() => Directory.Exists(Folder)
        ? [.. new DirectoryInfo(Folder).EnumerateFiles("*.zip").Where(file => NamePattern().IsMatch(file.Name))
            .Select(file => new Backup(file.Name, new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero), file.Length)).OrderByDescending(backup => backup.Name, StringComparer.Ordinal)]
        : [];

    // Only names that the portal gives: nothing outside of the folder can be named.
    private string PathOf(string name)
    {
        var path = NamePattern().IsMatch(name) ? Path.Combine(Folder, name) : null;
        return path is not null && File.Exists(path) ? path : throw new PortalException(PortalError.ResourceNotFound, "There is no backup of this name.");
    }

    private static string NameAt(DateTimeOffset now) => string.Create(CultureInfo.InvariantCulture, $"secrets-portal-{now.UtcDateTime:yyyyMMdd'T'HHmmss.fff'Z'}.zip");

    [GeneratedRegex(@"^secrets-portal-[0-9]{8}T[0-9]{6}\.[0-9]{3}Z\.zip\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
