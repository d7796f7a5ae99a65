using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary>
/// The data source of a resource: what an import of it would bring, without what only says how Terraform is to proceed. Its schema and its
/// reading are the resource's own.
/// </summary>
/// <param name="resource">The resource.</param>
/// <param name="key">The attribute that finds one.</param>
/// <param name="example">A value of the attribute, for the documentation.</param>
internal sealed class ResourceDataSource(ManagedResource resource, string key, string example) : DataSource
{
    /// <inheritdoc/>
    public override string TypeName => resource.TypeName;

    /// <inheritdoc/>
    public override Schema Schema { get; } = new(0, resource.Schema.Description,
    [
        .. resource.Schema.Attributes.Where(a => a.Name == key).Take(1).Select(a => a with { Presence = Presence.Required, Default = null, ReplaceOnChange = false }),
        .. resource.Schema.Attributes.Where(a => a.Name != key && a is { WriteOnly: false, IsBehaviour: false, IsBlock: false }).Select(Computed),
    ]);

    /// <inheritdoc/>
    public override string Example => $$"""
        data "{{TypeName}}" "example" {
          {{key}} = "{{example}}"
        }
        """;

    /// <inheritdoc/>
    public override async Task<TfObject> ReadAsync(ResourceCall call, TfObject config)
    {
        var found = await resource.ImportAsync(call, config.Text(key)!);
        return Schema.Attributes.Aggregate(TfObject.Empty, (o, a) => o.With(a.Name, Strip(a, found[a.Name]))).With(key, config[key]);
    }

    private static SchemaAttribute Computed(SchemaAttribute a) => a with
    {
        Presence = Presence.Computed,
        ReplaceOnChange = false,
        Default = null,
        Validators = [],
        Nested = a.Nested is { } nested ? [.. nested.Where(n => !n.WriteOnly).Select(Computed)] : null,
    };

    private static TfValue Strip(SchemaAttribute attribute, TfValue value) => attribute.Nested is { } nested && value is TfObject one
        ? nested.Aggregate(TfObject.Empty, (o, a) => o.With(a.Name, one[a.Name]))
        : value;
}
