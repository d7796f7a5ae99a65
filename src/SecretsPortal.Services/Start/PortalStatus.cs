using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Overview;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Start;

/// <summary>The running portal, for those who look after it.</summary>
public sealed record SystemStatus
{
    /// <summary>The version of the program.</summary>
    public required string Version { get; init; }

    /// <summary>True where nothing is away.</summary>
    public required bool IsReady { get; init; }

    /// <summary>What is away (database, kms), with what to do about it.</summary>
    public required IReadOnlyDictionary<string, string> Away { get; init; }

    /// <summary>The portal's clock, in UTC.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>When this node's process started.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The home region.</summary>
    public required string Region { get; init; }

    /// <summary>All regions served.</summary>
    public required IReadOnlyList<string> Regions { get; init; }

    /// <summary>12 digits.</summary>
    public required string AccountId { get; init; }

    /// <summary>Sqlite or SqlServer.</summary>
    public required string DatabaseProvider { get; init; }

    /// <summary>Set where no user who can sign in has the policy Administrator: what helps. Absent where one has, or where the database is away.</summary>
    public string? NobodyAdministers { get; init; }

    /// <summary>What holds all rotations up; absent where nothing does, or where the database is away.</summary>
    public RotationHold? RotationPause { get; init; }
}

/// <summary>The running portal with all that its own page tells.</summary>
public sealed record SystemDetail
{
    /// <summary>As a program sees it.</summary>
    public required SystemStatus Status { get; init; }

    /// <summary>The version of .NET.</summary>
    public required string Runtime { get; init; }

    /// <summary>The operating system.</summary>
    public required string OperatingSystem { get; init; }

    /// <summary>The host's name.</summary>
    public required string Node { get; init; }

    /// <summary>The database's version and schema; null where it does not answer.</summary>
    public (string Version, int Schema)? Database { get; init; }

    /// <summary>The KMS providers of the call's region; empty where the database does not answer.</summary>
    public required IReadOnlyList<KmsState> Kms { get; init; }

    /// <summary>The log; null where the database does not answer.</summary>
    public AuditState? Audit { get; init; }

    /// <summary>The settings.</summary>
    public required IReadOnlyList<PortalSetting> Settings { get; init; }
}

/// <summary>Describes the running portal.</summary>
public sealed class PortalStatus
{
    private static readonly DateTimeOffset s_startedAt = Process.GetCurrentProcess().StartTime.ToUniversalTime();

    private readonly PortalHealth _health;
    private readonly AdministratorCheck _administrators;
    private readonly RotationOverview _rotations;
    private readonly OverviewParts _parts;
    private readonly DatabaseCopy _database;
    private readonly PortalSettings _settings;
    private readonly Authorizer _authorizer;
    private readonly AuditRecorder _recorder;
    private readonly PortalOptions _options;
    private readonly TimeProvider _clock;

    internal PortalStatus(
        PortalHealth health, AdministratorCheck administrators, RotationOverview rotations, OverviewParts parts, DatabaseCopy database, PortalSettings settings, Authorizer authorizer,
        AuditRecorder recorder, PortalOptions options, TimeProvider clock)
    {
        _health = health;
        _administrators = administrators;
        _rotations = rotations;
        _parts = parts;
        _database = database;
        _settings = settings;
        _authorizer = authorizer;
        _recorder = recorder;
        _options = options;
        _clock = clock;
    }

    /// <summary>The version of the program.</summary>
    internal static string Version { get; } =
        typeof(PortalStatus).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    /// <summary>How the portal is (action <c>secretsportal:ViewStatus</c>).</summary>
    public Task<SystemStatus> Describe(CallContext call, CancellationToken cancel) => _recorder.Recording(call, PortalActions.ViewStatus, "*", async op =>
    {
        await _authorizer.Require(op, "*", secret: null, cancel);
        return await Read(cancel);
    }, cancel);

    /// <summary>As <see cref="Describe"/>, with versions, settings, and how its parts are (action <c>secretsportal:ViewStatus</c>).</summary>
    public Task<SystemDetail> Detail(CallContext call, CancellationToken cancel) => _recorder.Recording(call, PortalActions.ViewStatus, "*", async op =>
    {
        await _authorizer.Require(op, "*", secret: null, cancel);
        op.Detail = "with settings";
        var status = await Read(cancel);
        var isAway = status.Away.ContainsKey("database");
        var facts = isAway ? null : await _database.Describe(cancel);
        return new SystemDetail
        {
            Status = status,
            Runtime = RuntimeInformation.FrameworkDescription,
            OperatingSystem = RuntimeInformation.OSDescription,
            Node = Environment.MachineName,
            Database = facts is null ? null : (facts.Version, facts.Schema),
            Kms = isAway ? [] : await _parts.Kms(call.Region, cancel),
            Audit = isAway ? null : await _parts.Audit(cancel),
            Settings = _settings.All,
        };
    }, cancel);

    private async Task<SystemStatus> Read(CancellationToken cancel)
    {
        var away = await _health.Check(cancel);
        var hasDatabase = !away.ContainsKey("database");
        return new SystemStatus
        {
            Version = Version,
            IsReady = away.Count == 0,
            Away = away,
            Now = _clock.Now(),
            StartedAt = s_startedAt,
            Region = _options.Region,
            Regions = _options.Regions,
            AccountId = _options.AccountId,
            DatabaseProvider = _options.DatabaseProvider,
            NobodyAdministers = hasDatabase ? await _administrators.FindRemedy(cancel) : null,
            RotationPause = hasDatabase ? await _rotations.FindHold(cancel) : null,
        };
    }
}
