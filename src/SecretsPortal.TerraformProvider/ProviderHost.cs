using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace SecretsPortal.TerraformProvider;

/// <summary>The server: gRPC over TLS on a Unix socket, for one client. No configuration file, no port, no signal ends it.</summary>
internal static class ProviderHost
{
    // What a plan may hold is bounded by Terraform; its own limit is of this size.
    private const int MaxMessageSize = 64 << 20;

    /// <summary>Makes the server.</summary>
    /// <param name="socket">Where it listens; the file must not exist.</param>
    /// <param name="server">Its certificate, with the key.</param>
    /// <param name="client">The only certificate that may connect.</param>
    /// <param name="minimum">The least severe log entries that are written.</param>
    public static WebApplication Build(string socket, X509Certificate2 server, X509Certificate2 client, LogLevel minimum)
    {
        // This reads the machine's whole trust store, which nobody needs here and nothing switches off; so it runs beside the rest of the
        // start, and is done before Terraform has connected.
        var tls = Task.Run(() => TlsOptions(server, client));
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddProvider(new HclogProvider(Console.Error, minimum, TimeProvider.System)).SetMinimumLevel(minimum)
            // Its errors name the method alone, but its debug entries are per message and say nothing that Terraform's do not.
            .AddFilter("Microsoft", LogLevel.Warning).AddFilter("Grpc", LogLevel.Warning);
        var watch = new ConnectionWatch(TimeProvider.System);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxMessageSize;
            kestrel.ListenUnixSocket(socket, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                listen.Use(next => connection => watch.WatchAsync(connection, next));
                listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => new ValueTask<SslServerAuthenticationOptions>(tls) });
            });
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = MaxMessageSize;
            grpc.MaxSendMessageSize = MaxMessageSize;
        });
        builder.Services
            .AddSingleton(TimeProvider.System)
            .AddSingleton<ProviderSession>()
            .AddSingleton<ProviderService>()
            .AddSingleton<ControllerService>()
            .AddSingleton<StdioService>()
            .AddSingleton<IHostLifetime, TerraformLifetime>()
            .Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        var app = builder.Build();
        app.MapGrpcService<ProviderService>();
        app.MapGrpcService<ControllerService>();
        app.MapGrpcService<StdioService>();
        watch.Abandoned += app.Lifetime.StopApplication;
        return app;
    }

    private static SslServerAuthenticationOptions TlsOptions(X509Certificate2 server, X509Certificate2 client)
    {
        var onlyTerraform = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true,
        };
        onlyTerraform.CustomTrustStore.Add(client);
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(server, additionalCertificates: null, offline: true),
            ClientCertificateRequired = true,
            CertificateChainPolicy = onlyTerraform,
            // The comparison is the whole decision: a certificate made for one purpose by one process has no other virtue.
            RemoteCertificateValidationCallback = (_, peer, _, _) =>
                peer is X509Certificate2 certificate && Handshake.IsExpected(client, certificate),
        };
    }

    /// <summary>
    /// Terraform decides when the process ends. Ctrl-C reaches the whole process group, and what is under way has to be finished.
    /// </summary>
    private sealed class TerraformLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

/// <summary>Notices that Terraform is gone without a word (killed, say), so that no process is left behind.</summary>
internal sealed class ConnectionWatch(TimeProvider time)
{
    /// <summary>How long a lost connection may be missing; Terraform's client comes back within a second where it lives.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private int _open;

    /// <summary>Raised when the last connection was lost and none came back.</summary>
    public event Action? Abandoned;

    /// <summary>Counts a connection while it lasts.</summary>
    public async Task WatchAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        Interlocked.Increment(ref _open);
        try
        {
            await next(connection);
        }
        finally
        {
            if (Interlocked.Decrement(ref _open) == 0)
                _ = EndUnlessReopenedAsync();
        }
    }

    private async Task EndUnlessReopenedAsync()
    {
        await Task.Delay(Grace, time);
        if (Volatile.Read(ref _open) == 0)
            Abandoned?.Invoke();
    }
}
