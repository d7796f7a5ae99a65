using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace SecretsPortal.Tests.Shared;

/// <summary>A token of SoftHSM in a folder of its own, which can be taken away, brought back, and made to hang.</summary>
public sealed class SoftHsm : IAsyncDisposable
{
    public const string TokenLabel = "portal of the tests";
    public const string Pin = "pin-of-the-tests";
    public const string SecurityOfficerPin = "so-pin-of-the-tests";

    private readonly TemporaryDirectory _directory = new();
    private Process? _holder;

    private SoftHsm()
    {
        Directory.CreateDirectory(Tokens);
        File.WriteAllText(Configuration, $"directories.tokendir = {Tokens}\nobjectstore.backend = file\nlog.level = ERROR\n");
        WritePin(Pin);
    }

    /// <summary>The module; null where SoftHSM is not installed.</summary>
    public static string? Module => ((string[])["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so"]).FirstOrDefault(File.Exists);

    /// <summary>What SOFTHSM2_CONF must say.</summary>
    public string Configuration => _directory["softhsm2.conf"];

    public string PinFile => _directory["pin"];

    private string Tokens => _directory["tokens"];

    private string Away => _directory["away"];

    /// <summary>A token without keys; skips the test where SoftHSM is not installed.</summary>
    public static async Task<SoftHsm> Start()
    {
        if (Module is null)
            Assert.Skip("SoftHSM is not installed (softhsm2).");
        var hsm = new SoftHsm();
        await hsm.Util("--init-token", "--free", "--label", TokenLabel, "--pin", Pin, "--so-pin", SecurityOfficerPin);
        return hsm;
    }

    /// <summary>Makes this token the one that the module of this very process finds at its next initialization.</summary>
    public void UseInThisProcess()
    {
        // The module asks the C library, whose environment .NET leaves alone.
        if (SetEnvironment("SOFTHSM2_CONF\0"u8.ToArray(), Encoding.UTF8.GetBytes(Configuration + "\0"), 1) != 0)
            throw new InvalidOperationException("SOFTHSM2_CONF can't be set.");
    }

    /// <summary>Puts an AES-256 key into the token.</summary>
    /// <param name="label">Its label.</param>
    /// <param name="id">Its id in hexadecimal.</param>
    public async Task AddKey(string label, string id)
    {
        var key = _directory["key"];
        // softhsm2-util stops reading at some bytes, so the key of the tests is text.
        await File.WriteAllTextAsync(key, System.Security.Cryptography.RandomNumberGenerator.GetHexString(32));
        await Util("--import", key, "--aes", "--token", TokenLabel, "--label", label, "--id", id, "--pin", Pin);
        File.Delete(key);
    }

    public void WritePin(string pin)
    {
        File.WriteAllText(PinFile, pin + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(PinFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>The token is gone.</summary>
    public void TakeAway()
    {
        Directory.Move(Tokens, Away);
        Directory.CreateDirectory(Tokens);
    }

    public void BringBack()
    {
        Directory.Delete(Tokens);
        Directory.Move(Away, Tokens);
    }

    /// <summary>
    /// The module hangs in its next look at the token, until <see cref="LetGo"/>: another process holds the locks of the token's files.
    /// </summary>
    public async Task Hold()
    {
        const string program = """
            import fcntl, os, sys
            files = [open(os.path.join(folder, name), "r+b") for folder, _, names in os.walk(sys.argv[1]) for name in names]
            for file in files:
                fcntl.lockf(file, fcntl.LOCK_EX)
            print("held", flush=True)
            sys.stdin.read()
            """;
        _holder = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", program, Tokens]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        if (await _holder.StandardOutput.ReadLineAsync() != "held")
            throw new InvalidOperationException("The locks of the token's files were not to be had.");
    }

    public void LetGo()
    {
        _holder?.Kill();
        _holder?.WaitForExit();
        _holder?.Dispose();
        _holder = null;
    }

    public ValueTask DisposeAsync()
    {
        LetGo();
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task Util(params string[] arguments) => (await ExternalCommand.Run(
        "softhsm2-util", arguments, new Dictionary<string, string?> { ["SOFTHSM2_CONF"] = Configuration })).Succeeded("softhsm2-util");

    [DllImport("libc", EntryPoint = "setenv")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetEnvironment(byte[] name, byte[] value, int overwrite);
}
