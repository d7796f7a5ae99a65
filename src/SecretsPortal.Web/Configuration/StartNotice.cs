using SecretsPortal.Services;

namespace SecretsPortal.Web.Configuration;

/// <summary>What the console shows at every start: where the portal is, and where its data and its key lie.</summary>
internal static class StartNotice
{
    /// <summary>Writes the notice; nothing in it is secret (a connection string may be, and is not shown).</summary>
    public static void Write(TextWriter output, PortalOptions options, string address)
    {
        var storage = (options.DatabaseProvider, options.ConnectionString) switch
        {
            ("SqlServer", _) => "SQL Server",
            (_, null) => $"SQLite in {options.DataDirectory}",
            _ => $"SQLite, as {SettingKeys.ConnectionString} says",
        };
        var keyFile = options.LocalKeyFile ?? Path.Combine(options.DataDirectory, "local-kms.key");
        output.WriteLine($"Secrets Portal is at {address}");
        output.WriteLine($"  storage: {storage}");
        output.WriteLine($"  keys:    local KMS, the file {keyFile}; back it up apart from the database");
        output.Flush();
    }
}
