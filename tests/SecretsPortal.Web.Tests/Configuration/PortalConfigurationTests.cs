using Microsoft.Extensions.Configuration;
using SecretsPortal.Services;
using SecretsPortal.Services.Start;
using SecretsPortal.Tests.Shared;
using SecretsPortal.Web.Configuration;

namespace SecretsPortal.Web.Tests.Configuration;

public sealed class PortalConfigurationTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Nothing_configured_gives_the_promised_defaults()
    {
        var options = Read();
        Assert.Equal(_directory["data"], options.DataDirectory);
        Assert.Equal("us-east-1", options.Region);
        Assert.Equal(["us-east-1"], options.Regions);
        Assert.Equal("000000000000", options.AccountId);
        Assert.Equal("Sqlite", options.DatabaseProvider);
        Assert.Null(options.ConnectionString);
        Assert.Null(options.LocalKeyFile);
        Assert.Equal("admin", options.BootstrapAdminUser);
        Assert.Null(options.BootstrapAdminPassword);
        Assert.Null(options.BootstrapAccessKeyId);
        Assert.Null(options.BootstrapSecretAccessKey);
    }

    [Fact]
    public void Every_setting_is_read()
    {
        File.WriteAllText(_directory["password"], "a long enough password\n");
        var options = Read(
            ("DataDirectory", "elsewhere"), ("Region", "eu-central-1"), ("Regions", "us-east-1, eu-central-1"), ("AccountId", "123456789012"),
            ("Database:Provider", "sqlserver"), ("Database:ConnectionString", "Server=x"), ("Kms:KeyFile", "keys/k"),
            ("Bootstrap:AdminUser", "root"), ("Bootstrap:AdminPasswordFile", "password"),
            ("Bootstrap:AccessKeyId", "AKIA0123456789ABCDEF"), ("Bootstrap:SecretAccessKey", "0123456789abcdef"));
        Assert.Equal(_directory["elsewhere"], options.DataDirectory);
        Assert.Equal("eu-central-1", options.Region);
        Assert.Equal(["us-east-1", "eu-central-1"], options.Regions);
        Assert.Equal("123456789012", options.AccountId);
        Assert.Equal("SqlServer", options.DatabaseProvider);
        Assert.Equal("Server=x", options.ConnectionString);
        Assert.Equal(Path.Combine(_directory["keys"], "k"), options.LocalKeyFile);
        Assert.Equal("root", options.BootstrapAdminUser);
        Assert.Equal("a long enough password", options.BootstrapAdminPassword!.Value.Reveal());
        Assert.Equal("AKIA0123456789ABCDEF", options.BootstrapAccessKeyId);
        Assert.Equal("0123456789abcdef", options.BootstrapSecretAccessKey!.Value.Reveal());
    }

    [Theory]
    [InlineData("Region", "US East", "Portal:Region must be a region's name: words of lower-case letters and a number with hyphens between them, such as us-east-1.")]
    [InlineData("Region", "us-east", "Portal:Region must be a region's name: words of lower-case letters and a number with hyphens between them, such as us-east-1.")]
    [InlineData("Regions", "us-east-1,eu-central-1, eu-central-1", "Portal:Regions names eu-central-1 more than once.")]
    [InlineData("Regions", "us-east-1;eu", "Portal:Regions must be names of regions with commas between them, such as us-east-1,eu-central-1.")]
    [InlineData("Regions", "eu-central-1", "Portal:Regions must contain the home region us-east-1 (Portal:Region).")]
    [InlineData("AccountId", "12345", "Portal:AccountId must be 12 digits.")]
    [InlineData("Database:Provider", "Oracle", "Portal:Database:Provider must be one of Sqlite, SqlServer.")]
    [InlineData("Database:Provider", "SqlServer", "Portal:Database:ConnectionString is missing; Portal:Database:Provider = SqlServer needs it (or Portal:Database:ConnectionStringFile, the path of a file that holds it).")]
    [InlineData("Bootstrap:AdminUser", "a b", "Portal:Bootstrap:AdminUser must be 1 to 64 ASCII letters, digits or +=,.@_-.")]
    [InlineData("Bootstrap:AdminUser", "..", "Portal:Bootstrap:AdminUser can't be dots alone; give it a letter or a digit.")]
    [InlineData("Bootstrap:AdminPassword", "hunter2", "Portal:Bootstrap:AdminPassword has fewer than 12 characters; choose a longer password.")]
    [InlineData("Bootstrap:AccessKeyId", "short", "Portal:Bootstrap:AccessKeyId must have 16 to 128 upper-case ASCII letters and digits.")]
    [InlineData("Bootstrap:AccessKeyId", "AKIA0123456789ABCDEF", "Portal:Bootstrap:SecretAccessKey is missing beside Portal:Bootstrap:AccessKeyId; set both or neither (or Portal:Bootstrap:SecretAccessKeyFile, the path of a file that holds it).")]
    [InlineData("Bootstrap:SecretAccessKey", "0123456789abcdef", "Portal:Bootstrap:AccessKeyId is missing beside Portal:Bootstrap:SecretAccessKey; set both or neither.")]
    [InlineData("Audit:RetentionDays", "0", "Portal:Audit:RetentionDays must be a whole number from 1 to 36500.")]
    [InlineData("Audit:Syslog:Port", "514", "Portal:Audit:Syslog:Port is set without Portal:Audit:Syslog:Host; name the receiver, or remove it.")]
    [InlineData("Audit:Syslog:Host", "udp://log:514", "Portal:Audit:Syslog:Host must be a host's name or address, without port or scheme.")]
    [InlineData("Audit:OpenTelemetry:Endpoint", "collector:4317", "Portal:Audit:OpenTelemetry:Endpoint must be the collector's address, such as http://collector:4318, without user, query or /v1/logs.")]
    [InlineData("Functions:Endpoint", "https://portal/path", "Portal:Functions:Endpoint must be the portal's address as functions reach it, such as https://secrets.example.com, without a path.")]
    [InlineData("Functions:AllowedAddresses", "127.0.0.1, 10.0.0.0/64", "Portal:Functions:AllowedAddresses: 10.0.0.0/64 is neither an address, nor a range such as 10.0.0.0/8, nor a host's name.")]
    [InlineData("Functions:FirstUserId", "0", "Portal:Functions:FirstUserId must be a whole number from 1000 to 2147479551.")]
    [InlineData("Reigon", "x", "Portal:Reigon is not a setting. Did you mean Portal:Region?")]
    [InlineData("Kms:Keyfiles", "x", "Portal:Kms:Keyfiles is not a setting. Did you mean Portal:Kms:KeyFile?")]
    [InlineData("Rotation:TargetLimit", "0", "Portal:Rotation:TargetLimit must be a whole number from 1 to 1000.")]
    [InlineData("Session:ProofMinutes", "0", "Portal:Session:ProofMinutes must be a whole number from 1 to 720.")]
    [InlineData("Rotation:HeartbeatHours", "daily", "Portal:Rotation:HeartbeatHours must be a whole number from 0 to 8760.")]
    [InlineData("Rotation:AllowedTargets", "10.0.0.0/8,db/1", "Portal:Rotation:AllowedTargets: db/1 is neither an address, nor a range such as 10.0.0.0/8, nor a host's name.")]
    [InlineData("TrustedProxies", "10.0.0.1,proxy", "Portal:TrustedProxies: proxy is neither an address nor a range such as 10.0.0.0/24.")]
    [InlineData("Telemetry:Endpoint", "collector:4318", "Portal:Telemetry:Endpoint must be the collector's address, such as http://collector:4318, without user, query or /v1/metrics.")]
    [InlineData("Telemetry:Protocol", "Grpc", "Portal:Telemetry:Protocol is set without Portal:Telemetry:Endpoint; name the collector, or remove it.")]
    [InlineData("Region:Name", "x", "Portal:Region:Name is not a setting. The settings are Portal:DataDirectory, Portal:Region, Portal:Regions, Portal:AccountId, Portal:OpenPagesPerUser, Portal:TrustedProxies, Portal:Database:Provider, Portal:Database:ConnectionString, Portal:Database:ConnectionStringFile, Portal:Kms:KeyFile, Portal:Kms:Provider, Portal:Kms:KeyReference, Portal:Kms:TimeoutSeconds, Portal:Kms:CacheSeconds, Portal:Kms:Pkcs11:ModulePath, Portal:Kms:Pkcs11:TokenLabel, Portal:Kms:Pkcs11:PinFile, Portal:Kms:AzureKeyVault:VaultUri, Portal:Kms:AwsKms:Region, Portal:Kms:AwsKms:EndpointUrl, Portal:Audit:RetentionDays, Portal:Audit:ArchiveDirectory, Portal:Audit:CheckpointRecords, Portal:Audit:CheckpointMinutes, Portal:Audit:Syslog:Transport, Portal:Audit:Syslog:Host, Portal:Audit:Syslog:Port, Portal:Audit:Syslog:Facility, Portal:Audit:Syslog:CaFile, Portal:Audit:OpenTelemetry:Endpoint, Portal:Audit:OpenTelemetry:Authorization, Portal:Audit:OpenTelemetry:AuthorizationFile, Portal:Terraform:PackagesDirectory, Portal:Functions:Directory, Portal:Functions:Endpoint, Portal:Functions:AllowedAddresses, Portal:Functions:CaFile, Portal:Functions:FirstUserId, Portal:Rotation:TargetLimit, Portal:Rotation:HeartbeatHours, Portal:Rotation:AllowedTargets, Portal:Session:ProofMinutes, Portal:Telemetry:Endpoint, Portal:Telemetry:Protocol, Portal:Telemetry:Authorization, Portal:Telemetry:AuthorizationFile, Portal:Telemetry:IntervalSeconds, Portal:Bootstrap:AdminUser, Portal:Bootstrap:AdminPassword, Portal:Bootstrap:AdminPasswordFile, Portal:Bootstrap:AccessKeyId, Portal:Bootstrap:SecretAccessKey, Portal:Bootstrap:SecretAccessKeyFile, Portal:Oidc:Authority, Portal:Oidc:ClientId, Portal:Oidc:ClientSecretFile, Portal:Oidc:Scopes, Portal:Oidc:GroupsClaim, Portal:Oidc:NameClaim, Portal:Oidc:DisplayName, Portal:Oidc:RequireVerifiedEmail.")]
    public void One_broken_setting_gives_one_exact_line(string key, string value, string fault) => Assert.Equal([fault], Faults((key, value)));

    [Fact]
    public void An_identity_provider_has_every_fault_named()
    {
        Assert.Equal(
            [
                "Portal:Oidc:Authority must be the provider's issuer: an address like https://login.example.com/realm, https alone (http on this machine only), without query.",
                "Portal:Oidc:ClientId is missing: the portal's name at the provider.",
                "Portal:Oidc:Groups:empty is empty; name the groups and policies of the portal that the members have, with commas between them.",
                "Portal:Oidc:RequireVerifiedEmail must be one of true, false.",
                "Portal:Oidc:Scopes must contain openid.",
            ],
            Faults(("Oidc:Authority", "http://login.example.com"), ("Oidc:Scopes", "profile"), ("Oidc:RequireVerifiedEmail", "maybe"), ("Oidc:Groups:empty", " ")).Order());
        Assert.StartsWith(
            "Portal:Oidc:Groups:NAME is missing",
            Assert.Single(Faults(("Oidc:Authority", "https://login.example.com"), ("Oidc:ClientId", "portal"))), StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_are_told_at_once()
    {
        var faults = Faults(("Region", "A"), ("AccountId", "x"), ("Database:Provider", "SqlServer"), ("Nonsense", "1"));
        Assert.Equal(4, faults.Count);
        foreach (var key in new[] { "Portal:Region", "Portal:AccountId", "Portal:Database:ConnectionString", "Portal:Nonsense" })
            Assert.Single(faults, f => f.StartsWith(key, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("urls", "http://localhost:8210;http://[::1]:0;https://*:8443", null)]
    [InlineData("urls", "foo", "urls: foo is not an address; write it like http://localhost:8210.")]
    [InlineData("urls", "http://localhost:0;ftp://x", "urls: ftp://x is not an address; write it like http://localhost:8210.")]
    [InlineData("urls", "http://localhost:port", "urls: http://localhost:port is not an address; write it like http://localhost:8210.")]
    [InlineData("urls", "http://localhost:65536", "urls: http://localhost:65536 is not an address; write it like http://localhost:8210.")]
    [InlineData("urls", "http://localhost:1/base", "urls: http://localhost:1/base is not an address; write it like http://localhost:8210.")]
    [InlineData("http_ports", "8080;x", "http_ports: x is not a port; write a number from 0 to 65535.")]
    [InlineData("Logging:LogLevel:Default", "warning", null)]
    [InlineData("Logging:LogLevel:Default", "Bogus", "Logging:LogLevel:Default must be one of Trace, Debug, Information, Warning, Error, Critical, None.")]
    [InlineData("Logging:Console:LogLevel:Microsoft", "Bogus", "Logging:Console:LogLevel:Microsoft must be one of Trace, Debug, Information, Warning, Error, Critical, None.")]
    public void What_the_host_reads_is_told_together_with_the_rest(string key, string value, string? fault)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(key, value), new("Portal:Region", "BAD_")]).Build();
        var faults = Assert.Throws<PortalStartException>(() => PortalConfiguration.Read(configuration, _directory.Path)).Faults;
        Assert.StartsWith("Portal:Region ", faults[0], StringComparison.Ordinal);
        Assert.Equal(fault is null ? [] : [fault], faults.Skip(1));
    }

    [Fact]
    public void A_secrets_file_that_cannot_be_used_is_named_with_its_key()
    {
        File.WriteAllText(_directory["empty"], "\n");
        File.WriteAllBytes(_directory["binary"], [0xFF, 0xFE, 0xFD]);
        const string key = "Portal:Bootstrap:AdminPasswordFile";
        Assert.Equal([$"{key}: the file {_directory["missing"]} cannot be read (it does not exist)."], Faults(("Bootstrap:AdminPasswordFile", "missing")));
        Assert.Equal([$"{key}: the file {_directory["empty"]} is empty."], Faults(("Bootstrap:AdminPasswordFile", "empty")));
        Assert.Equal([$"{key}: the file {_directory["binary"]} cannot be read (it is not UTF-8 text)."], Faults(("Bootstrap:AdminPasswordFile", "binary")));
        Assert.Equal(
            [$"{key}: the file {_directory.Path} cannot be read (access is denied, or it is a directory)."],
            Faults(("Bootstrap:AdminPasswordFile", _directory.Path)));
        Assert.Equal(
            [$"{key} and Portal:Bootstrap:AdminPassword are both set; set one of them."],
            Faults(("Bootstrap:AdminPasswordFile", "empty"), ("Bootstrap:AdminPassword", "a long enough password")));
    }

    [Fact]
    public void A_data_directory_that_cannot_be_made_is_a_fault()
    {
        File.WriteAllText(_directory["file"], "");
        var path = Path.Combine(_directory["file"], "data");
        Assert.Equal(
            [$"Portal:DataDirectory: {path} cannot be made or written to; make it writable for the account that runs the portal, or name another directory."],
            Faults(("DataDirectory", path)));
    }

    [Fact]
    public void The_data_directory_is_made_for_its_owner_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        var options = Read();
#pragma warning disable CA1416 // Skipped above where it does not apply.
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(options.DataDirectory));
#pragma warning restore CA1416
        Assert.Empty(Directory.GetFileSystemEntries(options.DataDirectory));
    }

    private PortalOptions Read(params (string Key, string Value)[] settings) => PortalConfiguration.Read(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create($"Portal:{s.Key}", (string?)s.Value))).Build(),
        _directory.Path);

    private IReadOnlyList<string> Faults(params (string Key, string Value)[] settings) =>
        Assert.Throws<PortalStartException>(() => Read(settings)).Faults;
}
