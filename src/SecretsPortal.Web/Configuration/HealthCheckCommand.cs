using SecretsPortal.Services.Start;

namespace SecretsPortal.Web.Configuration;

/// <summary><c>--check-health URL</c>: asks a running portal whether it is ready, for containers that hold no other program.</summary>
internal static class HealthCheckCommand
{
    private const string Name = "--check-health";

    // Below the three seconds that the container's health check waits.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2.5);

    /// <summary>True where the command line asks for this instead of a portal.</summary>
    public static bool IsAskedFor(string[] args) => args is [Name, ..];

    /// <summary>Exit code 0 where the portal is ready, 1 where it is not; the reason goes to standard error.</summary>
    public static async Task<int> Run(string[] args)
    {
        if (args is not [_, var text] || !Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new PortalStartException([$"{Name} must be followed by the portal's address alone, such as http://127.0.0.1:8210."]);
        using var http = new HttpClient { Timeout = s_patience };
        try
        {
            using var answer = await http.GetAsync(new Uri(address, "/health/ready"));
            if (answer.IsSuccessStatusCode)
                return 0;
            await Console.Error.WriteLineAsync($"{address} is not ready: {await answer.Content.ReadAsStringAsync()}");
        }
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException)
        {
            await Console.Error.WriteLineAsync($"{address} does not answer: {fault.Message}");
        }

        return 1;
    }
}
