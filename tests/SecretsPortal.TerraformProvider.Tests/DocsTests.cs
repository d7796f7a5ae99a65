using SecretsPortal.Tests.Shared;
using SecretsPortal.TerraformProvider.Docs;
using SecretsPortal.TerraformProvider.Resources;
using SecretsPortal.TerraformProvider.Tests.Terraform;

namespace SecretsPortal.TerraformProvider.Tests;

/// <summary>The documentation says what the schemas say, and its examples are configurations.</summary>
public sealed class DocsTests
{
    [Fact]
    public async Task The_pages_are_those_of_the_schemas()
    {
        var folder = RepositoryRoot.File("terraform/docs");
        foreach (var (path, text) in DocsCommand.Pages())
        {
            var file = Path.Combine(folder, path);
            Assert.True(File.Exists(file), $"terraform/docs/{path} is missing: run terraform/write-docs.sh");
            Assert.True(text == await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), $"terraform/docs/{path} is not of these schemas: run terraform/write-docs.sh");
        }

        Assert.Equal(DocsCommand.Pages().Count, Directory.GetFiles(folder, "*.md", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public async Task Every_example_is_formatted_and_valid()
    {
        // Together they are one configuration: what one example needs, another one is.
        string[] examples =
        [
            .. Catalog.Resources.Values.Select(r => r.Example), .. Catalog.DataSources.Values.Select(d => d.Example),
            .. Catalog.EphemeralResources.Values.Select(e => e.Example), .. Catalog.Functions.Values.Select(f => f.Example),
        ];
        using var terraform = new TerraformWorkspace();
        await terraform.Configure(string.Join("\n\n", examples) + "\n");
        (await terraform.Run("validate")).Succeeded("terraform validate");
        (await terraform.Run("fmt", "-check", "-diff")).Succeeded("terraform fmt");
    }

    [Fact]
    public void Everything_is_described()
    {
        Assert.All(Catalog.Resources.Values.SelectMany(r => r.Schema.Attributes), a => Assert.EndsWith(".", a.Description, StringComparison.Ordinal));
        Assert.All(Catalog.DataSources.Values.SelectMany(r => r.Schema.Attributes), a => Assert.EndsWith(".", a.Description, StringComparison.Ordinal));
    }
}
