namespace SecretsPortal.TerraformProvider.Resources;

/// <summary>Everything that this provider offers, by type name.</summary>
internal static class Catalog
{
    /// <summary>The managed resources.</summary>
    public static readonly IReadOnlyDictionary<string, ManagedResource> Resources = new ManagedResource[]
    {
        new SecretResource(), new SecretVersionResource(), new SecretRotationResource(), new SecretPolicyResource(),
        new RotationFunctionResource(), new EncryptionKeyResource(),
        new ClientResource(), new AccessKeyResource(), new GroupResource(), new GroupMembershipResource(), new PolicyResource(), new PolicyAttachmentResource(),
    }.ToDictionary(r => r.TypeName, StringComparer.Ordinal);

    /// <summary>The data sources.</summary>
    public static readonly IReadOnlyDictionary<string, DataSource> DataSources = new DataSource[]
    {
        new SecretDataSource(), new SecretsDataSource(), new PolicyDocumentDataSource(), new RotationScheduleDataSource(),
        new ResourceDataSource(Of<SecretVersionResource>(), "id", "prod/api|01a2b3c4-0000-7000-8000-000000000000"),
        new ResourceDataSource(Of<SecretRotationResource>(), "secret_id", "prod/api"),
        new ResourceDataSource(Of<SecretPolicyResource>(), "secret_id", "prod/api"),
        new ResourceDataSource(Of<RotationFunctionResource>(), "name", "rotate-orders"),
        new ResourceDataSource(Of<EncryptionKeyResource>(), "key_id", "alias/payments"),
        new ResourceDataSource(Of<ClientResource>(), "name", "orders"),
        new ResourceDataSource(Of<AccessKeyResource>(), "id", "orders/AKIAIOSFODNN7EXAMPLE"),
        new ResourceDataSource(Of<GroupResource>(), "name", "backend"),
        new ResourceDataSource(Of<GroupMembershipResource>(), "id", "client/orders/backend"),
        new ResourceDataSource(Of<PolicyResource>(), "name", "read-orders"),
        new ResourceDataSource(Of<PolicyAttachmentResource>(), "id", "client/orders/read-orders"),
    }.ToDictionary(d => d.TypeName, StringComparer.Ordinal);

    /// <summary>The ephemeral resources.</summary>
    public static readonly IReadOnlyDictionary<string, EphemeralResource> EphemeralResources = new EphemeralResource[]
    {
        new SecretValueEphemeralResource(), new RandomPasswordEphemeralResource(), new TemporaryCredentialsEphemeralResource(),
    }.ToDictionary(e => e.TypeName, StringComparer.Ordinal);

    /// <summary>The functions.</summary>
    public static readonly IReadOnlyDictionary<string, ProviderFunction> Functions = new ProviderFunction[]
    {
        new ArnParseFunction(), new ScheduleDescribeFunction(),
    }.ToDictionary(f => f.Name, StringComparer.Ordinal);

    private static T Of<T>()
        where T : ManagedResource => Resources.Values.OfType<T>().Single();
}
