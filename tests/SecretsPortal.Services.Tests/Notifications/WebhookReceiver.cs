using System.Collections.Concurrent;
using System.Net;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Services.Tests.Notifications;

/// <summary>A POST that came in.</summary>
/// <param name="Headers">By name in lower case.</param>
/// <param name="Body">Its bytes.</param>
internal sealed record ReceivedPost(IReadOnlyDictionary<string, string> Headers, byte[] Body);

/// <summary>Receives webhooks on the loopback.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _serving;

    public WebhookReceiver()
    {
        Url = $"http://127.0.0.1:{FreePort.Next()}/hook";
        _listener.Prefixes.Add($"{Url}/");
        _listener.Start();
        _serving = Serve();
    }

    public string Url { get; }

    /// <summary>What it answers with.</summary>
    public int Status { get; set; } = 204;

    public ConcurrentQueue<ReceivedPost> Posts { get; } = new();

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    private async Task Serve()
    {
        try
        {
            while (true)
            {
                var http = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await http.Request.InputStream.CopyToAsync(body);
                Posts.Enqueue(new ReceivedPost(
                    http.Request.Headers.AllKeys.ToDictionary(key => key!.ToLowerInvariant(), key => http.Request.Headers[key]!), body.ToArray()));
                http.Response.StatusCode = Status;
                http.Response.Close();
            }
        }
        catch (Exception fault) when (fault is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
