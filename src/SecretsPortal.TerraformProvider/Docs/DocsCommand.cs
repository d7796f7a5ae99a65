using System.Text;
using SecretsPortal.TerraformProvider.Resources;

namespace SecretsPortal.TerraformProvider.Docs;

/// <summary><c>docs FOLDER</c>: writes the documentation of all that the provider offers, from its schemas.</summary>
internal static class DocsCommand
{
    /// <summary>The word on the command line.</summary>
    public const string Name = "docs";

    /// <summary>The pages by their paths below the folder.</summary>
    public static IReadOnlyDictionary<string, string> Pages()
    {
        var pages = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["index.md"] = SchemaPage.OfProvider() };
        foreach (var (name, resource) in Catalog.Resources)
            pages[$"resources/{Short(name)}.md"] = SchemaPage.Of(resource);
        foreach (var (name, source) in Catalog.DataSources)
            pages[$"data-sources/{Short(name)}.md"] = SchemaPage.Of(source);
        foreach (var (name, resource) in Catalog.EphemeralResources)
            pages[$"ephemeral-resources/{Short(name)}.md"] = SchemaPage.Of(resource);
        foreach (var (name, function) in Catalog.Functions)
            pages[$"functions/{name}.md"] = SchemaPage.Of(function);
        return pages;
    }

    /// <summary>Writes them, and removes pages of what there is no more.</summary>
    public static void Write(string folder)
    {
        var pages = Pages();
        foreach (var (path, text) in pages)
        {
            var file = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        }

        foreach (var file in Directory.EnumerateFiles(folder, "*.md", SearchOption.AllDirectories))
        {
            if (!pages.ContainsKey(Path.GetRelativePath(folder, file).Replace('\\', '/')))
                File.Delete(file);
        }
    }

    private static string Short(string name) => name["secretsportal_".Length..];
}
