using SecretsPortal.Services.Audit;

namespace SecretsPortal.Web.Configuration;

/// <summary>Reads <c>Portal:Audit:…</c>.</summary>
internal static class AuditSettings
{
    /// <summary>The options; faults are added, one line each.</summary>
    public static AuditOptions Read(SettingReader settings, List<string> faults) => new()
    {
        RetentionDays = settings.Number(SettingKeys.AuditRetentionDays, 1, 36_500),
        ArchiveDirectory = settings.FilePath(SettingKeys.AuditArchiveDirectory),
        CheckpointRecords = settings.Number(SettingKeys.AuditCheckpointRecords, 1, 10_000_000) ?? 10_000,
        CheckpointInterval = TimeSpan.FromMinutes(settings.Number(SettingKeys.AuditCheckpointMinutes, 1, 1440) ?? 15),
        Syslog = Syslog(settings, faults),
        OpenTelemetry = OpenTelemetry(settings, faults),
    };

    private static SyslogOptions? Syslog(SettingReader settings, List<string> faults)
    {
        var before = faults.Count;
        var transport = Enum.TryParse<SyslogTransport>(settings.OneOf(SettingKeys.SyslogTransport, Enum.GetNames<SyslogTransport>()), out var named) ? named : SyslogTransport.Tls;
        var host = settings.Text(SettingKeys.SyslogHost);
        var port = settings.Number(SettingKeys.SyslogPort, 1, 65_535);
        var facility = settings.Number(SettingKeys.SyslogFacility, 0, 23);
        var caFile = settings.FilePath(SettingKeys.SyslogCaFile);
        if (host is null)
        {
            foreach (var key in new[] { SettingKeys.SyslogTransport, SettingKeys.SyslogPort, SettingKeys.SyslogFacility, SettingKeys.SyslogCaFile }.Where(key => settings.Text(key) is not null))
                faults.Add($"{key} is set without {SettingKeys.SyslogHost}; name the receiver, or remove it.");
            return null;
        }

        if (Uri.CheckHostName(host) == UriHostNameType.Unknown)
            faults.Add($"{SettingKeys.SyslogHost} must be a host's name or address, without port or scheme.");
        if (caFile is not null && transport != SyslogTransport.Tls)
            faults.Add($"{SettingKeys.SyslogCaFile} has a meaning with {SettingKeys.SyslogTransport} = Tls alone; remove one of them.");
        if (caFile is not null && !File.Exists(caFile))
            faults.Add($"{SettingKeys.SyslogCaFile}: the file {caFile} does not exist.");
        return faults.Count > before ? null : new SyslogOptions(transport, host, port ?? (transport == SyslogTransport.Tls ? 6514 : 514), facility ?? 13, caFile);
    }

    private static OpenTelemetryOptions? OpenTelemetry(SettingReader settings, List<string> faults)
    {
        var authorization = settings.Secret(SettingKeys.OpenTelemetryAuthorization, SettingKeys.OpenTelemetryAuthorizationFile);
        if (settings.Text(SettingKeys.OpenTelemetryEndpoint) is not { } text)
        {
            if (authorization is not null)
                faults.Add($"{SettingKeys.OpenTelemetryAuthorization} is set without {SettingKeys.OpenTelemetryEndpoint}; name the collector, or remove it.");
            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https" && endpoint is { UserInfo: "", Query: "", Fragment: "" })
            return new OpenTelemetryOptions(endpoint, authorization);
        faults.Add($"{SettingKeys.OpenTelemetryEndpoint} must be the collector's address, such as http://collector:4318, without user, query or /v1/logs.");
        return null;
    }
}
