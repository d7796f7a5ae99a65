using System.Net;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Rotation.Functions;

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

    /// <summary>How many pages of the portal a user may have open at once on a node.</summary>
    public int OpenPagesPerUser { get; init; } = 30;

    /// <summary>The addresses of proxies whose word on the client's address and scheme is taken; none by default.</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary><c>Sqlite</c> or <c>SqlServer</c>.</summary>
    public string DatabaseProvider { get; init; } = "Sqlite";

    /// <summary>For SqlServer required; for Sqlite a file in the data directory by default.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>The local KMS's key file; <c>local-kms.key</c> in the data directory by default.</summary>
    public string? LocalKeyFile { get; init; }

    /// <summary>Which KMS providers there are beside the local one, and which holds the default keys of a new database.</summary>
    public KmsOptions Kms { get; init; } = new();

    /// <summary>How long the log is kept, and where it is sent.</summary>
    public AuditOptions Audit { get; init; } = new();

    /// <summary>Where rotation functions of one's own may be, and how they find the portal.</summary>
    public FunctionOptions Functions { get; init; } = new();

    /// <summary>The folder of the Terraform provider's packages; null where none are given away.</summary>
    public string? TerraformPackages { get; init; }

    /// <summary>Where metrics are sent; null where they are not.</summary>
    public TelemetryOptions? Telemetry { get; init; }

    /// <summary>How the portal rotates.</summary>
    public RotationOptions Rotation { get; init; } = new();

    /// <summary>How long an unwrapped data key is kept in memory; zero keeps none.</summary>
    public TimeSpan KmsCacheTime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How many unwrapped data keys are kept in memory at most.</summary>
    public int KmsCacheSize { get; init; } = 20_000;

    /// <summary>True where the store is filled with a demonstration at the start.</summary>
    public bool IsDemo { get; init; }

    /// <summary>The first administrator's name in an empty database.</summary>
    public string BootstrapAdminUser { get; init; } = "admin";

    /// <summary>The first administrator's password; null to have one generated and printed once.</summary>
    public SecretText? BootstrapAdminPassword { get; init; }

    /// <summary>The first access key's id; null to have a pair generated and printed once.</summary>
    public string? BootstrapAccessKeyId { get; init; }

    /// <summary>The first access key's secret half.</summary>
    public SecretText? BootstrapSecretAccessKey { get; init; }

    /// <summary>For how long after a user has proved who they are the portal's pages show values without asking again.</summary>
    public TimeSpan ProofLifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The identity provider; null where users sign in with passwords of the portal alone.</summary>
    public OidcOptions? Oidc { get; init; }
}

/// <summary>Where metrics are sent by OTLP.</summary>
/// <param name="Endpoint">The collector, without a signal's path.</param>
/// <param name="IsGrpc">True for OTLP over gRPC, false for protobuf over HTTP.</param>
/// <param name="Authorization">The header of that name; null where the collector asks for none.</param>
/// <param name="Interval">How often.</param>
public sealed record TelemetryOptions(Uri Endpoint, bool IsGrpc, SecretText? Authorization, TimeSpan Interval);

/// <summary>The OpenID Connect provider that users may sign in with.</summary>
public sealed record OidcOptions
{
    /// <summary>The issuer: an absolute https address, or http on the loopback.</summary>
    public required Uri Authority { get; init; }

    /// <summary>The portal's name at the provider.</summary>
    public required string ClientId { get; init; }

    /// <summary>The portal's secret at the provider; null for a public client, which PKCE alone protects.</summary>
    public SecretText? ClientSecret { get; init; }

    /// <summary>What is asked for; contains <c>openid</c>.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = ["openid", "profile", "email"];

    /// <summary>The claim that names the user's groups.</summary>
    public string GroupsClaim { get; init; } = "groups";

    /// <summary>The claim that becomes the user name at the first sign-in.</summary>
    public string NameClaim { get; init; } = "preferred_username";

    /// <summary>What the sign-in page calls the provider.</summary>
    public string DisplayName { get; init; } = "single sign-on";

    /// <summary>Refuses users whose e-mail address the provider does not vouch for.</summary>
    public bool RequireVerifiedEmail { get; init; } = true;

    /// <summary>For each group of the provider, the names of groups and policies of the portal that its members have; by ordinal.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Groups { get; init; } = new Dictionary<string, IReadOnlyList<string>>();
}
