using Microsoft.Extensions.Logging.Abstractions;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Rotation.Functions;
using SecretsPortal.Storage;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Services.Tests.Rotation.Functions;

/// <summary>A folder of functions that every user of the machine can read, as one has to be that a function's own user runs from.</summary>
internal sealed class FunctionFolder : IDisposable
{
    public const string Event = """{"Step":"createSecret","SecretId":"arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbCdEf","ClientRequestToken":"t","RotationToken":"r"}""";

    private readonly TemporaryDirectory _directory = new();

    public FunctionFolder()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("Processes run on Linux alone.");
        Open(_directory.Path);
    }

    public string Path => _directory.Path;

    public PortalOptions Options => TestPortal.OptionsIn(_directory["data"]) with { Functions = new FunctionOptions { Directory = Path } };

    /// <summary>Adds a function of these files, readable and executable by everybody.</summary>
    public StoredFunction Add(FunctionRuntime runtime, string? handler, params (string Name, string Text)[] files)
    {
        var name = $"f{Directory.GetDirectories(Path).Length}";
        Directory.CreateDirectory(_directory[name]);
        foreach (var (file, text) in files)
        {
            File.WriteAllText(System.IO.Path.Combine(_directory[name], file), text);
            Open(System.IO.Path.Combine(_directory[name], file));
        }

        Open(_directory[name]);
        return new StoredFunction
        {
            Caller = new StoredCaller { Id = new string('f', 32), Kind = CallerKind.Function, Name = name, CreatedAt = DateTimeOffset.UnixEpoch },
            Kind = FunctionKind.Process,
            Runtime = runtime,
            Folder = name,
            Handler = handler,
            Command = runtime == FunctionRuntime.Program ? ["bootstrap"] : [],
            MemoryMiB = 256,
            Timeout = TimeSpan.FromSeconds(60),
            AllowedSecrets = ["*"],
        };
    }

    public StoredFunction Python(string text) => Add(FunctionRuntime.Python3, "handler.run", ("handler.py", text));

    public StoredFunction Node(string text) => Add(FunctionRuntime.NodeJs, "handler.run", ("handler.mjs", text)) with { MemoryMiB = 512 };

    public StoredFunction Program(string text) => Add(FunctionRuntime.Program, null, ("bootstrap", text));

    public Task<InvocationResult> Invoke(StoredFunction function, CancellationToken cancel = default) =>
        new LambdaProcess(Options, TimeProvider.System, NullLogger<LambdaProcess>.Instance).Invoke(function, key: null, Call(), cancel);

    public static FunctionCall Call() => new(
        "arn:aws:lambda:us-east-1:123456789012:function:f", new SecretText(Event), "us-east-1",
        new TemporaryAccess("ASIATESTOFFUNCTIONS1", new SecretText("the-secret-half"), new SecretText("the-session-token"), DateTimeOffset.UnixEpoch),
        new Uri("http://127.0.0.1:8210"));

    public void Dispose() => _directory.Dispose();

    /// <summary>Sets who may do what with a file, in the octal digits that chmod takes.</summary>
    public static void Mode(string path, string octal)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32(octal, 8));
    }

    private static void Open(string path) => Mode(path, "755");
}
