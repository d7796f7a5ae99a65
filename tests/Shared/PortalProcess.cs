using System.Diagnostics;

namespace SecretsPortal.Tests.Shared;

/// <summary>
/// The built portal as a process of its own, as a user runs it: on a free port of the loopback, with its data in a temporary folder
/// and a known first administrator and access key.
/// </summary>
public sealed class PortalProcess : IAsyncDisposable
{
    public const string AdminUser = "admin";
    public const string AdminPassword = "correct horse battery staple";
    public const string AccessKeyId = "AKIATESTOFTHEPORTAL1";
    public const string SecretAccessKey = "secretHalfOfTheTestsAccessKey0123456789a";

    private readonly TemporaryDirectory _directory = new();
    private readonly List<string> _output = [];
    private IReadOnlyDictionary<string, string> _environment = new Dictionary<string, string>();
    private int? _diskMegabytes;
    private Process? _process;

    private PortalProcess(int port) => Address = new Uri($"http://127.0.0.1:{port}");

    public Uri Address { get; }

    public string DataDirectory => _directory["data"];

    /// <summary>The data folder as seen from outside the process, which may have mounted a disk there that only it sees.</summary>
    public string OutsideDataDirectory => $"/proc/{_process!.Id}/root{DataDirectory}";

    /// <summary>Everything it printed so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return string.Join('\n', _output);
        }
    }

    /// <summary>What the AWS CLI and SDKs take from the environment.</summary>
    public IReadOnlyDictionary<string, string?> AwsEnvironment => new Dictionary<string, string?>
    {
        ["AWS_ACCESS_KEY_ID"] = AccessKeyId,
        ["AWS_SECRET_ACCESS_KEY"] = SecretAccessKey,
        ["AWS_SESSION_TOKEN"] = null,
        ["AWS_DEFAULT_REGION"] = "us-east-1",
        ["AWS_CONFIG_FILE"] = "/dev/null",
        ["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null",
        ["AWS_EC2_METADATA_DISABLED"] = "true",
        ["AWS_PAGER"] = "",
    };

    public static Task<PortalProcess> Start(params string[] settings) => StartWith(new Dictionary<string, string>(), settings);

    /// <summary>As <see cref="Start"/>, with variables that the environment has beside the test's own.</summary>
    public static async Task<PortalProcess> StartWith(IReadOnlyDictionary<string, string> environment, params string[] settings)
    {
        var portal = new PortalProcess(FreePort.Next()) { _environment = environment };
        await portal.StartNew(settings);
        return portal;
    }

    /// <summary>As <see cref="Start"/>, with the data on a disk of its own of that size. Needs root.</summary>
    public static async Task<PortalProcess> StartOnDisk(int megabytes, params string[] settings)
    {
        var portal = new PortalProcess(FreePort.Next()) { _diskMegabytes = megabytes };
        Directory.CreateDirectory(portal.DataDirectory);
        await portal.StartNew(settings);
        return portal;
    }

    /// <summary>Ends the process as an operator would (SIGTERM) and starts it again on the same data.</summary>
    public async Task Restart(params string[] settings)
    {
        await Stop();
        await Run(settings);
    }

    /// <summary>Ends the process as a power cut would (SIGKILL).</summary>
    public async Task Kill()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Starts it again on the same data, after <see cref="Kill"/>.</summary>
    public Task StartAgain(params string[] settings) => Run(settings);

    public async ValueTask DisposeAsync()
    {
        await Stop();
        _directory.Dispose();
    }

    /// <summary>The portal's program, built into this test's own output folder.</summary>
    public static string Program => Path.Combine(AppContext.BaseDirectory, "SecretsPortal.Web.dll");

    private async Task StartNew(string[] settings)
    {
        try
        {
            await File.WriteAllTextAsync(_directory["admin-password"], AdminPassword);
            await File.WriteAllTextAsync(_directory["secret-access-key"], SecretAccessKey);
            await Run(settings);
        }
        catch
        {
            // Nobody else has it, to end it.
            await DisposeAsync();
            throw;
        }
    }

    private async Task Run(string[] settings)
    {
        // Each of the programs in front replaces itself by the next, so that the id stays the portal's.
        string[] command = _diskMegabytes is not { } size
            ? ["dotnet"]
            : ["unshare", "--mount", "sh", "-c", $"mount -t tmpfs -o size={size}m tmpfs \"$0\" && exec \"$@\"", DataDirectory, "dotnet"];
        var start = new ProcessStartInfo(command[0],
        [
            .. command[1..], Program, "--urls", Address.ToString(), "--contentRoot", AppContext.BaseDirectory,
            $"--Portal:DataDirectory={DataDirectory}",
            $"--Portal:Bootstrap:AdminUser={AdminUser}", $"--Portal:Bootstrap:AdminPasswordFile={_directory["admin-password"]}",
            $"--Portal:Bootstrap:AccessKeyId={AccessKeyId}", $"--Portal:Bootstrap:SecretAccessKeyFile={_directory["secret-access-key"]}",
            .. settings,
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in _environment)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await WaitUntilReady();
    }

    private async Task Stop()
    {
        if (_process is null)
            return;
        if (!_process.HasExited)
        {
            await ExternalCommand.Run("kill", ["-TERM", $"{_process.Id}"]);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            try
            {
                await _process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        _process.Dispose();
        _process = null;
    }

    private async Task WaitUntilReady()
    {
        using var client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(2) };
        for (var attempt = 0; attempt < 1200 && !_process!.HasExited; attempt++)
        {
            try
            {
                using var answer = await client.GetAsync("/health/ready");
                if (answer.IsSuccessStatusCode)
                    return;
            }
            catch (Exception notYet) when (notYet is HttpRequestException or TaskCanceledException)
            {
                // It is still starting.
            }

            await Task.Delay(100);
        }

        throw new InvalidOperationException($"The portal did not become ready. It printed:\n{Output}");
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
            if (line.Data is not null)
                _output.Add(line.Data);
    }
}
