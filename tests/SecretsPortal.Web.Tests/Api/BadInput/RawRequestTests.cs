using System.Diagnostics;
using System.Net;

namespace SecretsPortal.Web.Tests.Api.BadInput;

/// <summary>Requests that break off, drip, lie about their length, or go to another place than <c>POST /</c>.</summary>
public sealed class RawRequestTests(SharedPortal shared) : ApiTest(shared)
{
    private const string Body = "{\"SecretId\":\"nobody\"}";

    // That a connection ends at all is the point: a busy machine may take its time.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>Together, because each takes its seconds.</summary>
    [Fact]
    public Task Slow_bodies_are_answered_and_their_connections_closed() => Task.WhenAll(
        Stops($"Content-Length: {Body.Length}\r\n\r\n{Body[..5]}"),
        Stops($"Transfer-Encoding: chunked\r\n\r\n5\r\n{Body[..5]}\r\n"),
        Drips(bytesASecond: 1), // Below Kestrel's least data rate.
        Drips(bytesASecond: 400)); // Above it: the door's own limit ends it.

    [Theory]
    [InlineData("zz\r\n")]
    [InlineData("ffffffff\r\n")]
    [InlineData("ffffffffffffffffff\r\n")]
    [InlineData("-1\r\n")]
    public async Task A_chunk_that_is_none_is_refused_in_the_services_form(string chunk)
    {
        await using var connection = await RawConnection.Open(Portal.Address);
        await connection.Send($"{connection.Head("DescribeSecret", Body)}Transfer-Encoding: chunked\r\n\r\n{chunk}{Body[..5]}");
        await AssertRefused(connection, "SerializationException");
    }

    [Theory]
    [InlineData("Content-Length: 1000", "")]
    [InlineData("Transfer-Encoding: chunked", "5\r\n")]
    public async Task A_client_that_breaks_off_holds_nothing(string header, string chunk)
    {
        await using var connection = await RawConnection.Open(Portal.Address);
        await connection.Send($"{connection.Head("DescribeSecret", Body)}{header}\r\n\r\n{chunk}{Body[..5]}");
        // To the server, a client that sends no more has gone: there is nobody to answer.
        connection.EndSending();
        Assert.True(await connection.IsClosed(s_patience));
        await Aws.Refused("DescribeSecret", new { SecretId = "nobody" }, "ResourceNotFoundException");
    }

    [Fact]
    public async Task A_length_that_is_too_short_cuts_the_body_and_the_rest_is_no_request()
    {
        await using var connection = await RawConnection.Open(Portal.Address);
        await connection.Send($"{connection.Head("DescribeSecret", Body)}Content-Length: {Body.Length - 3}\r\n\r\n{Body}\r\n\r\n");
        await AssertRefused(connection, "InvalidSignatureException");
        Assert.Equal(400, (await connection.Receive()).Status);
        Assert.True(await connection.IsClosed(s_patience));
    }

    [Theory]
    [InlineData("Content-Length: -1", 400)]
    [InlineData("Content-Length: 9999999999999999999999", 400)]
    [InlineData("Content-Length: 21\r\nContent-Length: 22", 400)]
    [InlineData("Transfer-Encoding: gzip", 400)]
    [InlineData("Content-Length: 21\r\nX-Huge: {huge}", 431)]
    public async Task What_is_no_HTTP_is_refused_and_closed(string header, int status)
    {
        await using var connection = await RawConnection.Open(Portal.Address);
        await connection.Send($"{connection.Head("DescribeSecret", Body)}{header.Replace("{huge}", new string('h', 40_000), StringComparison.Ordinal)}\r\n\r\n{Body}");
        Assert.Equal(status, (await connection.Receive()).Status);
        Assert.True(await connection.IsClosed(s_patience));
        await Aws.Refused("DescribeSecret", new { SecretId = "nobody" }, "ResourceNotFoundException");
    }

    [Fact]
    public async Task A_client_that_waits_for_leave_gets_it()
    {
        await using var connection = await RawConnection.Open(Portal.Address);
        await connection.Send($"{connection.Head("DescribeSecret", Body)}Content-Length: {Body.Length}\r\nExpect: 100-continue\r\n\r\n");
        Assert.Equal(100, (await connection.Receive()).Status);
        await connection.Send(Body);
        await AssertRefused(connection, "ResourceNotFoundException");
    }

    [Fact]
    public async Task A_body_that_is_too_long_by_its_length_is_refused_before_it_is_sent()
    {
        await using var connection = await RawConnection.Open(Portal.Address);
        await connection.Send($"{connection.Head("DescribeSecret", Body)}Content-Length: 99999999999\r\nExpect: 100-continue\r\n\r\n");
        await AssertRefused(connection, "SerializationException");
        Assert.True(await connection.IsClosed(s_patience));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task An_encoding_of_the_body_is_not_undone(string encoding)
    {
        var answer = await Aws.Send("secretsmanager.DescribeSecret", [0x1f, 0x8b, 0x08, 0x00], request => request.Content!.Headers.ContentEncoding.Add(encoding));
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("SerializationException", answer.ErrorType);
    }

    [Theory]
    [InlineData("GET", "/")]
    [InlineData("HEAD", "/")]
    [InlineData("PUT", "/")]
    [InlineData("DELETE", "/")]
    [InlineData("POST", "/elsewhere")]
    [InlineData("POST", "//")]
    [InlineData("POST", "/secrets")]
    [InlineData("GET", "/secrets")]
    [InlineData("POST", "/health/live")]
    [InlineData("POST", "/_blazor/negotiate")]
    public async Task A_call_that_is_not_posted_to_the_root_is_no_operation(string method, string path)
    {
        await using var connection = await RawConnection.Open(Portal.Address);
        var body = method is "GET" or "HEAD" ? "" : Body;
        await connection.Send($"{connection.Head("DescribeSecret", body, method, path)}Content-Length: {body.Length}\r\n\r\n{body}");
        if (method == "HEAD")
        {
            var (status, headers) = await connection.ReceiveHead();
            Assert.Equal(400, status);
            Assert.True(headers.ContainsKey("x-amzn-RequestId"));
            return;
        }

        await AssertRefused(connection, "UnknownOperationException");
    }

    [Theory]
    [InlineData("GET /elsewhere", "X-Amz-Target: secretsmanager.DescribeSecret", "MissingAuthenticationTokenException")]
    [InlineData("POST /elsewhere", "Content-Type: application/x-amz-json-1.1", "MissingAuthenticationTokenException")]
    [InlineData("PUT /", "Content-Type: application/x-amz-json-1.1; charset=utf-8", "MissingAuthenticationTokenException")]
    [InlineData("GET /?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00", "Accept: */*", "IncompleteSignatureException")]
    [InlineData("GET /secrets?x-amz-credential=a", "Accept: text/html", "IncompleteSignatureException")]
    public async Task What_is_plainly_meant_for_the_API_gets_no_page(string line, string header, string error)
    {
        await using var connection = await RawConnection.Open(Portal.Address);
        await connection.Send($"{line} HTTP/1.1\r\nHost: {Portal.Address.Authority}\r\n{header}\r\nContent-Length: 2\r\n\r\n{{}}");
        await AssertRefused(connection, error);
    }

    private async Task Stops(string rest)
    {
        await using var connection = await RawConnection.Open(Portal.Address);
        await connection.Send($"{connection.Head("DescribeSecret", Body)}{rest}");
        await AssertTimedOut(connection);
    }

    private async Task Drips(int bytesASecond)
    {
        await using var connection = await RawConnection.Open(Portal.Address);
        var body = $"{{\"SecretId\":\"{new string('a', 100_000)}\"}}";
        await connection.Send($"{connection.Head("DescribeSecret", body)}Content-Length: {body.Length}\r\n\r\n");
        using var stop = new CancellationTokenSource();
        var dripping = Drip(connection, body, bytesASecond, stop.Token);
        await AssertTimedOut(connection);
        await stop.CancelAsync();
        await dripping;
    }

    private static async Task AssertRefused(RawConnection connection, string error)
    {
        var answer = await connection.Receive();
        Assert.Equal((400, error), (answer.Status, answer.ErrorType));
        Assert.True(Guid.TryParse(answer.Headers["x-amzn-RequestId"], out _));
        Assert.Equal("application/x-amz-json-1.1", answer.Headers["Content-Type"]);
    }

    private static async Task AssertTimedOut(RawConnection connection)
    {
        var started = Stopwatch.GetTimestamp();
        await AssertRefused(connection, "RequestTimeoutException");
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromSeconds(3), s_patience);
        Assert.True(await connection.IsClosed(s_patience));
    }

    private static async Task Drip(RawConnection connection, string body, int bytesASecond, CancellationToken stop)
    {
        var step = Math.Max(1, bytesASecond / 10);
        try
        {
            for (var at = 0; at < body.Length; at += step)
            {
                await connection.Send(body[at..Math.Min(body.Length, at + step)]);
                await Task.Delay(1000 * step / bytesASecond, stop);
            }
        }
        catch (Exception end) when (end is IOException or OperationCanceledException)
        {
            // The other side has closed, as it should.
        }
    }
}
