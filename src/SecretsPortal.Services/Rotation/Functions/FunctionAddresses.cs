using System.Net;
using System.Net.Sockets;
using SecretsPortal.Core.Policies;

namespace SecretsPortal.Services.Rotation.Functions;

/// <summary>An address that a function must not have. The message names cause and remedy.</summary>
internal sealed class ForbiddenAddressException(string message) : Exception(message);

/// <summary>
/// Decides at the moment of connecting, with the addresses that are connected to, so that a name can't be one thing when it is looked at and
/// another when it is used.
/// </summary>
internal static class FunctionAddresses
{
    private static readonly (AddressRange Range, string What)[] s_forbidden =
    [
        Range("0.0.0.0/8", "of this machine itself"),
        Range("127.0.0.0/8", "of this machine itself"),
        Range("::/128", "of this machine itself"),
        Range("::1/128", "of this machine itself"),
        Range("169.254.0.0/16", "link-local, where clouds keep their metadata"),
        Range("fe80::/10", "link-local"),
        Range("224.0.0.0/4", "multicast"),
        Range("ff00::/8", "multicast"),
        Range("240.0.0.0/4", "reserved"),
        // What clouds serve credentials and their machines' settings at, outside the link-local ranges.
        Range("fd00:ec2::/32", "a cloud's metadata"),
        Range("100.100.100.200/32", "a cloud's metadata"),
        Range("168.63.129.16/32", "a cloud's metadata"),
        Range("192.0.0.192/32", "a cloud's metadata"),
        Range("fd20:ce::254/128", "a cloud's metadata"),
    ];

    /// <summary>What is wrong with the address; null where nothing is.</summary>
    public static string? Fault(IPAddress address)
    {
        var plain = Unwrap(address);
        return s_forbidden.FirstOrDefault(entry => entry.Range.Contains(plain)).What;
    }

    /// <summary>Connects to the first address of the host that may be connected to and answers.</summary>
    /// <param name="options">With the addresses that are allowed all the same.</param>
    /// <param name="host">A name or an address.</param>
    /// <param name="port">Its port.</param>
    /// <param name="isPlain">True for http: that is for allowed addresses alone.</param>
    /// <param name="cancel">Ends the attempt.</param>
    public static async Task<Socket> Connect(FunctionOptions options, string host, int port, bool isPlain, CancellationToken cancel)
    {
        // The resolver refuses to look at 0.0.0.0, which would be connected to as this machine.
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancel);
        var permitted = addresses.Where(address => IsAllowed(options, host, address) || (!isPlain && Fault(address) is null)).ToArray();
        if (permitted.Length == 0)
        {
            var refused = addresses.Select(address => (Address: address, What: Fault(address))).FirstOrDefault(entry => entry.What is not null);
            throw new ForbiddenAddressException(refused.What is { } what
                ? $"{host} leads to {refused.Address}, which is {what}. An administrator can allow it by Portal:Functions:AllowedAddresses."
                : $"{host} is spoken to in the clear, by http. Use https, or let an administrator allow it by Portal:Functions:AllowedAddresses.");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(permitted, port, cancel);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool IsAllowed(FunctionOptions options, string host, IPAddress address) => options.AllowedAddresses.Any(allowed => allowed.Covers(host, address));

    // Forms of IPv6 that carry an IPv4 address: mapped, NAT64 (64:ff9b::/96) and 6to4 (2002::/16).
    private static IPAddress Unwrap(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        ReadOnlySpan<byte> nat64 = [0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];
        if (bytes.AsSpan().StartsWith(nat64))
            return new IPAddress(bytes.AsSpan(12, 4));
        if (bytes is [0x20, 0x02, ..])
            return new IPAddress(bytes.AsSpan(2, 4));
        return bytes.AsSpan(0, 12).ContainsAnyExcept((byte)0) || address.Equals(IPAddress.IPv6Loopback) || address.Equals(IPAddress.IPv6Any)
            ? address
            : new IPAddress(bytes.AsSpan(12, 4));
    }

    private static (AddressRange Range, string What) Range(string range, string what) => (AddressRange.TryParse(range)!, what);
}
