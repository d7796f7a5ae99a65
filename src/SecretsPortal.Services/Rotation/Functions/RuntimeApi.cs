using System.Globalization;
using System.Net;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;

namespace SecretsPortal.Services.Rotation.Functions;

/// <summary>
/// The AWS Lambda Runtime API (2018-06-01) for one process and one event, on a port of the loopback of its own. It answers only the user that
/// the process runs as, and gives the event away once.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class RuntimeApi : IAsyncDisposable
{
    /// <summary>The longest answer that is taken, in bytes.</summary>
    public const int LongestAnswer = 64 * 1024;

    private const string Prefix = "/2018-06-01/runtime/";

    // Below those that the system gives to sockets that ask for any.
    private const int FirstPort = 20_000;
    private const int Ports = 12_000;
    private const int Attempts = 50;

    private readonly HttpListener _listener;
    private readonly int _userId;
    private readonly FunctionCall _call;
    private readonly DateTimeOffset _deadline;
    private readonly TaskCompletionSource<InvocationResult> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _atOnce = new(8);
    private readonly Task _serving;
    private int _given;

    private RuntimeApi(HttpListener listener, int port, string requestId, int userId, FunctionCall call, DateTimeOffset deadline)
    {
        _listener = listener;
        Port = port;
        RequestId = requestId;
        _userId = userId;
        _call = call;
        _deadline = deadline;
        _serving = Serve();
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>The id of the event.</summary>
    public string RequestId { get; }

    /// <summary>What the process answered; its log is empty.</summary>
    public Task<InvocationResult> Answer => _answer.Task;

    /// <summary>Done once the process has answered and asks for more: it has nothing left to write.</summary>
    public Task Idle => _idle.Task;

    /// <summary>Starts to listen.</summary>
    /// <param name="userId">Who may ask.</param>
    /// <param name="call">The event.</param>
    /// <param name="requestId">Its id.</param>
    /// <param name="deadline">When the process is ended.</param>
    public static RuntimeApi Start(int userId, FunctionCall call, string requestId, DateTimeOffset deadline)
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = FirstPort + System.Security.Cryptography.RandomNumberGenerator.GetInt32(Ports);
            var listener = new HttpListener { IgnoreWriteExceptions = true };
            // Nothing but a number: a name could be looked up, and a wildcard would listen everywhere.
            listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/"));
            try
            {
                listener.Start();
                return new RuntimeApi(listener, port, requestId, userId, call, deadline);
            }
            catch (HttpListenerException) when (attempt < Attempts)
            {
                // Taken.
                listener.Close();
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _atOnce.Dispose();
    }

    private async Task Serve()
    {
        var open = new List<Task>();
        while (true)
        {
            HttpListenerContext http;
            try
            {
                http = await _listener.GetContextAsync();
            }
            catch (Exception ended) when (ended is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                break;
            }

            await _atOnce.WaitAsync();
            open.RemoveAll(task => task.IsCompleted);
            open.Add(Task.Run(() => Handle(http)));
        }

        await Task.WhenAll(open);
    }

    private async Task Handle(HttpListenerContext http)
    {
        try
        {
            await Dispatch(http);
        }
        catch (Exception broken) when (broken is HttpListenerException or ObjectDisposedException or IOException or InvalidOperationException or ProtocolViolationException)
        {
            // The process broke the connection, or is gone.
        }
        finally
        {
            _atOnce.Release();
        }
    }

    private async Task Dispatch(HttpListenerContext http)
    {
        var path = http.Request.Url?.AbsolutePath ?? "";
        if (Linux.OwnerOf(http.Request.RemoteEndPoint, Port) != _userId)
            await Write(http, 403, Error("Forbidden", "This is another process's Runtime API."));
        else if (http.Request.HttpMethod == "GET" && path == $"{Prefix}invocation/next")
            await Next(http);
        else if (http.Request.HttpMethod == "POST" && path == $"{Prefix}init/error")
            await TakeError(http);
        else if (http.Request.HttpMethod == "POST" && path == $"{Prefix}invocation/{RequestId}/response")
            await TakeResponse(http);
        else if (http.Request.HttpMethod == "POST" && path == $"{Prefix}invocation/{RequestId}/error")
            await TakeError(http);
        else if (http.Request.HttpMethod == "POST" && path.StartsWith($"{Prefix}invocation/", StringComparison.Ordinal))
            await Write(http, 400, Error("InvalidRequestID", "There is no event of this id."));
        else
            await Write(http, 404, Error("NotFound", "The Runtime API has no such operation."));
    }

    private async Task Next(HttpListenerContext http)
    {
        if (_answer.Task.IsCompleted)
        {
            // There is one event for each process: no answer comes, and the process is ended.
            _idle.TrySetResult();
            return;
        }

        if (Interlocked.Exchange(ref _given, 1) != 0)
        {
            await Write(http, 403, Error("InvalidStateTransition", "The event was given away already; answer it first."));
            return;
        }

        var headers = http.Response.Headers;
        headers["Lambda-Runtime-Aws-Request-Id"] = RequestId;
        headers["Lambda-Runtime-Deadline-Ms"] = _deadline.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        headers["Lambda-Runtime-Invoked-Function-Arn"] = _call.FunctionArn;
        headers["Lambda-Runtime-Trace-Id"] = $"Root=1-{_deadline.ToUnixTimeSeconds():x8}-{RequestId.Replace("-", "", StringComparison.Ordinal)[..24]};Sampled=0";
        await Write(http, 200, _call.Event.Reveal());
    }

    private async Task TakeResponse(HttpListenerContext http)
    {
        var body = await Read(http.Request);
        if (body is null)
        {
            _answer.TrySetResult(InvocationResult.Fault($"The function's answer is longer than {LongestAnswer} bytes. Let it return nothing: a rotation has no use for it.", "", isFinal: true));
            await Write(http, 413, Error("RequestEntityTooLarge", $"An answer may have {LongestAnswer} bytes."));
            return;
        }

        _answer.TrySetResult(InvocationResult.Success(""));
        await Write(http, 202, """{"status":"OK"}""");
    }

    private async Task TakeError(HttpListenerContext http)
    {
        var body = await Read(http.Request);
        var (type, message) = FunctionErrors.Read(body ?? []);
        _answer.TrySetResult(InvocationResult.Error(type ?? http.Request.Headers["Lambda-Runtime-Function-Error-Type"], message, ""));
        await Write(http, 202, """{"status":"OK"}""");
    }

    /// <summary>The body; null where it is too long.</summary>
    private static async Task<byte[]?> Read(HttpListenerRequest request)
    {
        var buffer = new byte[LongestAnswer + 1];
        var length = await request.InputStream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false);
        return length <= LongestAnswer ? buffer[..length] : null;
    }

    private static async Task Write(HttpListenerContext http, int status, string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength64 = bytes.Length;
        await http.Response.OutputStream.WriteAsync(bytes);
        http.Response.Close();
    }

    private static string Error(string type, string message) => JsonSerializer.Serialize(new { errorType = type, errorMessage = message });
}
