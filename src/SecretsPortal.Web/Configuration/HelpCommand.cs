namespace SecretsPortal.Web.Configuration;

/// <summary><c>--help</c>: says what the command line may hold, instead of starting a portal and a store with it.</summary>
internal static class HelpCommand
{
    private const string Usage = """
        Secrets Portal. The command line is one of:

          (nothing but settings)         starts the portal; stop it with Ctrl+C
          --demo                         starts it on a store of its own that is filled for a first look
          backup FILE                    writes a backup of the embedded database
          audit verify [--checkpoints FILE]
          audit checkpoints
          audit export [--format jsonl|csv]
          audit archive --older-than-days N
          --check-health URL             asks a running portal whether it is ready: exit code 0 or 1
          --help                         this

        Settings follow, such as --urls http://localhost:8210 --Portal:DataDirectory=/data; they may stand in appsettings.json
        and in the environment (Portal__DataDirectory) too. README.md lists them all.
        """;

    /// <summary>True where the command line asks for this instead of a portal.</summary>
    public static bool IsAskedFor(string[] args) => args is ["-h" or "help", ..] || args.Contains("--help", StringComparer.Ordinal);

    /// <summary>Exit code 0.</summary>
    public static async Task<int> Run()
    {
        await Console.Out.WriteLineAsync(Usage);
        return 0;
    }
}
