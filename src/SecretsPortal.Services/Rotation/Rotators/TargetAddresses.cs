using System.Net;
using System.Net.Sockets;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Services.Rotation.Functions;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>
/// Where databases may be, if an administrator has said so (<see cref="RotationOptions.AllowedTargets"/>): else whoever may write a secret and check it
/// could have the portal knock anywhere in its network. The driver looks a name up once more, so that a name whose owner changes what it leads to in
/// between is not stopped: allow ranges, and let the network do the rest.
/// </summary>
internal static class TargetAddresses
{
    /// <summary>
    /// A <see cref="RotationException"/> where a host leads to an address that is not allowed, which is final, or to none: a name may be found again.
    /// </summary>
    public static async Task Check(IReadOnlyList<AllowedAddress> allowed, string host, CancellationToken cancel)
    {
        if (allowed.Count == 0)
            return;
        IPAddress[] addresses;
        try
        {
            addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancel);
        }
        catch (Exception fault) when (fault is SocketException or ArgumentException)
        {
            addresses = [];
        }

        // What a driver makes of such a name is not known: some take one for this machine.
        if (addresses.Length == 0)
            throw new RotationException(
                $"{host} can't be looked up, so it is not known whether this portal may log in to databases there. Correct \"host\" in the secret's value, or have the name entered where the portal looks names up.")
            {
                Concerns = PreflightCheck.Reachable,
            };
        if (addresses.FirstOrDefault(address => !allowed.Any(one => one.Covers(host, address))) is { } other)
            throw new RotationException(
                $"{host} leads to {other}, where this portal logs in to no database. Correct \"host\" in the secret's value, or let an administrator add the address to Portal:Rotation:AllowedTargets.",
                isFinal: true)
            {
                Concerns = PreflightCheck.Reachable,
            };
    }
}
