using SecretsPortal.Tests.Shared;

namespace SecretsPortal.EndToEnd.Tests;

/// <summary>
/// What can be held of the container files without a Docker engine: the Dockerfile names what the tree has, brings every
/// project that the portal needs, and ends as a user who is not root. The image itself is not built here.
/// </summary>
public sealed class PackagingTests
{
    private static readonly string[] s_lines = File.ReadAllLines(RepositoryRoot.File("Dockerfile"));

    [Fact]
    public void Every_source_that_the_Dockerfile_copies_exists()
    {
        var copies = s_lines.Where(line => line.StartsWith("COPY ", StringComparison.Ordinal) && !line.Contains("--from", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(copies);
        foreach (var source in copies.SelectMany(line => line.Split(' ')[1..^1]))
            Assert.True(Matches(source), $"COPY {source}: nothing in the tree matches.");
    }

    [Fact]
    public void Every_project_that_the_portal_needs_is_restored_in_a_layer_of_its_own()
    {
        foreach (var project in ProjectsOf("src/SecretsPortal.Web/SecretsPortal.Web.csproj"))
            Assert.Contains(s_lines, line => line.StartsWith($"COPY {Path.GetDirectoryName(project)}/*.csproj ", StringComparison.Ordinal)
                && line.Contains("packages.lock.json", StringComparison.Ordinal));
    }

    /// <summary>The layer that the image's build begins with, carried out here: project files and lock files must suffice.</summary>
    [Fact]
    public async Task The_layer_of_the_restore_works_with_what_is_copied_before_it()
    {
        using var folder = new TemporaryDirectory();
        var restore = Array.FindIndex(s_lines, line => line.StartsWith("RUN dotnet restore ", StringComparison.Ordinal));
        foreach (var copy in s_lines[..restore].Where(line => line.StartsWith("COPY ", StringComparison.Ordinal)).Select(line => line.Split(' ')))
        {
            var target = Directory.CreateDirectory(Path.Combine(folder.Path, copy[^1]));
            foreach (var file in copy[1..^1].SelectMany(FilesOf))
                File.Copy(file, Path.Combine(target.FullName, Path.GetFileName(file)));
        }

        var words = s_lines[restore].Split(' ');
        (await ExternalCommand.Run(words[1], words[2..], directory: folder.Path, limit: TimeSpan.FromMinutes(5))).Succeeded(s_lines[restore]);
    }

    [Fact]
    public void The_image_ends_as_a_numbered_user_who_is_not_root_and_has_a_health_check()
    {
        var user = Assert.Single(s_lines, line => line.StartsWith("USER ", StringComparison.Ordinal));

        Assert.True(int.TryParse(user.Split(' ')[1], out var id) && id > 0, "A numeric id lets Kubernetes check runAsNonRoot.");
        Assert.Contains(s_lines, line => line.StartsWith("HEALTHCHECK ", StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_that_a_build_needs_is_ignored()
    {
        var ignored = File.ReadAllLines(RepositoryRoot.File(".dockerignore"));

        foreach (var needed in new[] { "src", "db", "global.json", "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props" })
            Assert.DoesNotContain(needed, ignored);
    }

    private static bool Matches(string pattern) => Directory.Exists(RepositoryRoot.File(pattern)) || FilesOf(pattern).Any();

    private static IEnumerable<string> FilesOf(string pattern)
    {
        var folder = RepositoryRoot.File(Path.GetDirectoryName(pattern) ?? "");
        return Directory.Exists(folder) ? Directory.EnumerateFiles(folder, Path.GetFileName(pattern)) : [];
    }

    private static IEnumerable<string> ProjectsOf(string project)
    {
        var xml = System.Xml.Linq.XDocument.Load(RepositoryRoot.File(project));
        var folder = Path.GetDirectoryName(RepositoryRoot.File(project))!;
        var references = xml.Descendants("ProjectReference").Select(reference => reference.Attribute("Include")!.Value.Replace('\\', '/'))
            .Select(path => Path.GetRelativePath(RepositoryRoot.Path, Path.GetFullPath(Path.Combine(folder, path))));
        return references.SelectMany(ProjectsOf).Append(project).Distinct();
    }
}
