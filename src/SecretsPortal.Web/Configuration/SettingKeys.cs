namespace SecretsPortal.Web.Configuration;

/// <summary>The names of all settings, which are promised to users and stay.</summary>
internal static class SettingKeys
{
    public const string DataDirectory = "Portal:DataDirectory";
    public const string Region = "Portal:Region";
    public const string Regions = "Portal:Regions";
    public const string AccountId = "Portal:AccountId";
    public const string OpenPagesPerUser = "Portal:OpenPagesPerUser";
    public const string TrustedProxies = "Portal:TrustedProxies";
    public const string DatabaseProvider = "Portal:Database:Provider";
    public const string ConnectionString = "Portal:Database:ConnectionString";
    public const string ConnectionStringFile = "Portal:Database:ConnectionStringFile";
    public const string KeyFile = "Portal:Kms:KeyFile";
    public const string KmsProvider = "Portal:Kms:Provider";
    public const string KmsKeyReference = "Portal:Kms:KeyReference";
    public const string KmsTimeout = "Portal:Kms:TimeoutSeconds";
    public const string Pkcs11ModulePath = "Portal:Kms:Pkcs11:ModulePath";
    public const string Pkcs11TokenLabel = "Portal:Kms:Pkcs11:TokenLabel";
    public const string Pkcs11PinFile = "Portal:Kms:Pkcs11:PinFile";
    public const string KeyVaultUri = "Portal:Kms:AzureKeyVault:VaultUri";
    public const string AwsKmsRegion = "Portal:Kms:AwsKms:Region";
    public const string AwsKmsEndpoint = "Portal:Kms:AwsKms:EndpointUrl";
    public const string AuditRetentionDays = "Portal:Audit:RetentionDays";
    public const string AuditArchiveDirectory = "Portal:Audit:ArchiveDirectory";
    public const string AuditCheckpointRecords = "Portal:Audit:CheckpointRecords";
    public const string AuditCheckpointMinutes = "Portal:Audit:CheckpointMinutes";
    public const string SyslogTransport = "Portal:Audit:Syslog:Transport";
    public const string SyslogHost = "Portal:Audit:Syslog:Host";
    public const string SyslogPort = "Portal:Audit:Syslog:Port";
    public const string SyslogFacility = "Portal:Audit:Syslog:Facility";
    public const string SyslogCaFile = "Portal:Audit:Syslog:CaFile";
    public const string OpenTelemetryEndpoint = "Portal:Audit:OpenTelemetry:Endpoint";
    public const string OpenTelemetryAuthorization = "Portal:Audit:OpenTelemetry:Authorization";
    public const string OpenTelemetryAuthorizationFile = "Portal:Audit:OpenTelemetry:AuthorizationFile";
    public const string RotationTargetLimit = "Portal:Rotation:TargetLimit";
    public const string RotationHeartbeatHours = "Portal:Rotation:HeartbeatHours";
    public const string RotationAllowedTargets = "Portal:Rotation:AllowedTargets";
    public const string SessionProofMinutes = "Portal:Session:ProofMinutes";
    public const string TelemetryEndpoint = "Portal:Telemetry:Endpoint";
    public const string TelemetryProtocol = "Portal:Telemetry:Protocol";
    public const string TelemetryAuthorization = "Portal:Telemetry:Authorization";
    public const string TelemetryAuthorizationFile = "Portal:Telemetry:AuthorizationFile";
    public const string TelemetryIntervalSeconds = "Portal:Telemetry:IntervalSeconds";
    public const string KmsCacheSeconds = "Portal:Kms:CacheSeconds";
    public const string FunctionsDirectory = "Portal:Functions:Directory";
    public const string FunctionsEndpoint = "Portal:Functions:Endpoint";
    public const string FunctionsAllowedAddresses = "Portal:Functions:AllowedAddresses";
    public const string FunctionsCaFile = "Portal:Functions:CaFile";
    public const string FunctionsFirstUserId = "Portal:Functions:FirstUserId";
    public const string TerraformPackages = "Portal:Terraform:PackagesDirectory";
    public const string AdminUser = "Portal:Bootstrap:AdminUser";
    public const string AdminPassword = "Portal:Bootstrap:AdminPassword";
    public const string AdminPasswordFile = "Portal:Bootstrap:AdminPasswordFile";
    public const string AccessKeyId = "Portal:Bootstrap:AccessKeyId";
    public const string SecretAccessKey = "Portal:Bootstrap:SecretAccessKey";
    public const string SecretAccessKeyFile = "Portal:Bootstrap:SecretAccessKeyFile";
    public const string OidcAuthority = "Portal:Oidc:Authority";
    public const string OidcClientId = "Portal:Oidc:ClientId";
    public const string OidcClientSecretFile = "Portal:Oidc:ClientSecretFile";
    public const string OidcScopes = "Portal:Oidc:Scopes";
    public const string OidcGroupsClaim = "Portal:Oidc:GroupsClaim";
    public const string OidcNameClaim = "Portal:Oidc:NameClaim";
    public const string OidcDisplayName = "Portal:Oidc:DisplayName";
    public const string OidcRequireVerifiedEmail = "Portal:Oidc:RequireVerifiedEmail";

    private static readonly string[] s_all =
    [
        DataDirectory, Region, Regions, AccountId, OpenPagesPerUser, TrustedProxies, DatabaseProvider, ConnectionString, ConnectionStringFile, KeyFile,
        KmsProvider, KmsKeyReference, KmsTimeout, KmsCacheSeconds, Pkcs11ModulePath, Pkcs11TokenLabel, Pkcs11PinFile, KeyVaultUri, AwsKmsRegion, AwsKmsEndpoint,
        AuditRetentionDays, AuditArchiveDirectory, AuditCheckpointRecords, AuditCheckpointMinutes, SyslogTransport, SyslogHost, SyslogPort, SyslogFacility,
        SyslogCaFile, OpenTelemetryEndpoint, OpenTelemetryAuthorization, OpenTelemetryAuthorizationFile,
        TerraformPackages,
        FunctionsDirectory, FunctionsEndpoint, FunctionsAllowedAddresses, FunctionsCaFile, FunctionsFirstUserId,
        RotationTargetLimit, RotationHeartbeatHours, RotationAllowedTargets, SessionProofMinutes,
        TelemetryEndpoint, TelemetryProtocol, TelemetryAuthorization, TelemetryAuthorizationFile, TelemetryIntervalSeconds,
        AdminUser, AdminPassword, AdminPasswordFile, AccessKeyId, SecretAccessKey, SecretAccessKeyFile,
        OidcAuthority, OidcClientId, OidcClientSecretFile, OidcScopes, OidcGroupsClaim, OidcNameClaim, OidcDisplayName, OidcRequireVerifiedEmail,
    ];

    // Passwords and the like themselves. A setting that names a file with one tells nothing that is secret.
    private static readonly string[] s_secret =
        [ConnectionString, AdminPassword, SecretAccessKey, OpenTelemetryAuthorization, TelemetryAuthorization];

    /// <summary>All of them, but for the groups of the identity provider, whose names are the provider's.</summary>
    public static IReadOnlyList<string> All => s_all;

    /// <summary>True for a setting whose value is shown to nobody.</summary>
    public static bool IsSecret(string key) => s_secret.Contains(key, StringComparer.OrdinalIgnoreCase);

    /// <summary>A fault for each key below <c>Portal</c> that is no setting: a misspelt one would otherwise be a default in silence.</summary>
    public static IEnumerable<string> Unknown(IConfiguration configuration) =>
        from entry in configuration.GetSection("Portal").AsEnumerable()
        where entry.Value is not null && !s_all.Contains(entry.Key, StringComparer.OrdinalIgnoreCase)
            && !entry.Key.StartsWith(OidcConfiguration.Groups, StringComparison.OrdinalIgnoreCase) && entry.Key.Contains(':', StringComparison.Ordinal)
        orderby entry.Key
        select $"{entry.Key} is not a setting. {Hint(entry.Key)}";

    private static string Hint(string key)
    {
        var nearest = s_all.MinBy(known => Distance(key.ToUpperInvariant(), known.ToUpperInvariant()))!;
        return Distance(key.ToUpperInvariant(), nearest.ToUpperInvariant()) <= 4
            ? $"Did you mean {nearest}?"
            : $"The settings are {string.Join(", ", s_all)}.";
    }

    /// <summary>Levenshtein's: how many characters to add, drop or replace.</summary>
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[to.Length];
    }
}
