using System.Net;
using SecretsPortal.Core.Policies;

namespace SecretsPortal.Services.Rotation.Functions;

/// <summary>Settings of rotation functions.</summary>
public sealed record FunctionOptions
{
    /// <summary>The folder below which the code of functions of the kind Process lies; null where there are none.</summary>
    public string? Directory { get; init; }

    /// <summary>Where functions reach the portal's API; null for the portal's own address on this machine.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>Addresses that endpoints and webhooks may have although they are the machine's own, link-local or a cloud's metadata.</summary>
    public IReadOnlyList<AllowedAddress> AllowedAddresses { get; init; } = [];

    /// <summary>Certificates (PEM) that endpoints and webhooks may be vouched for by; null for those that the system trusts.</summary>
    public string? CaFile { get; init; }

    /// <summary>The first of the <see cref="UserIds"/> user ids that processes run as where the portal runs as root.</summary>
    public int FirstUserId { get; init; } = 61_184;

    /// <summary>How many user ids there are for processes: one is drawn for each event.</summary>
    public const int UserIds = 4096;
}

/// <summary>An address that is allowed: a range, or a host by its name.</summary>
/// <param name="Range">The range; null for a host.</param>
/// <param name="Host">The host's name in lower case; null for a range.</param>
public sealed record AllowedAddress(AddressRange? Range, string? Host)
{
    /// <summary>Reads <c>127.0.0.1</c>, <c>10.0.0.0/8</c> or <c>functions.example</c>; null for anything else.</summary>
    public static AllowedAddress? TryParse(string text)
    {
        if (AddressRange.TryParse(text) is { } range)
            return new AllowedAddress(range, null);
        return Uri.CheckHostName(text) == UriHostNameType.Dns ? new AllowedAddress(null, text.ToLowerInvariant()) : null;
    }

    /// <summary>True where the address, which <paramref name="host"/> resolved to, is meant.</summary>
    public bool Covers(string host, IPAddress address) =>
        Range is not null ? Range.Contains(address) : host.Equals(Host, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Tells where the portal's API is on this machine; the host knows it once it listens.</summary>
public interface IPortalAddress
{
    /// <summary>An address of http or https on the loopback; null where the portal does not listen there.</summary>
    Uri? Loopback { get; }
}

/// <summary>A host that does not say where it listens.</summary>
internal sealed class NoPortalAddress : IPortalAddress
{
    /// <inheritdoc/>
    public Uri? Loopback => null;
}
