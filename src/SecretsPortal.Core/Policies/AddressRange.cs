using System.Globalization;
using System.Net;

namespace SecretsPortal.Core.Policies;

/// <summary>An address, or all addresses that share its first bits. IPv4 addresses inside IPv6 count as IPv4.</summary>
public sealed class AddressRange
{
    private readonly byte[] _address;
    private readonly int _bits;

    private AddressRange(byte[] address, int bits)
    {
        _address = address;
        _bits = bits;
    }

    /// <summary>Reads <c>10.0.0.1</c>, <c>10.0.0.0/8</c> or the same in IPv6; null for anything else. Bits past the prefix are ignored.</summary>
    public static AddressRange? TryParse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        // A bare number reads as an address to the platform, and "1" is a typing error rather than 0.0.0.1.
        var host = slash < 0 ? text : text[..slash];
        if (host.AsSpan().IndexOfAny('.', ':') < 0 || host.Contains('%', StringComparison.Ordinal) || !IPAddress.TryParse(host, out var address))
            return null;
        var bytes = address.GetAddressBytes();
        if (bytes.Length == 4 && host.Split('.').Length != 4)
            return null;
        var bits = bytes.Length * 8;
        if (slash >= 0 && (!int.TryParse(text[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out bits) || bits > bytes.Length * 8))
            return null;
        return address.IsIPv4MappedToIPv6 && bits >= 96 ? new AddressRange(address.MapToIPv4().GetAddressBytes(), bits - 96) : new AddressRange(bytes, bits);
    }

    /// <summary>True where at least this many leading bits are fixed: <paramref name="ofIPv4"/> of 32, or <paramref name="ofIPv6"/> of 128.</summary>
    public bool Fixes(int ofIPv4, int ofIPv6) => _bits >= (_address.Length == 4 ? ofIPv4 : ofIPv6);

    /// <summary>True where the address lies in the range.</summary>
    public bool Contains(IPAddress address)
    {
        var bytes = (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).GetAddressBytes();
        if (bytes.Length != _address.Length)
            return false;
        var whole = _bits / 8;
        if (!bytes.AsSpan(0, whole).SequenceEqual(_address.AsSpan(0, whole)))
            return false;
        var rest = _bits % 8;
        return rest == 0 || (bytes[whole] ^ _address[whole]) >> (8 - rest) == 0;
    }
}
