using SecretsPortal.Core.Policies;
using SecretsPortal.Core.SigV4;

namespace SecretsPortal.Services.Access;

/// <summary>A request whose signature holds.</summary>
/// <param name="Caller">Who signed it.</param>
/// <param name="Region">The scope's region, one that the portal serves.</param>
public sealed record AuthenticatedRequest(Caller Caller, string Region);

/// <summary>Turns a signed request into a caller.</summary>
public sealed class RequestAuthenticator
{
    /// <summary>
    /// Verifies SigV4 in full, refuses unknown and disabled keys and callers and unknown regions, records a refusal in the log.
    /// </summary>
    /// <param name="request">The request as it came.</param>
    /// <param name="action">What it asks for, for the record of a refusal.</param>
    /// <param name="sourceAddress">Where it came from.</param>
    /// <param name="requestId">The id that the answer carries.</param>
    /// <param name="cancel">Ends the wait.</param>
    public Task<AuthenticatedRequest> Authenticate(
        SignedRequest request, string action, string sourceAddress, string requestId, CancellationToken cancel) => throw new NotImplementedException();
}
