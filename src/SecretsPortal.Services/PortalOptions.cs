using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Kms;

namespace SecretsPortal.Services;

/// <summary>The portal's settings, already validated by the host; see the Configuration section of the README.</summary>
public sealed record PortalOptions
{
    /// <summary>Where the embedded database and the local key file lie; an absolute path.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The home region.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>All regions served; contains <see cref="Region"/>.</summary>
    public IReadOnlyList<string> Regions { get; init; } = ["us-east-1"];

    /// <summary>12 digits.</summary>
    public string AccountId { get; init; } = "000000000000";

    /// <summary><c>Sqlite</c> or <c>SqlServer</c>.</summary>
    public string DatabaseProvider { get; init; } = "Sqlite";

    /// <summary>For SqlServer required; for Sqlite a file in the data directory by default.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>The local KMS's key file; <c>local-kms.key</c> in the data directory by default.</summary>
    public string? LocalKeyFile { get; init; }

    /// <summary>Which KMS providers there are beside the local one, and which holds the default keys of a new database.</summary>
    public KmsOptions Kms { get; init; } = new();

    /// <summary>The first administrator's name in an empty database.</summary>
    public string BootstrapAdminUser { get; init; } = "admin";

    /// <summary>The first administrator's password; null to have one generated and printed once.</summary>
    public SecretText? BootstrapAdminPassword { get; init; }

    /// <summary>The first access key's id; null to have a pair generated and printed once.</summary>
    public string? BootstrapAccessKeyId { get; init; }

    /// <summary>The first access key's secret half.</summary>
    public SecretText? BootstrapSecretAccessKey { get; init; }
}
