using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SecretsPortal.Core.Audit;

namespace SecretsPortal.Services.Audit.Sinks;

/// <summary>
/// Sends to a syslog receiver. The protocol has no answer, so what a receiver had taken into its buffers when it died is not known: after a
/// connection broke, the batch before is sent once more.
/// </summary>
internal sealed class SyslogSink(SyslogOptions options) : IAuditSink
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private Socket? _socket;
    private Stream? _stream;
    private IReadOnlyList<ChainedRecord> _before = [];

    /// <inheritdoc/>
    public string Name => "syslog";

    /// <inheritdoc/>
    public async Task Send(IReadOnlyList<ChainedRecord> records, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(s_patience);
        try
        {
            if (_socket is not null && IsClosedByReceiver(_socket))
                await Close();
            var isNew = _socket is null;
            if (isNew)
                await Connect(limit.Token);
            if (isNew && _before.Count > 0 && options.Transport != SyslogTransport.Udp)
                await Write(_before, limit.Token);
            await Write(records, limit.Token);
            _before = records;
        }
        catch
        {
            await Close();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Close();

    private async Task Connect(CancellationToken cancel)
    {
        if (options.Transport == SyslogTransport.Udp)
        {
            _socket = new Socket(SocketType.Dgram, ProtocolType.Udp);
            await _socket.ConnectAsync(options.Host, options.Port, cancel);
            return;
        }

        _socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await _socket.ConnectAsync(options.Host, options.Port, cancel);
        var network = new NetworkStream(_socket, ownsSocket: true);
        _stream = network;
        if (options.Transport == SyslogTransport.Tls)
            _stream = await Secure(network, cancel);
    }

    private async Task<Stream> Secure(NetworkStream network, CancellationToken cancel)
    {
        var tls = new SslStream(network);
        _stream = tls;
        var how = new SslClientAuthenticationOptions { TargetHost = options.Host };
        if (options.CaFile is not null)
        {
            how.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            how.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(options.CaFile);
        }

        await tls.AuthenticateAsClientAsync(how, cancel);
        return tls;
    }

    private async Task Write(IReadOnlyList<ChainedRecord> records, CancellationToken cancel)
    {
        using var buffer = new MemoryStream();
        foreach (var record in records)
        {
            var message = SyslogMessage.Of(record, options.Facility, Environment.MachineName, Environment.ProcessId);
            if (_stream is null)
            {
                await _socket!.SendAsync(message, SocketFlags.None, cancel);
                continue;
            }

            buffer.Write(Encoding.ASCII.GetBytes(message.Length.ToString(CultureInfo.InvariantCulture) + " "));
            buffer.Write(message);
        }

        if (_stream is null)
            return;
        await _stream.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), cancel);
        await _stream.FlushAsync(cancel);
    }

    // A receiver says nothing, so what can be read is the end of the connection.
    private bool IsClosedByReceiver(Socket socket) =>
        options.Transport == SyslogTransport.Tcp && socket.Poll(TimeSpan.Zero, SelectMode.SelectRead) && socket.Available == 0;

    private async Task Close()
    {
        var (socket, stream) = (_socket, _stream);
        (_socket, _stream) = (null, null);
        if (stream is not null)
            await stream.DisposeAsync();
        socket?.Dispose();
    }
}
