using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace SecretsPortal.Tests.Shared;

/// <summary>
/// A TCP port of the loopback that nobody listens on; for programs that cannot be given port 0. It lies below the ports that the system hands
/// out by itself, or a connection of somebody else's might take it before the program listens.
/// </summary>
public static class FreePort
{
    private const int First = 15_000;
    private const int End = 32_000;

    public static int Next()
    {
        while (true)
        {
            var port = RandomNumberGenerator.GetInt32(First, End);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Another one, then.
            }
        }
    }
}
