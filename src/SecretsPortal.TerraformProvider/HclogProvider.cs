using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace SecretsPortal.TerraformProvider;

/// <summary>
/// Writes log entries as Terraform reads them from a provider's stderr: one JSON object a line, with its level, so that TF_LOG and
/// TF_LOG_PROVIDER select and show them. Exceptions are written by kind alone: a message may quote anything.
/// </summary>
internal sealed class HclogProvider(TextWriter output, LogLevel minimum, TimeProvider time) : ILoggerProvider
{
    private readonly Lock _writing = new();

    /// <summary>The level that Terraform's variables ask for; errors where they ask for nothing.</summary>
    public static LogLevel LevelFrom(Func<string, string?> environment)
    {
        var wanted = environment("TF_LOG_PROVIDER") is { Length: > 0 } own ? own : environment("TF_LOG");
        return wanted?.ToUpperInvariant() switch
        {
            "TRACE" or "JSON" => LogLevel.Trace,
            "DEBUG" => LogLevel.Debug,
            "INFO" => LogLevel.Information,
            "WARN" => LogLevel.Warning,
            "OFF" => LogLevel.None,
            _ => LogLevel.Error,
        };
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private void Write(LogLevel level, string category, string message, Exception? exception)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("@level", level switch
            {
                LogLevel.Trace => "trace",
                LogLevel.Debug => "debug",
                LogLevel.Information => "info",
                LogLevel.Warning => "warn",
                _ => "error",
            });
            json.WriteString("@message", message);
            json.WriteString("@module", category);
            json.WriteString("@timestamp", time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
            if (exception is not null)
                json.WriteString("exception", exception.GetType().FullName);
            json.WriteEndObject();
        }

        var line = Encoding.UTF8.GetString(buffer.WrittenSpan);
        lock (_writing)
            output.WriteLine(line);
    }

    private sealed class Logger(HclogProvider provider, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= provider.Minimum;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                provider.Write(logLevel, category, formatter(state, null), exception);
        }
    }

    private LogLevel Minimum => minimum;
}
