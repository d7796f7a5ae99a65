using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SecretsPortal.Services.Tests.Kms.Servers;

/// <summary>
/// An HTTPS server on the loopback with a certificate of a CA of its own, which can be made to hang, to fail, to throttle and to go away. Clients reach it
/// under host names as in the world outside, and verify its certificate against that CA.
/// </summary>
internal abstract class LoopbackServer : IAsyncDisposable
{
    private readonly X509Certificate2 _authority;
    private readonly X509Certificate2 _certificate;
    private readonly WebApplication _app;
    private int _requests;
    private int _interfered;

    protected LoopbackServer(params string[] hosts)
    {
        (_authority, _certificate) = Issue(hosts);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(_certificate)));
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Run(Serve);
    }

    /// <summary>The port, once started.</summary>
    public int Port { get; private set; }

    /// <summary>The certificate of the CA.</summary>
    public string AuthorityPem => _authority.ExportCertificatePem();

    /// <summary>How many requests came.</summary>
    public int Requests => _requests;

    /// <summary>Answers a request in place of the service; set by a test, null while all is well. Gets how many it has answered before.</summary>
    public Func<HttpContext, int, Task<bool>>? Interference { get; set; }

    public async Task Start()
    {
        await _app.StartAsync();
        Port = new Uri(_app.Urls.First()).Port;
    }

    /// <summary>What holds requests until their client gives up.</summary>
    public void Hang() => Interference = async (http, _) =>
    {
        await Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        return true;
    };

    /// <summary>Answers the next requests with a status, and a Retry-After if given; then all is well again.</summary>
    public void Fail(int status, int requests = int.MaxValue, string? retryAfter = null)
    {
        _interfered = 0;
        Interference = (http, before) =>
        {
            if (before >= requests)
                return Task.FromResult(false);
            http.Response.StatusCode = status;
            if (retryAfter is not null)
                http.Response.Headers.RetryAfter = retryAfter;
            return Task.FromResult(true);
        };
    }

    /// <summary>Connects to this server whatever the host's name, and trusts its CA alone.</summary>
    public SocketsHttpHandler Handler() => new()
    {
        ConnectCallback = async (_, cancel) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, Port, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
        SslOptions =
        {
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { _authority },
                RevocationMode = X509RevocationMode.NoCheck,
            },
        },
    };

    public async ValueTask DisposeAsync()
    {
        Interference = null;
        await _app.DisposeAsync();
        _certificate.Dispose();
        _authority.Dispose();
    }

    protected abstract Task Answer(HttpContext http, byte[] body);

    private async Task Serve(HttpContext http)
    {
        Interlocked.Increment(ref _requests);
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        if (Interference is { } interference && await interference(http, Interlocked.Increment(ref _interfered) - 1))
            return;
        await Answer(http, body.ToArray());
    }

    private static (X509Certificate2 Authority, X509Certificate2 Leaf) Issue(string[] hosts)
    {
        var from = TimeProvider.System.GetUtcNow().AddDays(-1);
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest("CN=CA of the tests", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var authority = authorityRequest.CreateSelfSigned(from, from.AddDays(10));

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=server of the tests", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var host in hosts)
            names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        using var bare = request.Create(authority, from, from.AddDays(9), RandomNumberGenerator.GetBytes(8));
        using var withKey = bare.CopyWithPrivateKey(key);
        return (authority, X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pfx), null));
    }
}
