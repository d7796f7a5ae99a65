namespace SecretsPortal.Web;

/// <summary>Where a request came from, for policies and for the audit.</summary>
internal static class SourceAddress
{
    /// <summary>The peer's IP address; an IPv4 address stays one where the socket speaks IPv6.</summary>
    public static string Of(HttpContext http) => http.Connection.RemoteIpAddress switch
    {
        null => "unknown",
        { IsIPv4MappedToIPv6: true } mapped => mapped.MapToIPv4().ToString(),
        var address => address.ToString(),
    };
}
