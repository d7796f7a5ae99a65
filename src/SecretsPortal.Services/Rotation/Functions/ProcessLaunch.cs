using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation.Functions;

/// <summary>A process can't be started as it is set up. The message names cause and remedy.</summary>
internal sealed class FunctionSetUpException(string message) : Exception(message);

/// <summary>
/// What a process has for itself while it works on one event: a scratch folder, and where the portal is root a user id; both are gone afterwards,
/// with everything that it started.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class ProcessLaunch : IAsyncDisposable
{
    private const string MarkName = "SECRETS_PORTAL_INVOCATION";

    // Interpreters of the system, not what an administrator's own path may lead to.
    private const string SearchPath = "/usr/local/bin:/usr/bin:/bin";

    // Past the time limit that the portal itself holds.
    private static readonly TimeSpan s_orphanTime = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan s_removal = TimeSpan.FromSeconds(10);

    private static readonly string[] s_everybodys = ["/tmp", "/var/tmp", "/dev/shm"];

    private const long LargestFile = 512L * 1024 * 1024;
    private const int MostFiles = 1024;

    // Threads count as well; Node.js has a dozen.
    private const int MostProcesses = 256;

    // Those that this portal has given out: a process runs as its id a moment after that, so a look at what runs is not enough.
    private static readonly ConcurrentDictionary<int, bool> s_given = new();

    private static volatile string[]? s_ownProcesses;

    private readonly string _mark = RandomNumberGenerator.GetHexString(32, lowercase: true);
    private readonly string _scratch;
    private readonly bool _hasOwnUser;

    private ProcessLaunch(string folder, string scratch, int userId, bool hasOwnUser)
    {
        Folder = folder;
        _scratch = scratch;
        UserId = userId;
        _hasOwnUser = hasOwnUser;
    }

    /// <summary>The user that it runs as.</summary>
    public int UserId { get; }

    /// <summary>Where its code lies.</summary>
    public string Folder { get; }

    /// <summary>True where a child of the program may outlive it, because this machine makes no namespace for it; known once it was asked how it is started.</summary>
    public bool IsUnfenced { get; private set; }

    /// <summary>Makes ready; <see cref="FunctionSetUpException"/> where the function can't be started on this machine.</summary>
    public static ProcessLaunch Prepare(StoredFunction function, FunctionOptions options)
    {
        var folder = FolderOf(function, options);
        foreach (var tool in (string[])["setsid", "prlimit", "setpriv", "timeout", "find", "rm"])
            _ = Find(tool) ?? throw new FunctionSetUpException($"The program {tool} is not installed on the portal's machine, so no process can be fenced in. Install the packages util-linux, coreutils and findutils.");
        var isRoot = Linux.UserId == 0;
        var userId = isRoot ? DrawUserId(options) : Linux.UserId;
        var scratch = Directory.CreateTempSubdirectory("secretsportal-function-").FullName;
        var launch = new ProcessLaunch(folder, scratch, userId, isRoot);
        foreach (var name in (string[])["bootstrap.py", "bootstrap.mjs"])
        {
            using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
            using var file = File.Create(Path.Combine(scratch, name));
            resource.CopyTo(file);
        }

        if (isRoot)
            Linux.ChangeOwner(scratch, userId);
        return launch;
    }

    /// <summary>The folder of the function's code; <see cref="FunctionSetUpException"/> where there is none.</summary>
    public static string FolderOf(StoredFunction function, FunctionOptions options)
    {
        if (options.Directory is not { } root)
            throw new FunctionSetUpException("This portal starts no processes: Portal:Functions:Directory names no folder. Set it, and put the function's code below it.");
        var folder = Path.GetFullPath(function.Folder!, root);
        if (!folder.StartsWith(Path.TrimEndingDirectorySeparator(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new FunctionSetUpException("The function's folder is not below the one that Portal:Functions:Directory names. Correct \"folder\".");
        return Directory.Exists(folder)
            ? folder
            : throw new FunctionSetUpException($"The function's folder {folder} does not exist on the portal's machine. Put the code there, or correct \"folder\".");
    }

    /// <summary>How the process is started: in a session and a process group of its own, as its own user, with its limits and nothing of the portal's environment.</summary>
    public ProcessStartInfo StartInfo(StoredFunction function, FunctionCall call, int runtimePort)
    {
        var start = new ProcessStartInfo(Find("setsid")!)
        {
            WorkingDirectory = Folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        var bytes = function.MemoryMiB * 1024L * 1024;
        var fence = _hasOwnUser ? [] : OwnProcesses();
        IsUnfenced = !_hasOwnUser && fence.Length == 0;
        List<string> arguments =
        [
            Find("prlimit")!, $"--data={bytes}", "--core=0", $"--fsize={LargestFile}", $"--nofile={MostFiles}", .. _hasOwnUser ? [$"--nproc={MostProcesses}"] : (string[])[],
            .. fence,
            Find("setpriv")!, "--no-new-privs", .. _hasOwnUser ? [$"--reuid={UserId}", $"--regid={UserId}", "--clear-groups", "--inh-caps=-all"] : (string[])[],
            // Nobody else would end it after a portal that was killed itself.
            Find("timeout")!, "--signal=KILL", string.Create(CultureInfo.InvariantCulture, $"{(function.Timeout + s_orphanTime).TotalSeconds:0}s"),
            .. Program(function),
        ];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment.Clear();
        foreach (var (name, value) in Environment(function, call, runtimePort))
            start.Environment[name] = value;
        return start;
    }

    /// <summary>
    /// What a program is started by so that everything which it starts ends with it, whatever that makes of its group, its session and its environment:
    /// the program is the first process of a namespace. Empty where this machine lets no user make one (a container usually does not). Not for
    /// root, whose programs have a user of their own to be known by.
    /// </summary>
    internal static string[] OwnProcesses()
    {
        if (s_ownProcesses is { } known)
            return known;
        var (fence, isSettled) = FindOwnProcesses();
        if (isSettled)
            s_ownProcesses = fence;
        return fence;
    }

    /// <summary>As <see cref="OwnProcesses"/>, tried out now, by a program that is started by <paramref name="user"/>; settled where it would turn out the same the next time.</summary>
    internal static (string[] Fence, bool IsSettled) FindOwnProcesses(params string[] user)
    {
        if (Find("unshare") is not { } unshare || Find("true") is not { } nothing)
            return ([], false);
        string[] fence = [unshare, "--user", "--map-current-user", "--pid", "--fork", "--kill-child=KILL", "--"];
        string[] command = [.. user, .. fence, nothing];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        // Its messages in English.
        start.Environment.Clear();
        try
        {
            using var trial = Process.Start(start)!;
            if (!trial.WaitForExit(s_removal))
            {
                trial.Kill(entireProcessTree: true);
                return ([], false);
            }

            return trial.ExitCode == 0 ? (fence, true) : ([], IsRefusal(trial.StandardError.ReadToEnd()));
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return ([], false);
        }
    }

    /// <summary>True for what unshare says where the kernel lets this user make no namespace; false where it has no room for one now, say.</summary>
    internal static bool IsRefusal(string words) => words.Contains("Operation not permitted", StringComparison.Ordinal) || words.Contains("Function not implemented", StringComparison.Ordinal);

    /// <summary>Ends the process and everything that it started, whatever group or session that has put itself into.</summary>
    public Task End() => Linux.EndAll(_hasOwnUser ? id => Linux.IsOf(id, UserId) : id => Linux.HasVariable(id, $"{MarkName}={_mark}"));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Before the id is given to another one, which could read what is left.
        if (_hasOwnUser)
            await RemoveLeftovers();
        try
        {
            Directory.Delete(_scratch, recursive: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Something in it can't be removed by this user: it is the function's, in a folder for what is temporary.
        }

        if (_hasOwnUser)
            s_given.TryRemove(UserId, out _);
    }

    /// <summary>
    /// Removes what the process left in the folders that everybody may write in. Only what lies in these folders themselves: their sticky bit keeps
    /// others from putting something else in its place meanwhile, which is not so deeper down.
    /// </summary>
    private async Task RemoveLeftovers()
    {
        var start = new ProcessStartInfo(Find("find")!) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])
            [.. s_everybodys.Where(Directory.Exists), "-mindepth", "1", "-maxdepth", "1", "-uid", UserId.ToString(CultureInfo.InvariantCulture), "-exec", Find("rm")!, "-rf", "--one-file-system", "--", "{}", "+"])
            start.ArgumentList.Add(argument);
        start.Environment.Clear();
        using var limit = new CancellationTokenSource(s_removal);
        using var removal = new Process { StartInfo = start };
        try
        {
            removal.Start();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // The machine starts nothing more for now; the next process of this id sees to it.
            return;
        }

        // Read, so that no full pipe holds them up. Both end with the last process that has them, which may be one that find started.
        Stream[] pipes = [removal.StandardOutput.BaseStream, removal.StandardError.BaseStream];
        var output = Task.WhenAll(pipes.Select(pipe => pipe.CopyToAsync(Stream.Null, CancellationToken.None)));
        try
        {
            await output.WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // Too much of it for now; the next process of this id sees to it. Nothing must go on removing what that one makes.
            removal.Kill(entireProcessTree: true);
            await output;
        }

        await removal.WaitForExitAsync(CancellationToken.None);
    }

    private string[] Program(StoredFunction function) => function.Runtime switch
    {
        FunctionRuntime.Python3 => [Interpreter("python3", "Python 3"), "-B", "-u", Path.Combine(_scratch, "bootstrap.py")],
        FunctionRuntime.NodeJs => [Interpreter("node", "Node.js"), Path.Combine(_scratch, "bootstrap.mjs")],
        _ => [OwnProgram(function.Command[0]), .. function.Command.Skip(1)],
    };

    private string OwnProgram(string name)
    {
        var path = Path.GetFullPath(name, Folder);
        if (!path.StartsWith(Folder + Path.DirectorySeparatorChar, StringComparison.Ordinal) || !File.Exists(path))
            throw new FunctionSetUpException($"The function's folder has no file {name}. Put the program there, or correct \"command\".");
        return (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0
            ? path
            : throw new FunctionSetUpException($"The file {name} in the function's folder is not executable. Run: chmod +x {path}");
    }

    private Dictionary<string, string> Environment(StoredFunction function, FunctionCall call, int runtimePort)
    {
        var name = function.Caller.Name;
        var own = function.Variables.ToDictionary(variable => variable.Name, variable => variable.Value, StringComparer.Ordinal);
        // The portal's come last: what they say is not the function's to change.
        foreach (var (key, value) in new Dictionary<string, string>
        {
            [MarkName] = _mark,
            ["PATH"] = SearchPath,
            ["LANG"] = "C.UTF-8",
            ["TZ"] = ":UTC",
            ["HOME"] = _scratch,
            ["TMPDIR"] = _scratch,
            ["AWS_LAMBDA_RUNTIME_API"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{runtimePort}"),
            ["AWS_LAMBDA_FUNCTION_NAME"] = name,
            ["AWS_LAMBDA_FUNCTION_VERSION"] = "$LATEST",
            ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = function.MemoryMiB.ToString(CultureInfo.InvariantCulture),
            ["AWS_LAMBDA_LOG_GROUP_NAME"] = $"/aws/lambda/{name}",
            ["AWS_LAMBDA_LOG_STREAM_NAME"] = "secrets-portal",
            ["LAMBDA_TASK_ROOT"] = Folder,
            ["_HANDLER"] = function.Handler ?? "",
            ["SECRETS_MANAGER_ENDPOINT"] = call.Endpoint.GetLeftPart(UriPartial.Authority),
            ["AWS_REGION"] = call.Region,
            ["AWS_DEFAULT_REGION"] = call.Region,
            ["AWS_ACCESS_KEY_ID"] = call.Access.AccessKeyId,
            ["AWS_SECRET_ACCESS_KEY"] = call.Access.SecretAccessKey.Reveal(),
            ["AWS_SESSION_TOKEN"] = call.Access.SessionToken.Reveal(),
            ["AWS_EC2_METADATA_DISABLED"] = "true",
        })
            own[key] = value;
        return own;
    }

    private static string Interpreter(string program, string name) =>
        Find(program) ?? throw new FunctionSetUpException($"{name} is not installed on the portal's machine: there is no {program} in {SearchPath}. Install it there.");

    private static string? Find(string program) => SearchPath.Split(':').Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    // Two portals on one machine draw from the same ids; an id that something runs as is not taken.
    private static int DrawUserId(FunctionOptions options)
    {
        for (var attempt = 0; attempt < 100; attempt++)
        {
            var id = options.FirstUserId + RandomNumberGenerator.GetInt32(FunctionOptions.UserIds);
            if (!s_given.TryAdd(id, true))
                continue;
            if (Linux.IsFree(id))
                return id;
            s_given.TryRemove(id, out _);
        }

        throw new FunctionSetUpException(
            $"None of the user ids from {options.FirstUserId} on is free on the portal's machine. Set Portal:Functions:FirstUserId to the first of {FunctionOptions.UserIds} that nothing runs as.");
    }
}
