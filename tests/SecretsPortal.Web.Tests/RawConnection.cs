using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SecretsPortal.Core.SigV4;

namespace SecretsPortal.Web.Tests;

/// <summary>An answer as it came off the wire.</summary>
public sealed record RawAnswer(int Status, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public string? ErrorType => JsonDocument.Parse(Body).RootElement.GetProperty("__type").GetString();
}

/// <summary>A connection on which a test says byte for byte what no client would.</summary>
public sealed class RawConnection : IAsyncDisposable
{
    private readonly TcpClient _socket = new();
    private readonly Uri _address;
    private NetworkStream? _stream;

    private RawConnection(Uri address) => _address = address;

    public static async Task<RawConnection> Open(Uri address)
    {
        var connection = new RawConnection(address);
        await connection._socket.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        connection._stream = connection._socket.GetStream();
        return connection;
    }

    /// <summary>The head of a signed request for <paramref name="body"/>, without the length of its body and without the blank line.</summary>
    public string Head(string operation, string body, string method = "POST", string path = "/", params string[] more)
    {
        List<KeyValuePair<string, string>> headers = [new("Host", _address.Authority), new("X-Amz-Target", $"secretsmanager.{operation}")];
        var signed = new SignedRequest
        {
            Method = method, Path = path, Query = "", Headers = headers, BodyHash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body))),
        };
        headers.AddRange(SigV4Signer.Sign(signed, TestPortal.Credentials, TestPortal.Region, "secretsmanager", TimeProvider.System.GetUtcNow()));
        return string.Concat([$"{method} {path} HTTP/1.1\r\n", .. headers.Select(h => $"{h.Key}: {h.Value}\r\n"), .. more.Select(h => $"{h}\r\n")]);
    }

    public async Task Send(string text) => await _stream!.WriteAsync(Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken);

    /// <summary>Says that nothing more comes, and goes on listening.</summary>
    public void EndSending() => _socket.Client.Shutdown(SocketShutdown.Send);

    /// <summary>The next answer; one of status 100 comes alone, without headers.</summary>
    public async Task<RawAnswer> Receive()
    {
        var (status, headers) = await ReceiveHead();
        var body = new byte[int.Parse(headers.GetValueOrDefault("Content-Length", "0"), System.Globalization.CultureInfo.InvariantCulture)];
        await _stream!.ReadExactlyAsync(body, TestContext.Current.CancellationToken);
        return new RawAnswer(status, headers, Encoding.UTF8.GetString(body));
    }

    /// <summary>The head of the next answer, which for a HEAD request is all of it.</summary>
    public async Task<(int Status, IReadOnlyDictionary<string, string> Headers)> ReceiveHead()
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            head.Append((char)await Next());
        var lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(h => h[0], h => h[1], StringComparer.OrdinalIgnoreCase);
        return (int.Parse(lines[0].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), headers);
    }

    /// <summary>True when the other side has closed the connection; waits for it at most <paramref name="limit"/>.</summary>
    public async Task<bool> IsClosed(TimeSpan limit)
    {
        using var time = new CancellationTokenSource(limit);
        try
        {
            return await _stream!.ReadAsync(new byte[1], time.Token) == 0;
        }
        catch (IOException)
        {
            return true; // Reset, which is closed as well.
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<byte> Next()
    {
        var one = new byte[1];
        await _stream!.ReadExactlyAsync(one, TestContext.Current.CancellationToken);
        return one[0];
    }
}
