using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using SecretsPortal.Services.Audit;

namespace SecretsPortal.Services.Tests.Audit.Sinks;

/// <summary>A message, taken apart.</summary>
internal sealed record ReceivedMessage(int Priority, DateTimeOffset At, string Host, string App, string Process, string MessageId, string SequenceId, string Text);

/// <summary>A syslog receiver on the loopback that takes RFC 5424 by the letter, and notes what does not keep to it.</summary>
internal sealed partial class SyslogReceiver : IAsyncDisposable
{
    private readonly SyslogTransport _transport;
    private readonly CancellationTokenSource _stop = new();
    private readonly X509Certificate2? _certificate;
    private readonly List<Socket> _connections = [];
    private readonly Task _running;
    private readonly Socket _socket;

    public SyslogReceiver(SyslogTransport transport, int port = 0, X509Certificate2? certificate = null)
    {
        _transport = transport;
        _certificate = certificate;
        _socket = transport == SyslogTransport.Udp ? new Socket(SocketType.Dgram, ProtocolType.Udp) : new Socket(SocketType.Stream, ProtocolType.Tcp);
        if (transport != SyslogTransport.Udp)
            _socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        Port = ((IPEndPoint)_socket.LocalEndPoint!).Port;
        if (transport != SyslogTransport.Udp)
            _socket.Listen();
        _running = transport == SyslogTransport.Udp ? Datagrams() : Connections();
    }

    public int Port { get; }

    public ConcurrentQueue<ReceivedMessage> Messages { get; } = new();

    public ConcurrentQueue<string> Faults { get; } = new();

    /// <summary>A certificate authority and a certificate for the loopback.</summary>
    public static (string CaPem, X509Certificate2 Server) NewCertificate(DateTimeOffset now)
    {
        using var caKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var caRequest = new CertificateRequest("CN=tests", caKey, HashAlgorithmName.SHA256);
        caRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var ca = caRequest.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var signed = request.Create(ca, now.AddDays(-1), now.AddDays(1), [1, 2, 3]);
        return (ca.ExportCertificatePem(), signed.CopyWithPrivateKey(key));
    }

    public async Task<IReadOnlyList<ReceivedMessage>> Wait(int count)
    {
        for (var i = 0; i < 300 && Messages.Count < count; i++)
            await Task.Delay(50);
        Assert.Empty(Faults);
        Assert.True(Messages.Count >= count, $"{Messages.Count} of {count} messages arrived.");
        return [.. Messages];
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _socket.Dispose();
        lock (_connections)
            _connections.ForEach(connection => connection.Dispose());
        await _running;
        _stop.Dispose();
    }

    private async Task Datagrams()
    {
        var buffer = new byte[65_536];
        try
        {
            while (true)
                Take(buffer.AsSpan(0, await _socket.ReceiveAsync(buffer, _stop.Token)).ToArray());
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
        }
    }

    private async Task Connections()
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                var connection = await _socket.AcceptAsync(_stop.Token);
                lock (_connections)
                    _connections.Add(connection);
                open.Add(Read(connection));
            }
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
        }

        await Task.WhenAll(open);
    }

    private async Task Read(Socket connection)
    {
        try
        {
            Stream stream = new NetworkStream(connection, ownsSocket: true);
            if (_transport == SyslogTransport.Tls)
            {
                var tls = new SslStream(stream);
                await tls.AuthenticateAsServerAsync(_certificate!);
                stream = tls;
            }

            while (await Length(stream) is { } length)
            {
                var message = new byte[length];
                await stream.ReadExactlyAsync(message);
                Take(message);
            }
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException or SocketException or System.Security.Authentication.AuthenticationException)
        {
            // The other side is gone, or this one closes.
        }
    }

    /// <summary>RFC 6587, octet counting: digits, not beginning with 0, and a blank.</summary>
    private async Task<int?> Length(Stream stream)
    {
        var digits = "";
        var one = new byte[1];
        while (await stream.ReadAsync(one) == 1)
        {
            if (one[0] == ' ' && digits.Length > 0)
                return int.Parse(digits, CultureInfo.InvariantCulture);
            if (!char.IsAsciiDigit((char)one[0]) || (digits.Length == 0 && one[0] == '0'))
                Faults.Enqueue($"No frame: byte {one[0]} after \"{digits}\"");
            digits += (char)one[0];
        }

        return null;
    }

    private void Take(byte[] bytes)
    {
        var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        var match = Rfc5424().Match(text);
        if (!match.Success || text.Length != match.Length)
        {
            Faults.Enqueue($"Not RFC 5424: {text}");
            return;
        }

        string Of(string name) => match.Groups[name].Value;
        Messages.Enqueue(new ReceivedMessage(
            int.Parse(Of("pri"), CultureInfo.InvariantCulture), DateTimeOffset.Parse(Of("time"), CultureInfo.InvariantCulture), Of("host"), Of("app"), Of("proc"),
            Of("msgid"), Of("sequence"), Of("text")));
    }

    [GeneratedRegex("""
        \A<(?<pri>0|[1-9][0-9]?|1[0-8][0-9]|19[01])>1\x20(?<time>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{1,6}Z)\x20(?<host>[\x21-\x7e]{1,255})\x20(?<app>[\x21-\x7e]{1,48})\x20(?<proc>[\x21-\x7e]{1,128})\x20(?<msgid>[\x21-\x7e]{1,32})\x20\[meta\x20sequenceId="(?<sequence>[1-9][0-9]{0,9})"\]\x20(?<text>.*)\z
        """, RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Rfc5424();
}
