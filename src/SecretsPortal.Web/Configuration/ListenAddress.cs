using System.Globalization;
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

    /// <summary>A fault for each address or port that has not the form of one; whether it can be listened on shows when it is tried.</summary>
    public static IEnumerable<string> Faults(IConfiguration configuration)
    {
        foreach (var key in s_keys)
        {
            var values = (configuration[key] ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            foreach (var value in values)
            {
                if (key == "urls" && !IsAddress(value))
                    yield return $"{key}: {value} is not an address; write it like {Default}.";
                else if (key != "urls" && !IsPort(value))
                    yield return $"{key}: {value} is not a port; write a number from 0 to 65535.";
            }

            // The host heeds the first key that is set.
            if (values.Length > 0)
                yield break;
        }
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

    private static bool IsAddress(string text)
    {
        try
        {
            var address = BindingAddress.Parse(text);
            // What follows a colon and is no number counts as part of the host's name.
            var isNamed = address.IsUnixPipe || address.IsNamedPipe || address.Host.StartsWith('[') || !address.Host.Contains(':', StringComparison.Ordinal);
            var hasScheme = address.Scheme.Equals("http", StringComparison.OrdinalIgnoreCase) || address.Scheme.Equals("https", StringComparison.OrdinalIgnoreCase);
            return hasScheme && isNamed && address.PathBase.Length == 0 && address.Port is >= 0 and <= 65_535;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static bool IsPort(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65_535;

    private static PortalStartException Fault(WebApplication app, string what) =>
        new([$"urls: {(app.Urls.Count == 0 ? app.Configuration["urls"] ?? "the address" : string.Join(", ", app.Urls))} {what}."]);
}
