using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.TerraformProvider.Tests;

/// <summary>The provider as Terraform starts it: the built program, the environment of the handshake, and a gRPC channel to its socket.</summary>
internal sealed class ProviderProcess : IAsyncDisposable
{
    private readonly X509Certificate2 _client = Handshake.CreateCertificate(TimeProvider.System.GetUtcNow());

    private readonly TemporaryDirectory _directory = new();

    private readonly Process _process;

    private ProviderProcess(IReadOnlyDictionary<string, string?> changes)
    {
        var start = new ProcessStartInfo(Terraform.TerraformWorkspace.Program) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[Handshake.CookieName] = Handshake.CookieValue;
        start.Environment["PLUGIN_PROTOCOL_VERSIONS"] = "5,6";
        start.Environment["PLUGIN_CLIENT_CERT"] = _client.ExportCertificatePem();
        start.Environment["PLUGIN_UNIX_SOCKET_DIR"] = _directory.Path;
        foreach (var (name, value) in changes)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
    }

    public string Line { get; private set; } = "";

    public int Id => _process.Id;

    public string SocketDirectory => _directory.Path;

    public StreamReader Errors => _process.StandardError;

    public StreamReader Output => _process.StandardOutput;

    public static async Task<ProviderProcess> Start(IReadOnlyDictionary<string, string?>? changes = null)
    {
        var provider = new ProviderProcess(changes ?? new Dictionary<string, string?>());
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        provider.Line = await provider._process.StandardOutput.ReadLineAsync(limit.Token) ?? "";
        return provider;
    }

    /// <summary>A channel as Terraform opens it; with <paramref name="other"/> as somebody else would.</summary>
    public GrpcChannel Connect(X509Certificate2? other = null)
    {
        var parts = Line.Split('|');
        var trusted = Convert.FromBase64String(parts[5].PadRight((parts[5].Length + 3) / 4 * 4, '='));
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, stop) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(parts[3]), stop);
                return new NetworkStream(socket, ownsSocket: true);
            },
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = [other ?? _client],
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.GetRawCertData().AsSpan().SequenceEqual(trusted),
            },
        };
        return GrpcChannel.ForAddress("https://localhost", new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
    }

    /// <summary>Waits for the process to end by itself.</summary>
    public async Task<int> Ended()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _client.Dispose();
        _directory.Dispose();
    }
}
