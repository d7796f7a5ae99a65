namespace SecretsPortal.Tests.Shared;

/// <summary>The folder that holds SecretsPortal.sln, found upwards from the test's own output.</summary>
public static class RepositoryRoot
{
    public static string Path { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory));

    public static string File(string relative) => System.IO.Path.Combine(Path, relative);

    private static string Find(DirectoryInfo? directory) => directory switch
    {
        null => throw new InvalidOperationException("SecretsPortal.sln is in no folder above the test's output."),
        _ when System.IO.File.Exists(System.IO.Path.Combine(directory.FullName, "SecretsPortal.sln")) => directory.FullName,
        _ => Find(directory.Parent),
    };
}
