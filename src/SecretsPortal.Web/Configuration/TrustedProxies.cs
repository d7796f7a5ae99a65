using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace SecretsPortal.Web.Configuration;

/// <summary>
/// Proxies that end TLS in front of the portal. What they say in <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> is where a request came from and how; from
/// anybody else both headers count for nothing, since policies, the log and the delay after wrong passwords go by it.
/// </summary>
internal static class TrustedProxies
{
    /// <summary>Addresses and ranges, separated by commas.</summary>
    public static List<IPNetwork> Read(SettingReader settings)
    {
        var networks = new List<IPNetwork>();
        foreach (var text in (settings.Text(SettingKeys.TrustedProxies) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (IPNetwork.TryParse(text, out var network))
                networks.Add(network);
            else if (IPAddress.TryParse(text, out var address))
                networks.Add(new IPNetwork(address, address.GetAddressBytes().Length * 8));
            else
                settings.Fault($"{SettingKeys.TrustedProxies}: {text} is neither an address nor a range such as 10.0.0.0/24.");
        }

        return networks;
    }

    /// <summary>
    /// Has to come before everything that asks where a request came from. A chain of proxies is followed back to the first one that is not trusted. The host
    /// is never taken from a header: a signature covers the one that the client named, so a proxy has to hand it on.
    /// </summary>
    public static void UseTrustedProxies(this WebApplication app, IReadOnlyList<IPNetwork> proxies)
    {
        if (proxies.Count == 0)
            return;
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            ForwardLimit = null,
        };
        // Both hold the loopback from the start.
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
            options.KnownIPNetworks.Add(proxy);
        app.UseForwardedHeaders(options);
    }
}
