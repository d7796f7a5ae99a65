namespace SecretsPortal.Web.Configuration;

/// <summary>The levels below <c>Logging</c>: the host would stop at a misspelt one without naming its key.</summary>
internal static class LogLevels
{
    private const string Section = "LogLevel";

    /// <summary>A fault for each level, of all logs or of one provider, that is none.</summary>
    public static IEnumerable<string> Faults(IConfiguration configuration)
    {
        var logging = configuration.GetSection("Logging");
        return
            from levels in logging.GetChildren().Select(provider => provider.GetSection(Section)).Prepend(logging.GetSection(Section))
            from level in levels.GetChildren()
            where !string.IsNullOrEmpty(level.Value) && !Enum.TryParse<LogLevel>(level.Value, ignoreCase: true, out _)
            select $"{level.Path} must be one of {string.Join(", ", Enum.GetNames<LogLevel>())}.";
    }
}
