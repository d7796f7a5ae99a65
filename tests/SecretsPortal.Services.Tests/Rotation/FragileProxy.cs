using System.Net;
using System.Net.Sockets;

namespace SecretsPortal.Services.Tests.Rotation;

/// <summary>Stands before a server and passes so many connections on; those after them are closed without a word.</summary>
internal sealed class FragileProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _closing = new();
    private readonly int _target;
    private readonly Task _accepting;
    private int _left;

    public FragileProxy(int target, int connections)
    {
        _target = target;
        _left = connections;
        _listener.Start();
        _accepting = Accept();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Recover() => Volatile.Write(ref _left, int.MaxValue);

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
        _closing.Dispose();
    }

    private async Task Accept()
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync(_closing.Token);
            if (Interlocked.Decrement(ref _left) < 0)
                client.Dispose();
            else
                _ = Pass(client);
        }
    }

    private async Task Pass(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            await server.ConnectAsync(IPAddress.Loopback, _target, _closing.Token);
            await Task.WhenAny(
                client.GetStream().CopyToAsync(server.GetStream(), _closing.Token),
                server.GetStream().CopyToAsync(client.GetStream(), _closing.Token));
        }
    }
}
