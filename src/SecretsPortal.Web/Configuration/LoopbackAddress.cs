using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using SecretsPortal.Services.Rotation.Functions;

namespace SecretsPortal.Web.Configuration;

/// <summary>Where the portal's own machine reaches it, from what the server listens on.</summary>
/// <param name="server">The server; it knows its addresses once it has started.</param>
internal sealed class LoopbackAddress(IServer server) : IPortalAddress
{
    /// <summary>Of http first: a certificate is for another name than the loopback's.</summary>
    public Uri? Loopback => (server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [])
        .Select(Of).OfType<Uri>().OrderBy(address => address.Scheme, StringComparer.Ordinal).FirstOrDefault();

    private static Uri? Of(string text)
    {
        BindingAddress address;
        try
        {
            address = BindingAddress.Parse(text);
        }
        catch (FormatException)
        {
            return null;
        }

        if (address.IsUnixPipe || address.IsNamedPipe)
            return null;
        // What is no address, such as + and *, listens on all of them.
        var isAddress = IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip);
        var host = ip is null || ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any) ? "127.0.0.1" : address.Host;
        var isHere = !isAddress || ip!.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any) || IPAddress.IsLoopback(ip);
        return isHere ? new Uri($"{address.Scheme}://{host}:{address.Port}") : null;
    }
}
