namespace SecretsPortal.Web.Configuration;

/// <summary>How the host finds its files.</summary>
internal static class HostFiles
{
    /// <summary>
    /// The content root is the current directory where that holds the settings (a source tree), else the program's own (an installed portal that
    /// was started from anywhere). Settings are read once, so their files are not watched.
    /// </summary>
    public static WebApplicationOptions From(string[] args) => new()
    {
        ApplicationName = typeof(HostFiles).Assembly.GetName().Name,
        Args = ["--hostBuilder:reloadConfigOnChange=false", .. args],
        ContentRootPath = IsContentRootGiven(args) ? null : File.Exists("appsettings.json") ? Directory.GetCurrentDirectory() : AppContext.BaseDirectory,
    };

    private static bool IsContentRootGiven(string[] args) =>
        args.Any(a => a.StartsWith("--contentRoot", StringComparison.OrdinalIgnoreCase))
        || Environment.GetEnvironmentVariable("ASPNETCORE_CONTENTROOT") is not null
        || Environment.GetEnvironmentVariable("DOTNET_CONTENTROOT") is not null;
}
