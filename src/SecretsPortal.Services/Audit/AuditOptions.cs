using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Audit;

/// <summary>How long the log is kept in the database, and where it is sent.</summary>
public sealed record AuditOptions
{
    /// <summary>Records older than this many days are archived; null to keep all in the database.</summary>
    public int? RetentionDays { get; init; }

    /// <summary>The folder of archives; <c>audit-archive</c> in the data directory by default.</summary>
    public string? ArchiveDirectory { get; init; }

    /// <summary>A checkpoint is signed at the latest after this many records.</summary>
    public int CheckpointRecords { get; init; } = 10_000;

    /// <summary>A checkpoint is signed at the latest after this time, if there are new records.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Null where the log is sent to no syslog.</summary>
    public SyslogOptions? Syslog { get; init; }

    /// <summary>Null where the log is sent to no OpenTelemetry collector.</summary>
    public OpenTelemetryOptions? OpenTelemetry { get; init; }

    /// <summary>The sinks that are set up.</summary>
    internal IEnumerable<string> SinkNames =>
        new[] { Syslog is null ? null : "syslog", OpenTelemetry is null ? null : "opentelemetry" }.OfType<string>();
}

/// <summary>How syslog messages travel.</summary>
public enum SyslogTransport
{
    /// <summary>RFC 5426: a datagram each. What the network drops is lost.</summary>
    Udp,

    /// <summary>RFC 6587, octet counting.</summary>
    Tcp,

    /// <summary>RFC 5425: octet counting within TLS.</summary>
    Tls,
}

/// <summary>A syslog receiver.</summary>
/// <param name="Transport">How messages travel.</param>
/// <param name="Host">Name or address.</param>
/// <param name="Port">1–65535.</param>
/// <param name="Facility">0–23; 13 is "log audit".</param>
/// <param name="CaFile">Certificates (PEM) that the receiver's must come from; null for those that the system trusts.</param>
public sealed record SyslogOptions(SyslogTransport Transport, string Host, int Port, int Facility, string? CaFile);

/// <summary>An OpenTelemetry collector that takes OTLP over HTTP.</summary>
/// <param name="Endpoint">Its address; <c>/v1/logs</c> is added.</param>
/// <param name="Authorization">The value of the header <c>Authorization</c>, if it asks for one.</param>
public sealed record OpenTelemetryOptions(Uri Endpoint, SecretText? Authorization);
