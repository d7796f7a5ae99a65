using System.Net;
using System.Text;
using System.Text.Json;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Services.Tests.Audit.Sinks;

/// <summary>An OTLP/HTTP receiver on the loopback that may be told to fail.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _running;

    public Collector(int? port = null)
    {
        Endpoint = new Uri($"http://127.0.0.1:{port ?? FreePort.Next()}");
        _listener.Prefixes.Add(Endpoint.ToString());
        _listener.Start();
        _running = Run();
    }

    public Uri Endpoint { get; }

    /// <summary>The records' sequences, as they came.</summary>
    public List<long> Sequences { get; } = [];

    public List<JsonElement> Records { get; } = [];

    public List<string?> Authorizations { get; } = [];

    /// <summary>What the next requests are answered with.</summary>
    public Queue<(int Status, string Body)> Answers { get; } = new();

    public async Task Wait(int count)
    {
        for (var i = 0; i < 300; i++)
        {
            lock (Sequences)
            {
                if (Sequences.Distinct().Count() >= count)
                    return;
            }

            await Task.Delay(50);
        }

        Assert.Fail($"{Sequences.Count} of {count} records arrived.");
    }

    public async ValueTask DisposeAsync()
    {
        // Once only: HttpListener takes its prefix away by binding the port again where an earlier Stop has given it up.
        _listener.Close();
        await _running;
    }

    private async Task Run()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception fault) when (fault is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            var (status, body) = Answer(context.Request);
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json";
            try
            {
                await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
                context.Response.Close();
            }
            catch (Exception fault) when (fault is HttpListenerException or ObjectDisposedException)
            {
                // The sink has given up waiting and sends again; that is what is tested.
            }
        }
    }

    private (int Status, string Body) Answer(HttpListenerRequest request)
    {
        lock (Sequences)
        {
            Authorizations.Add(request.Headers["Authorization"]);
            if (request.Url!.AbsolutePath != "/v1/logs" || request.HttpMethod != "POST" || request.ContentType != "application/json")
                return (404, "{}");
            using var reader = new StreamReader(request.InputStream, Encoding.UTF8);
            var body = JsonDocument.Parse(reader.ReadToEnd()).RootElement;
            if (Answers.TryDequeue(out var told))
                return told;
            foreach (var record in body.GetProperty("resourceLogs")[0].GetProperty("scopeLogs")[0].GetProperty("logRecords").EnumerateArray())
            {
                Records.Add(record.Clone());
                Sequences.Add(long.Parse(
                    record.GetProperty("attributes").EnumerateArray().First(a => a.GetProperty("key").GetString() == "audit.sequence")
                        .GetProperty("value").GetProperty("intValue").GetString()!, provider: null));
            }

            return (200, """{"partialSuccess":{}}""");
        }
    }
}
