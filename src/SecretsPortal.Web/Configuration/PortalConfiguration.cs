using SecretsPortal.Services;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Start;

namespace SecretsPortal.Web.Configuration;

/// <summary>
/// Reads and checks the <c>Portal</c> section, and what the host reads beside it. Every fault is found before any is reported, one line each that begins with the key, so
/// that one start shows all there is to mend.
/// </summary>
internal static class PortalConfiguration
{
    /// <summary>The settings, or <see cref="PortalStartException"/> with every fault.</summary>
    /// <param name="configuration">appsettings.json, environment and command line, merged.</param>
    /// <param name="contentRoot">What a relative data directory or file is relative to.</param>
    public static PortalOptions Read(IConfiguration configuration, string contentRoot)
    {
        var faults = new List<string>(SettingKeys.Unknown(configuration));
        var settings = new SettingReader(configuration, contentRoot, faults);

        var region = settings.Region(SettingKeys.Region) ?? "us-east-1";
        var provider = settings.OneOf(SettingKeys.DatabaseProvider, "Sqlite", "SqlServer") ?? "Sqlite";
        var options = new PortalOptions
        {
            DataDirectory = settings.FilePath(SettingKeys.DataDirectory) ?? Path.GetFullPath("data", contentRoot),
            Region = region,
            Regions = settings.Regions(SettingKeys.Regions, region),
            AccountId = settings.Account(SettingKeys.AccountId) ?? "000000000000",
            OpenPagesPerUser = settings.Number(SettingKeys.OpenPagesPerUser, 1, 1000) ?? 30,
            TrustedProxies = TrustedProxies.Read(settings),
            DatabaseProvider = provider,
            ConnectionString = settings.Secret(SettingKeys.ConnectionString, SettingKeys.ConnectionStringFile)?.Reveal(),
            LocalKeyFile = settings.FilePath(SettingKeys.KeyFile),
            Kms = KmsConfiguration.Read(settings),
            Oidc = OidcConfiguration.Read(configuration, settings),
            Audit = AuditSettings.Read(settings, faults),
            Functions = FunctionConfiguration.Read(settings),
            TerraformPackages = settings.FilePath(SettingKeys.TerraformPackages),
            Telemetry = TelemetryConfiguration.Read(settings),
            Rotation = new RotationOptions
            {
                TargetLimit = settings.Number(SettingKeys.RotationTargetLimit, 1, 1000) ?? 5,
                HeartbeatInterval = TimeSpan.FromHours(settings.Number(SettingKeys.RotationHeartbeatHours, 0, 8760) ?? 24),
                AllowedTargets = FunctionConfiguration.AllowedAddresses(settings, SettingKeys.RotationAllowedTargets),
            },
            ProofLifetime = TimeSpan.FromMinutes(settings.Number(SettingKeys.SessionProofMinutes, 1, 720) ?? 10),
            KmsCacheTime = TimeSpan.FromSeconds(settings.Number(SettingKeys.KmsCacheSeconds, 0, 86_400) ?? 300),
            BootstrapAdminUser = settings.UserName(SettingKeys.AdminUser) ?? "admin",
            BootstrapAdminPassword = settings.Secret(SettingKeys.AdminPassword, SettingKeys.AdminPasswordFile),
            BootstrapAccessKeyId = settings.AccessKeyId(SettingKeys.AccessKeyId),
            BootstrapSecretAccessKey = settings.Secret(SettingKeys.SecretAccessKey, SettingKeys.SecretAccessKeyFile),
        };
        CheckTogether(options, faults);
        faults.AddRange(ListenAddress.Faults(configuration));
        faults.AddRange(LogLevels.Faults(configuration));
        if (faults.Count == 0)
            DataDirectory.Prepare(options, faults);
        return faults.Count == 0 ? options : throw new PortalStartException(faults);
    }

    private static void CheckTogether(PortalOptions options, List<string> faults)
    {
        // A setting that is set and faulty reads as null here, so a fault that was named already is not named a second time.
        bool Named(string key) => faults.Any(f => f.StartsWith(key, StringComparison.Ordinal));

        if (options is { DatabaseProvider: "SqlServer", ConnectionString: null } && !Named(SettingKeys.ConnectionString))
            faults.Add($"{SettingKeys.ConnectionString} is missing; {SettingKeys.DatabaseProvider} = SqlServer needs it (or {SettingKeys.ConnectionStringFile}, the path of a file that holds it).");
        if (options.BootstrapAdminPassword is { } password && password.Reveal().Length < 12)
            faults.Add($"{SettingKeys.AdminPassword} has fewer than 12 characters; choose a longer password.");
        if (options.BootstrapSecretAccessKey is { } secret && secret.Reveal().Length is < 16 or > 128)
            faults.Add($"{SettingKeys.SecretAccessKey} must have 16 to 128 characters.");
        if (options is { BootstrapAccessKeyId: not null, BootstrapSecretAccessKey: null } && !Named(SettingKeys.SecretAccessKey))
            faults.Add($"{SettingKeys.SecretAccessKey} is missing beside {SettingKeys.AccessKeyId}; set both or neither (or {SettingKeys.SecretAccessKeyFile}, the path of a file that holds it).");
        if (options is { BootstrapAccessKeyId: null, BootstrapSecretAccessKey: not null } && !Named(SettingKeys.AccessKeyId))
            faults.Add($"{SettingKeys.AccessKeyId} is missing beside {SettingKeys.SecretAccessKey}; set both or neither.");
    }
}
