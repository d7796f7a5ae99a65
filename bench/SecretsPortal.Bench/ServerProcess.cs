using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SecretsPortal.Bench;

/// <summary>A server under load, in a process of its own so that its processor time can be told from the load generator's.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const double TicksPerSecond = 100; // USER_HZ, the same on all of Linux.

    private readonly Process _process;

    private ServerProcess(Process process, Uri address)
    {
        _process = process;
        Address = address;
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Processor seconds that it has used so far, in user mode and in the kernel.</summary>
    public double CpuSeconds
    {
        get
        {
            // The second field, the program's name, may hold blanks; it ends with the last parenthesis.
            var stat = File.ReadAllText($"/proc/{_process.Id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
        }
    }

    /// <summary>The published portal, with its usual settings.</summary>
    public static Task<ServerProcess> Portal(string folder, string data) => Start(address =>
    [
        Path.Combine(folder, "SecretsPortal.Web.dll"), "--urls", address.ToString(), "--contentRoot", folder, $"--Portal:DataDirectory={data}",
        $"--Portal:Region={SignedRequests.Region}", "--Portal:Bootstrap:AdminPassword=correct horse battery staple",
        $"--Portal:Bootstrap:AccessKeyId={SignedRequests.AccessKeyId}", $"--Portal:Bootstrap:SecretAccessKey={SignedRequests.SecretAccessKey}",
    ]);

    /// <summary>A server of ours that walks the road up to a step.</summary>
    public static Task<ServerProcess> Step(string step) => Start(address =>
        [typeof(ServerProcess).Assembly.Location, "step", step, address.Port.ToString(CultureInfo.InvariantCulture)]);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task<ServerProcess> Start(Func<Uri, IEnumerable<string>> arguments)
    {
        var address = new Uri($"http://127.0.0.1:{FreePort()}");
        var start = new ProcessStartInfo("dotnet", arguments(address)) { RedirectStandardOutput = true, RedirectStandardError = true };
        var process = Process.Start(start)!;
        var output = new List<string>();
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var http = new HttpClient { BaseAddress = address };
        while (!await IsReady(http))
        {
            if (process.HasExited)
                throw new InvalidOperationException($"The server ended at once. It printed:{Environment.NewLine}{string.Join(Environment.NewLine, output)}");
            await Task.Delay(50);
        }

        return new ServerProcess(process, address);

        void Keep(string? line)
        {
            lock (output)
                output.Add(line ?? "");
        }
    }

    private static async Task<bool> IsReady(HttpClient http)
    {
        try
        {
            using var answer = await http.GetAsync("/health/ready");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
