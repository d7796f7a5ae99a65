using SecretsPortal.Core.SigV4;

namespace SecretsPortal.TerraformProvider.Client;

/// <summary>Where the portal is and how to sign for it.</summary>
/// <param name="Endpoint">Its root, http or https.</param>
/// <param name="Region">The region that requests are signed for.</param>
/// <param name="Credentials">The access key.</param>
internal sealed record ProviderSettings(Uri Endpoint, string Region, SigningCredentials Credentials);
