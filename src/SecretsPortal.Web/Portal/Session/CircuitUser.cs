using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using SecretsPortal.Core;

namespace SecretsPortal.Web.Portal.Session;

/// <summary>Ends the session of an open page when its user is disabled, signs out elsewhere, stays idle or stays too long.</summary>
internal sealed class CircuitUser(ILoggerFactory loggers, SessionGate gate, CircuitActivity activity)
    : RevalidatingServerAuthenticationStateProvider(loggers)
{
    /// <inheritdoc/>
    protected override TimeSpan RevalidationInterval => SessionLimits.Revalidation;

    /// <inheritdoc/>
    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken)
    {
        if (activity.IsIdle)
            return false;
        try
        {
            return await gate.FindUser(authenticationState.User, cancellationToken) is not null;
        }
        catch (PortalException)
        {
            // A store that is away for a moment must not throw away what the user is typing: without the store no action
            // is carried out anyway, and each one asks again.
            return true;
        }
    }
}
