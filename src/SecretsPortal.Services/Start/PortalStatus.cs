using System.Diagnostics;
using System.Reflection;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Rotation;

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

    /// <summary>What holds all rotations up; absent where nothing does, or where the database is away.</summary>
    public RotationHold? RotationPause { get; init; }
}

/// <summary>Describes the running portal.</summary>
public sealed class PortalStatus
{
    private static readonly string s_version =
        typeof(PortalStatus).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    private static readonly DateTimeOffset s_startedAt = Process.GetCurrentProcess().StartTime.ToUniversalTime();

    private readonly PortalHealth _health;
    private readonly RotationOverview _rotations;
    private readonly Authorizer _authorizer;
    private readonly AuditRecorder _recorder;
    private readonly PortalOptions _options;
    private readonly TimeProvider _clock;

    internal PortalStatus(PortalHealth health, RotationOverview rotations, Authorizer authorizer, AuditRecorder recorder, PortalOptions options, TimeProvider clock)
    {
        _health = health;
        _rotations = rotations;
        _authorizer = authorizer;
        _recorder = recorder;
        _options = options;
        _clock = clock;
    }

    /// <summary>How the portal is (action <c>secretsportal:ViewStatus</c>).</summary>
    public Task<SystemStatus> Describe(CallContext call, CancellationToken cancel) => _recorder.Recording(call, PortalActions.ViewStatus, "*", async op =>
    {
        await _authorizer.Require(op, "*", secret: null, cancel);
        var away = await _health.Check(cancel);
        return new SystemStatus
        {
            Version = s_version,
            IsReady = away.Count == 0,
            Away = away,
            Now = _clock.Now(),
            StartedAt = s_startedAt,
            Region = _options.Region,
            Regions = _options.Regions,
            AccountId = _options.AccountId,
            DatabaseProvider = _options.DatabaseProvider,
            RotationPause = away.ContainsKey("database") ? null : await _rotations.FindHold(cancel),
        };
    }, cancel);
}
