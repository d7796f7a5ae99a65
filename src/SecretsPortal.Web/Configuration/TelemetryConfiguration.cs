using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using SecretsPortal.Services;
using SecretsPortal.Services.Rotation;

namespace SecretsPortal.Web.Configuration;

/// <summary>Reads <c>Portal:Telemetry:…</c> and sends the portal's metrics where it says. Without an endpoint nothing is sent.</summary>
internal static class TelemetryConfiguration
{
    /// <summary>The options; null where nothing is sent, or where a fault was added.</summary>
    public static TelemetryOptions? Read(SettingReader settings)
    {
        var authorization = settings.Secret(SettingKeys.TelemetryAuthorization, SettingKeys.TelemetryAuthorizationFile);
        var protocol = settings.OneOf(SettingKeys.TelemetryProtocol, "HttpProtobuf", "Grpc");
        var interval = settings.Number(SettingKeys.TelemetryIntervalSeconds, 1, 3600);
        if (settings.Text(SettingKeys.TelemetryEndpoint) is not { } text)
        {
            foreach (var key in new[] { SettingKeys.TelemetryAuthorization, SettingKeys.TelemetryAuthorizationFile, SettingKeys.TelemetryProtocol, SettingKeys.TelemetryIntervalSeconds }
                .Where(settings.IsSet))
                settings.Fault($"{key} is set without {SettingKeys.TelemetryEndpoint}; name the collector, or remove it.");
            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https" && endpoint is { UserInfo: "", Query: "", Fragment: "" })
            return new TelemetryOptions(endpoint, protocol == "Grpc", authorization, TimeSpan.FromSeconds(interval ?? 60));
        settings.Fault($"{SettingKeys.TelemetryEndpoint} must be the collector's address, such as http://collector:4318, without user, query or /v1/metrics.");
        return null;
    }

    /// <summary>Sends the portal's metrics to the collector, from the start of the host to its end.</summary>
    public static IServiceCollection AddTelemetry(this IServiceCollection services, TelemetryOptions? options)
    {
        if (options is null)
            return services;
        services.AddOpenTelemetry()
            .ConfigureResource(static resource => resource.AddService(
                "secretsportal", serviceVersion: typeof(TelemetryConfiguration).Assembly.GetName().Version?.ToString(3), serviceInstanceId: Environment.MachineName))
            .WithMetrics(metrics => metrics
                .AddMeter(RotationMetrics.MeterName)
                .AddOtlpExporter((exporter, reader) =>
                {
                    exporter.Protocol = options.IsGrpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
                    // The exporter adds the signal's path only to an endpoint that it has from its own environment variable.
                    exporter.Endpoint = options.IsGrpc ? options.Endpoint : new Uri($"{options.Endpoint.ToString().TrimEnd('/')}/v1/metrics");
                    if (options.Authorization is { } authorization)
                        exporter.Headers = $"Authorization={Uri.EscapeDataString(authorization.Reveal())}";
                    reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)options.Interval.TotalMilliseconds;
                }));
        return services;
    }
}
