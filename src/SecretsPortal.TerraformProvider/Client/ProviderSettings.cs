using System.Security.Cryptography.X509Certificates;
using SecretsPortal.Core.SigV4;

namespace SecretsPortal.TerraformProvider.Client;

/// <summary>Where the portal is and how to speak with it.</summary>
/// <param name="Endpoint">Its root, http or https.</param>
/// <param name="Region">The region that requests are signed for.</param>
/// <param name="Credentials">The access key.</param>
internal sealed record ProviderSettings(Uri Endpoint, string Region, SigningCredentials Credentials)
{
    /// <summary>Certificate authorities that are trusted beside the machine's own; empty for those alone.</summary>
    public X509Certificate2Collection Authorities { get; init; } = [];

    /// <summary>How long one request may take.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often a request is repeated that failed for a passing reason.</summary>
    public int MaxRetries { get; init; } = 4;

    /// <summary>Tags that each secret gets that does not say otherwise.</summary>
    public IReadOnlyDictionary<string, string> DefaultTags { get; init; } = new Dictionary<string, string>();
}
