using Microsoft.Extensions.Logging;
using SecretsPortal.Services.Kms;

namespace SecretsPortal.Services.Start;

/// <summary>Whether the portal can serve.</summary>
public sealed partial class PortalHealth
{
    // Below what the container's health check waits; the call goes on, so that its outcome counts for the KMS's circuit breaker.
    private static readonly TimeSpan s_kmsPatience = TimeSpan.FromSeconds(2);

    private readonly KeyRegistry _keys;
    private readonly PortalOptions _options;
    private readonly ILogger<PortalHealth> _log;

    internal PortalHealth(KeyRegistry keys, PortalOptions options, ILogger<PortalHealth> log)
    {
        _keys = keys;
        _options = options;
        _log = log;
    }

    /// <summary>The names of what is away (<c>database</c>, <c>kms</c>) with a reason each; empty when ready.</summary>
    public async Task<IReadOnlyDictionary<string, string>> Check(CancellationToken cancel)
    {
        var away = new Dictionary<string, string>(StringComparer.Ordinal);
        var what = "database";
        try
        {
            var key = await _keys.Resolve(null, _options.Region, cancel);
            what = "kms";
            await _keys.ProviderOf(key).Check(key.ProviderReference, cancel).WaitAsync(s_kmsPatience, cancel);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // Anybody may ask for the health, so the cause stands in the log alone.
            LogAway(fault, what);
            away[what] = what == "kms" ? "The KMS can't use the default key; the log says why." : "The database does not answer as it should; the log says why.";
        }

        return away;
    }

    [LoggerMessage(EventId = 1101, Level = LogLevel.Error, Message = "Not ready: {Component} is away")]
    private partial void LogAway(Exception fault, string component);
}
