using System.Reflection;
using System.Xml.Linq;

namespace SecretsPortal.Web.Tests.Architecture;

/// <summary>The arrows of docs/decisions/0001: in the project files, and in what the compiler made of them.</summary>
public sealed class ReferenceTests
{
    private const string Prefix = "SecretsPortal.";

    private static readonly Dictionary<string, string[]> s_allowed = new()
    {
        ["Core"] = [],
        ["Storage"] = ["Core"],
        ["Services"] = ["Core", "Storage"],
        ["Web"] = ["Core", "Services"],
        ["TerraformProvider"] = ["Core"],
    };

    public static TheoryData<string> Rooms => [.. s_allowed.Keys];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_project_file_names_only_the_rooms_it_may(string room)
    {
        var references = Project(room).Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/'))[Prefix.Length..]);
        Assert.Equal(s_allowed[room].Order(), references.Order());
    }

    [Fact]
    public void Every_project_of_the_source_tree_is_a_room_with_rules() => Assert.Equal(
        s_allowed.Keys.Order(),
        Directory.GetDirectories(Path.Combine(Root, "src")).Select(d => Path.GetFileName(d)[Prefix.Length..]).Order());

    [Theory]
    [InlineData("Core")]
    [InlineData("Storage")]
    [InlineData("Services")]
    [InlineData("Web")]
    public void A_built_assembly_uses_only_the_rooms_it_may(string room)
    {
        var used = References(room).Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(name => name[Prefix.Length..]);
        Assert.Empty(used.Except(s_allowed[room]));
    }

    [Fact]
    public void Core_uses_nothing_but_the_base_library()
    {
        Assert.Empty(Project("Core").Descendants("PackageReference"));
        Assert.DoesNotContain(References("Core"), name => !name.StartsWith("System.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Services", "Dapper", "Microsoft.Data.Sqlite", "Microsoft.AspNetCore", "Hangfire", "MudBlazor")]
    [InlineData("Web", "Dapper", "Microsoft.Data.Sqlite", "Microsoft.Data.SqlClient", "Npgsql", "Konscious")]
    [InlineData("Storage", "Microsoft.AspNetCore", "Hangfire", "Npgsql")]
    public void A_room_keeps_out_of_the_libraries_of_others(string room, params string[] foreign)
    {
        foreach (var library in foreign)
            Assert.DoesNotContain(References(room), name => name == library || name.StartsWith(library + ".", StringComparison.Ordinal));
    }

    /// <summary>What a rotation changes is somebody else's database; the portal's own is Storage's alone.</summary>
    [Fact]
    public void In_Services_only_rotators_speak_to_databases()
    {
        var services = Path.Combine(Root, "src", Prefix + "Services");
        string[] drivers = ["Microsoft.Data.SqlClient", "MongoDB", "MySqlConnector", "Npgsql"];
        var speaking = Directory.EnumerateFiles(services, "*.cs", SearchOption.AllDirectories)
            .Select(file => (Place: Path.GetRelativePath(services, file).Replace('\\', '/'), Lines: File.ReadLines(file)))
            .Where(file => !file.Place.StartsWith("obj/", StringComparison.Ordinal) && file.Lines.Any(line => drivers.Any(driver => line.StartsWith($"using {driver}", StringComparison.Ordinal))))
            .Select(file => file.Place).ToList();
        Assert.NotEmpty(speaking);
        Assert.All(speaking, place => Assert.StartsWith("Rotation/Rotators/", place, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Storage")]
    [InlineData("Services")]
    public void Packages_of_the_lower_rooms_do_not_reach_the_compiler_of_the_upper_ones(string room)
    {
        // Contracts that the upper room must see anyway: it composes the container and the log.
        var open = Project(room).Descendants("PackageReference")
            .Where(p => p.Attribute("PrivateAssets")?.Value != "compile")
            .Select(p => p.Attribute("Include")!.Value);
        Assert.All(open, name => Assert.EndsWith(".Abstractions", name, StringComparison.Ordinal));
    }

    private static string[] References(string room) =>
        [.. Assembly.Load(Prefix + room).GetReferencedAssemblies().Select(name => name.Name!)];

    private static XDocument Project(string room) => XDocument.Load(Path.Combine(Root, "src", Prefix + room, $"{Prefix}{room}.csproj"));

    private static string Root
    {
        get
        {
            var directory = new DirectoryInfo(AppContext.BaseDirectory);
            while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "SecretsPortal.sln")))
                directory = directory.Parent;
            return directory?.FullName ?? throw new InvalidOperationException("The tests must run from the source tree.");
        }
    }
}
