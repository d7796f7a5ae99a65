using System.Text;
using SecretsPortal.TerraformProvider.Resources;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Docs;

/// <summary>One page of the documentation, in Markdown.</summary>
internal static class SchemaPage
{
    private const string Notice = "<!-- Written by the provider's command docs from its schemas; not by hand. -->\n\n";

    /// <summary>The provider's own page.</summary>
    public static string OfProvider()
    {
        var page = new StringBuilder(Notice).Append("# Provider secretsportal\n\n").Append(ProviderConfiguration.Schema.Description).Append("\n\n");
        AppendExample(page, "provider \"secretsportal\" {\n  endpoint = \"https://secrets.example.com\"\n\n  default_tags {\n    tags = { managed-by = \"terraform\" }\n  }\n}");
        AppendAttributes(page, ProviderConfiguration.Schema.Attributes);
        AppendList(page, "Resources", "resources", Catalog.Resources.Keys);
        AppendList(page, "Data sources", "data-sources", Catalog.DataSources.Keys);
        AppendList(page, "Ephemeral resources", "ephemeral-resources", Catalog.EphemeralResources.Keys);
        AppendList(page, "Functions", "functions", Catalog.Functions.Keys);
        return page.ToString().TrimEnd() + "\n";
    }

    /// <summary>A resource's page.</summary>
    public static string Of(ManagedResource resource)
    {
        var page = Begin($"Resource {resource.TypeName}", resource.Schema.Description, resource.Example);
        AppendAttributes(page, resource.Schema.Attributes);
        page.Append("## Import\n\nBy ").Append(resource.ImportId).Append(", with an `import` block or `terraform import`.\n");
        if (MovedFrom(resource) is { } foreign)
            page.Append("\nA `moved` block takes over the state of `").Append(foreign).Append("` of the provider for AWS, for a secret of the same name.\n");
        return page.ToString();
    }

    /// <summary>A data source's page.</summary>
    public static string Of(DataSource source)
    {
        var page = Begin($"Data source {source.TypeName}", source.Schema.Description, source.Example);
        AppendAttributes(page, source.Schema.Attributes);
        return page.ToString().TrimEnd() + "\n";
    }

    /// <summary>An ephemeral resource's page.</summary>
    public static string Of(EphemeralResource resource)
    {
        var page = Begin($"Ephemeral resource {resource.TypeName}", resource.Schema.Description, resource.Example);
        AppendAttributes(page, resource.Schema.Attributes);
        return page.ToString().TrimEnd() + "\n";
    }

    /// <summary>A function's page.</summary>
    public static string Of(ProviderFunction function)
    {
        var page = Begin($"Function {function.Name}", function.Description, function.Example);
        page.Append("## Signature\n\n```text\n").Append(function.Name).Append('(')
            .AppendJoin(", ", function.Parameters.Select(p => $"{p.Name} {TypeOf(p.Type)}")).Append(") ").Append(TypeOf(function.ReturnType)).Append("\n```\n\n");
        foreach (var parameter in function.Parameters)
            page.Append("- `").Append(parameter.Name).Append("`: ").Append(parameter.Description).Append('\n');
        return page.ToString();
    }

    private static StringBuilder Begin(string title, string description, string example)
    {
        var page = new StringBuilder(Notice).Append("# ").Append(title).Append("\n\n").Append(description).Append("\n\n");
        AppendExample(page, example);
        return page;
    }

    private static void AppendExample(StringBuilder page, string example) => page.Append("## Example\n\n```hcl\n").Append(example).Append("\n```\n\n");

    private static void AppendAttributes(StringBuilder page, IEnumerable<SchemaAttribute> attributes)
    {
        var all = attributes.ToList();
        AppendTable(page, "Required", all.Where(a => a.Presence == Presence.Required));
        AppendTable(page, "Optional", all.Where(a => a.Presence is Presence.Optional or Presence.OptionalComputed));
        AppendTable(page, "Read-only", all.Where(a => a.Presence == Presence.Computed));
        foreach (var attribute in all.Where(a => a.Nested is not null))
        {
            page.Append("## ").Append(attribute.IsBlock ? "Block " : "").Append('`').Append(attribute.Name).Append("`\n\n");
            AppendNested(page, attribute, prefix: "");
        }
    }

    private static void AppendNested(StringBuilder page, SchemaAttribute attribute, string prefix)
    {
        page.Append("| member | type | |\n|---|---|---|\n");
        foreach (var member in attribute.Nested!.Value)
            AppendRow(page, member, prefix, withPresence: true);
        page.Append('\n');
        foreach (var member in attribute.Nested!.Value.Where(m => m.Nested is not null))
        {
            page.Append("### `").Append(attribute.Name).Append('.').Append(member.Name).Append("`\n\n");
            AppendNested(page, member, prefix);
        }
    }

    private static void AppendTable(StringBuilder page, string title, IEnumerable<SchemaAttribute> attributes)
    {
        var rows = attributes.ToList();
        if (rows.Count == 0)
            return;
        page.Append("## ").Append(title).Append("\n\n| attribute | type | |\n|---|---|---|\n");
        foreach (var attribute in rows)
            AppendRow(page, attribute, prefix: "", withPresence: false);
        page.Append('\n');
    }

    private static void AppendRow(StringBuilder page, SchemaAttribute a, string prefix, bool withPresence)
    {
        var notes = new List<string>();
        if (withPresence && a.Presence == Presence.Required)
            notes.Add("Required.");
        if (a.ReplaceOnChange)
            notes.Add("A change makes it anew.");
        if (a.Sensitive && !a.WriteOnly)
            notes.Add("Sensitive.");
        page.Append("| `").Append(prefix).Append(a.Name).Append("` | ").Append(a.IsBlock ? "block" : a.Nested is not null ? NestedType(a) : TypeOf(a.Type)).Append(" | ")
            .Append(a.Description.Replace("|", "\\|", StringComparison.Ordinal)).Append(notes.Count == 0 ? "" : " " + string.Join(' ', notes)).Append(" |\n");
    }

    private static string NestedType(SchemaAttribute attribute) => attribute.Nesting switch
    {
        Nesting.List => "list of objects",
        Nesting.Map => "map of objects",
        _ => "object",
    };

    private static string TypeOf(TfType type) => type switch
    {
        TfType.ListType list => $"list({TypeOf(list.Element)})",
        TfType.SetType set => $"set({TypeOf(set.Element)})",
        TfType.MapType map => $"map({TypeOf(map.Element)})",
        TfType.ObjectType o => $"object({string.Join(", ", o.Attributes.Keys)})",
        TfType.PrimitiveType primitive => primitive.Name,
        _ => "",
    };

    private static void AppendList(StringBuilder page, string title, string folder, IEnumerable<string> names)
    {
        page.Append("## ").Append(title).Append("\n\n");
        foreach (var name in names.Order(StringComparer.Ordinal))
        {
            var file = name.StartsWith("secretsportal_", StringComparison.Ordinal) ? name["secretsportal_".Length..] : name;
            page.Append("- [").Append(name).Append("](").Append(folder).Append('/').Append(file).Append(".md)\n");
        }

        page.Append('\n');
    }

    private static string? MovedFrom(ManagedResource resource)
    {
        using var nothing = System.Text.Json.JsonDocument.Parse("{}");
        var foreign = "aws_secretsmanager_" + resource.TypeName["secretsportal_".Length..];
        return resource.MoveFrom(foreign, nothing.RootElement) is null ? null : foreign;
    }
}
