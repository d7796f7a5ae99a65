using Microsoft.AspNetCore.Components.Server.Circuits;

namespace SecretsPortal.Web.Portal.Session;

/// <summary>
/// Remembers when the user of an open page last did something. An open page makes no requests, so the cookie's own clock
/// cannot end an idle one.
/// </summary>
internal sealed class CircuitActivity(TimeProvider time) : CircuitHandler
{
    private long _lastTicks = time.GetUtcNow().UtcTicks;

    /// <summary>True after the idle time of a session has passed without any event from the browser.</summary>
    public bool IsIdle => time.GetUtcNow().UtcTicks - Interlocked.Read(ref _lastTicks) > SessionLimits.Idle.Ticks;

    /// <inheritdoc/>
    public override Func<CircuitInboundActivityContext, Task> CreateInboundActivityHandler(Func<CircuitInboundActivityContext, Task> next) =>
        context =>
        {
            Interlocked.Exchange(ref _lastTicks, time.GetUtcNow().UtcTicks);
            return next(context);
        };
}
