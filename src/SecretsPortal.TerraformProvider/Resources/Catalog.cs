namespace SecretsPortal.TerraformProvider.Resources;

/// <summary>Everything that this provider offers, by type name.</summary>
internal static class Catalog
{
    /// <summary>The managed resources.</summary>
    public static readonly IReadOnlyDictionary<string, ManagedResource> Resources =
        new ManagedResource[] { new SecretResource(), new SecretVersionResource(), new SecretRotationResource() }
            .ToDictionary(r => r.TypeName, StringComparer.Ordinal);

    /// <summary>The data sources.</summary>
    public static readonly IReadOnlyDictionary<string, DataSource> DataSources =
        new DataSource[] { new SecretDataSource() }.ToDictionary(d => d.TypeName, StringComparer.Ordinal);

    /// <summary>The ephemeral resources.</summary>
    public static readonly IReadOnlyDictionary<string, EphemeralResource> EphemeralResources =
        new EphemeralResource[] { new SecretValueEphemeralResource() }.ToDictionary(e => e.TypeName, StringComparer.Ordinal);
}
