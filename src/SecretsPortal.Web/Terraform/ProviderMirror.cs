using System.Text.Json.Serialization;
using SecretsPortal.Services.Terraform;
using SecretsPortal.Web.Doors;

namespace SecretsPortal.Web.Terraform;

/// <summary>
/// <c>/terraform</c>: the provider for Terraform, as a network mirror for <c>terraform init</c> and as files to download. Open to anyone: Terraform asks
/// without credentials, and what is given is the same for everybody and holds no secret.
/// </summary>
internal static class ProviderMirror
{
    private const string Provider = "/terraform/mirror/registry.terraform.io/secrets-portal/secretsportal";

    private const string Packages = "/terraform/packages";

    private static readonly DoorRule s_open = DoorRule.Public("Terraform asks a mirror without credentials; the provider's program is the same for everybody.");

    /// <summary>Maps the mirror and the files.</summary>
    public static void MapProviderMirror(this WebApplication app)
    {
        app.MapGet($"{Provider}/index.json", Versions).WithDoor(s_open);
        app.MapGet($"{Provider}/{{version}}.json", Archives).WithDoor(s_open);
        app.MapGet(Packages, List).WithDoor(s_open);
        app.MapGet($"{Packages}/SHA256SUMS", async (ProviderPackages packages, CancellationToken cancel) =>
            Results.Bytes(await packages.Checksums(cancel), "text/plain; charset=utf-8")).WithDoor(s_open);
        app.MapGet($"{Packages}/SHA256SUMS.sig", async (ProviderPackages packages, CancellationToken cancel) =>
            Results.Bytes(await packages.Signature(cancel), "application/octet-stream")).WithDoor(s_open);
        app.MapGet($"{Packages}/signing-key.pem", async (ProviderPackages packages, CancellationToken cancel) =>
            Results.Text(await packages.PublicKey(cancel), "application/x-pem-file")).WithDoor(s_open);
        app.MapGet($"{Packages}/{{file}}", Download).WithDoor(s_open);
    }

    private static async Task<IResult> Versions(ProviderPackages packages, CancellationToken cancel)
    {
        var versions = (await packages.List(cancel)).Select(p => p.Version).Distinct(StringComparer.Ordinal).ToDictionary(v => v, _ => new NoMembers(), StringComparer.Ordinal);
        return versions.Count == 0 ? Missing("no package of the provider") : Results.Json(new MirrorVersions(versions), MirrorJson.Default.MirrorVersions);
    }

    private static async Task<IResult> Archives(ProviderPackages packages, string version, CancellationToken cancel)
    {
        var archives = (await packages.List(cancel)).Where(p => p.Version == version)
            .ToDictionary(p => p.Platform, p => new MirrorArchive($"../../../../packages/{p.File}", [p.ContentHash, $"zh:{p.Sha256}"]), StringComparer.Ordinal);
        return archives.Count == 0 ? Missing("no package of that version") : Results.Json(new MirrorArchives(archives), MirrorJson.Default.MirrorArchives);
    }

    private static async Task<IResult> List(ProviderPackages packages, CancellationToken cancel)
    {
        var found = await packages.List(cancel);
        return Results.Json(
            new PackageList([.. found.Select(p => new ListedPackage(p.File, p.Version, p.Platform, p.Size, p.Sha256))],
                [.. ProviderPackages.Platforms.Where(platform => found.All(p => p.Platform != platform))]),
            MirrorJson.Default.PackageList);
    }

    private static async Task<IResult> Download(ProviderPackages packages, string file, CancellationToken cancel) =>
        await packages.Find(file, cancel) is { } path ? Results.File(path, "application/zip", file, enableRangeProcessing: true) : Missing("no such package");

    private static IResult Missing(string what) => Results.Problem(
        title: "There is no such package", statusCode: StatusCodes.Status404NotFound,
        detail: $"This portal has {what}. GET {Packages} lists those it has; terraform/build-packages.sh makes them, into the folder that Portal:Terraform:PackagesDirectory names.");
}

/// <summary>Terraform's list of versions: each with an object that has no members yet.</summary>
internal sealed record MirrorVersions(IReadOnlyDictionary<string, NoMembers> Versions);

/// <summary>An object that Terraform may give members one day.</summary>
internal sealed record NoMembers;

/// <summary>Terraform's list of a version's archives, by platform.</summary>
internal sealed record MirrorArchives(IReadOnlyDictionary<string, MirrorArchive> Archives);

/// <summary>One archive.</summary>
internal sealed record MirrorArchive(string Url, IReadOnlyList<string> Hashes);

/// <summary>What there is to download, and for which platforms there is nothing.</summary>
internal sealed record PackageList(IReadOnlyList<ListedPackage> Packages, IReadOnlyList<string> Missing);

/// <summary>One file.</summary>
internal sealed record ListedPackage(string File, string Version, string Platform, long Size, string Sha256);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(MirrorVersions))]
[JsonSerializable(typeof(MirrorArchives))]
[JsonSerializable(typeof(PackageList))]
internal sealed partial class MirrorJson : JsonSerializerContext;
