using System.Data.Common;
using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Kms;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Start;

/// <summary>The start cannot go on; each fault names a configuration key or a file, and the remedy. The host exits with 78.</summary>
public sealed class PortalStartException(IReadOnlyList<string> faults) : Exception(string.Join(Environment.NewLine, faults))
{
    /// <summary>One line each.</summary>
    public IReadOnlyList<string> Faults { get; } = faults;
}

/// <summary>What the first start made. Members are null where configuration named them, or where it was no first start.</summary>
public sealed record FirstStart
{
    /// <summary>The administrator's name; null where this was no first start.</summary>
    public string? AdminUser { get; init; }

    /// <summary>The generated password, to be printed once.</summary>
    public SecretText? GeneratedAdminPassword { get; init; }

    /// <summary>The first access key's id; null where this was no first start.</summary>
    public string? AccessKeyId { get; init; }

    /// <summary>The generated secret half, to be printed once.</summary>
    public SecretText? GeneratedSecretAccessKey { get; init; }
}

/// <summary>What must be true before the doors open: schema, keys, first administrator.</summary>
public sealed class PortalStart
{
    private const int TermsAtOnce = 500;

    private readonly Migrator _migrator;
    private readonly SecretListStore _lists;
    private readonly CallerStore _callers;
    private readonly KeyStore _keyStore;
    private readonly KmsStart _kms;
    private readonly KeyRegistry _keys;
    private readonly PortalKeys _portalKeys;
    private readonly ManagedPolicies _managedPolicies;
    private readonly Bootstrap _bootstrap;
    private readonly AdministratorCheck _administrators;
    private readonly AuditStore _audit;
    private readonly PortalOptions _options;

    internal PortalStart(
        Migrator migrator, SecretListStore lists, CallerStore callers, KeyStore keyStore, KmsStart kms, KeyRegistry keys, PortalKeys portalKeys,
        ManagedPolicies managedPolicies, Bootstrap bootstrap, AdministratorCheck administrators, AuditStore audit, PortalOptions options)
    {
        _migrator = migrator;
        _lists = lists;
        _callers = callers;
        _keyStore = keyStore;
        _kms = kms;
        _keys = keys;
        _portalKeys = portalKeys;
        _managedPolicies = managedPolicies;
        _bootstrap = bootstrap;
        _administrators = administrators;
        _audit = audit;
        _options = options;
    }

    /// <summary>Migrates, opens the KMS and the portal's own keys, stores the managed policies, and in an empty database creates the first administrator and access key.</summary>
    public async Task<FirstStart> Run(CancellationToken cancel)
    {
        await Migrate(cancel);
        var sealedKeys = await _keyStore.FindPortalKeys("", cancel);
        var isFirst = await _callers.IsEmpty(cancel);
        // Nothing is sealed before the portal's own keys are, so without them a new master key loses nothing.
        await _kms.Open(mayCreateKeyFile: isFirst && sealedKeys.Count == 0, cancel);
        try
        {
            await _keys.RegisterDefaultKeys(cancel);
            await _portalKeys.Get(PortalKeys.Fingerprint, cancel);
            await _portalKeys.Get(PortalKeys.PageToken, cancel);
            await _managedPolicies.Store(cancel);
            var first = isFirst ? await _bootstrap.Run(cancel) : new FirstStart();
            await _administrators.Look(cancel);
            await OpenLog(cancel);
            return first;
        }
        catch (PortalException fault) when (fault.Error == PortalError.Unavailable)
        {
            throw new PortalStartException([fault.Message]);
        }
    }

    /// <summary>Opens what a portal has made before, for a command beside it; nothing is created.</summary>
    internal async Task OpenExisting(CancellationToken cancel)
    {
        await Migrate(cancel);
        await _kms.Open(mayCreateKeyFile: false, cancel);
    }

    /// <summary>Proves that the log can be appended to, and carries over what a process that was killed has left beside its changes.</summary>
    private async Task OpenLog(CancellationToken cancel)
    {
        try
        {
            await _audit.Check(cancel);
            await _audit.Flush(cancel);
        }
        catch (AuditLogBrokenException fault)
        {
            throw new PortalStartException([$"Portal:DataDirectory: {fault.Message}"]);
        }
    }

    private async Task Migrate(CancellationToken cancel)
    {
        try
        {
            Directory.CreateDirectory(_options.DataDirectory);
            await _migrator.Apply(cancel);
            // What secrets are found by, of those that were stored before this was kept: once.
            while (await _lists.WriteMissingTerms(TermsAtOnce, cancel) > 0)
                cancel.ThrowIfCancellationRequested();
        }
        catch (MigrationException fault)
        {
            throw new PortalStartException([fault.Message]);
        }
        catch (Exception fault) when (fault is DbException || fault is PortalException { Error: PortalError.Unavailable })
        {
            var cause = (fault.InnerException ?? fault).Message;
            throw new PortalStartException([
                _options.DatabaseProvider == "Sqlite"
                    ? $"Portal:DataDirectory: the database in {_options.DataDirectory} can't be opened: {cause} Let the portal's user read and write there, or name another folder."
                    : $"Portal:Database:ConnectionString: the database can't be opened: {cause} Check server, database, user and password."]);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new PortalStartException([
                $"Portal:DataDirectory: the folder {_options.DataDirectory} can't be used: {fault.Message} Let the portal's user write there, or name another folder."]);
        }
    }
}
