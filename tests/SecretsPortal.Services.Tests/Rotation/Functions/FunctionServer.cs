using Microsoft.AspNetCore.Http;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation.Functions;
using SecretsPortal.Services.Tests.Kms.Servers;
using SecretsPortal.Storage;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Services.Tests.Rotation.Functions;

/// <summary>What a function's server was sent.</summary>
/// <param name="Method">POST.</param>
/// <param name="Path">As it stood on the request line.</param>
/// <param name="Headers">All of them.</param>
/// <param name="Body">The bytes.</param>
internal sealed record ReceivedRequest(string Method, string Path, IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Body)
{
    public string Header(string name) => Headers.Single(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
}

/// <summary>An HTTPS server that stands for a webhook or for AWS Lambda, and the portal's side that is allowed to speak to it.</summary>
internal sealed class FunctionServer() : LoopbackServer("localhost")
{
    private readonly TemporaryDirectory _directory = new();

    public List<ReceivedRequest> Received { get; } = [];

    /// <summary>What it answers.</summary>
    public Func<HttpContext, Task> Respond { get; set; } = _ => Task.CompletedTask;

    public string Url => $"https://localhost:{Port}";

    public static async Task<FunctionServer> Begin()
    {
        var server = new FunctionServer();
        await server.Start();
        await File.WriteAllTextAsync(server._directory["ca.pem"], server.AuthorityPem);
        return server;
    }

    public PortalOptions Options(string? allowed = "127.0.0.1,::1", bool trusts = true) => TestPortal.OptionsIn(_directory["data"]) with
    {
        Functions = new FunctionOptions
        {
            AllowedAddresses = allowed is null ? [] : [.. allowed.Split(',').Select(text => AllowedAddress.TryParse(text)!)],
            CaFile = trusts ? _directory["ca.pem"] : null,
        },
    };

    public StoredFunction Function(FunctionKind kind, string path = "") => new()
    {
        Caller = new StoredCaller { Id = new string('f', 32), Kind = Core.Policies.CallerKind.Function, Name = "rotate-it", CreatedAt = DateTimeOffset.UnixEpoch },
        Kind = kind,
        Url = Url + path,
        RemoteRegion = "eu-central-1",
        RemoteAccessKeyId = "AKIAOFTHEENDPOINT001",
        Timeout = TimeSpan.FromSeconds(30),
    };

    public async Task<InvocationResult> Invoke(StoredFunction function, SecretText key, PortalOptions? options = null, TimeProvider? clock = null)
    {
        using var http = new FunctionHttp(options ?? Options());
        IFunctionInvoker invoker = function.Kind == FunctionKind.Webhook ? new Webhook(http, clock ?? TimeProvider.System) : new LambdaEndpoint(http, clock ?? TimeProvider.System);
        return await invoker.Invoke(function, key, FunctionFolder.Call(), default);
    }

    protected override async Task Answer(HttpContext http, byte[] body)
    {
        var raw = http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
        lock (Received)
            Received.Add(new ReceivedRequest(http.Request.Method, raw, [.. http.Request.Headers.Select(header => KeyValuePair.Create(header.Key, header.Value.ToString()))], body));
        await Respond(http);
    }
}
