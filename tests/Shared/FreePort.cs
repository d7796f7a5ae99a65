using System.Net;
using System.Net.Sockets;

namespace SecretsPortal.Tests.Shared;

/// <summary>A TCP port of the loopback that nobody listened on a moment ago; for programs that cannot be given port 0.</summary>
public static class FreePort
{
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
