using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using SecretsPortal.Services.Start;

namespace SecretsPortal.Web.Configuration;

/// <summary>Where the portal listens.</summary>
internal static class ListenAddress
{
    /// <summary>Where nothing else is said: on this machine only.</summary>
    public const string Default = "http://localhost:8210";

    // Above the API's own limit, which answers in the service's form; this one holds for every other path.
    private const long MaxRequestBodyBytes = 1024 * 1024;

    // ASP.NET Core's own keys, in the order in which it heeds them.
    private static readonly string[] s_keys = ["urls", "http_ports", "https_ports"];

    /// <summary>Sets the default address and Kestrel's limits.</summary>
    public static void Configure(WebApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var isSet = s_keys.Any(key => !string.IsNullOrWhiteSpace(configuration[key]))
            || configuration.GetSection("Kestrel:Endpoints").Exists();
        if (!isSet)
            builder.WebHost.UseUrls(Default);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxRequestBodyBytes;
        });
    }

    /// <summary>Keeps the host from logging a start that failed with its stack trace: <see cref="Listen"/> tells it in plain words.</summary>
    /// <param name="builder">Whose log.</param>
    /// <param name="isStarted">True once the server listens; what the host logs from then on is nobody else's to tell.</param>
    public static void QuietFailedStart(WebApplicationBuilder builder, Func<bool> isStarted) =>
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => level >= LogLevel.Warning && isStarted());

    /// <summary>Starts the server; a faulty or taken address is a fault of the configuration, in plain words.</summary>
    public static async Task Listen(WebApplication app, CancellationToken cancel)
    {
        try
        {
            await app.StartAsync(cancel);
        }
        catch (IOException fault) when (fault.InnerException is AddressInUseException)
        {
            throw Fault(app, "is in use by another program; stop it, or choose another address with --urls http://localhost:PORT");
        }
        catch (SocketException fault)
        {
            throw Fault(app, $"cannot be listened on ({fault.SocketErrorCode}); choose another address with --urls http://localhost:PORT");
        }
        catch (FormatException)
        {
            throw Fault(app, "is not an address; write it like http://localhost:8210");
        }
    }

    /// <summary>The address to show people: the first that the server listens on.</summary>
    public static string Of(WebApplication app) => app.Urls.FirstOrDefault() ?? Default;

    private static PortalStartException Fault(WebApplication app, string what) =>
        new([$"urls: {(app.Urls.Count == 0 ? app.Configuration["urls"] ?? "the address" : string.Join(", ", app.Urls))} {what}."]);
}
