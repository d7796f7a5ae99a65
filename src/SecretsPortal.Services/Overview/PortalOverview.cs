using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;

namespace SecretsPortal.Services.Overview;

/// <summary>How everything is, as far as the viewer may see it.</summary>
public sealed class PortalOverview
{
    private readonly OverviewParts _parts;
    private readonly Authorizer _authorizer;
    private readonly AuditRecorder _recorder;

    internal PortalOverview(OverviewParts parts, Authorizer authorizer, AuditRecorder recorder)
    {
        _parts = parts;
        _authorizer = authorizer;
        _recorder = recorder;
    }

    /// <summary>
    /// Opens the overview of the call's region (action <c>secretsportal:ViewOverview</c>, which every user may): each part is there where the policies
    /// allow its own action. What they do not allow is no denial, for nobody asked for it.
    /// </summary>
    public Task<OverviewView> Open(CallContext call, CancellationToken cancel) =>
        _recorder.Recording(call, PortalActions.ViewOverview, "*", _ => Read(call, cancel), cancel);

    /// <summary>The numbers anew for a page that is open already; it leaves no record beside the one of its opening.</summary>
    public Task<OverviewView> Refresh(CallContext call, CancellationToken cancel) => Read(call, cancel);

    private async Task<OverviewView> Read(CallContext call, CancellationToken cancel)
    {
        var maySearch = await May(call, PortalActions.SearchAudit, cancel);
        return new OverviewView
        {
            At = _parts.Now,
            Secrets = await May(call, SecretActions.ListSecrets, cancel) ? await _parts.Secrets(call.Region, cancel) : null,
            Rotations = await May(call, PortalActions.ListRotations, cancel) ? await _parts.Rotations(call.Region, cancel) : null,
            Changes = maySearch ? await _parts.Changes(cancel) : null,
            Kms = await May(call, PortalActions.ListKeys, cancel) ? await _parts.Kms(call.Region, cancel) : null,
            Audit = maySearch ? await _parts.Audit(cancel) : null,
        };
    }

    private async Task<bool> May(CallContext call, string action, CancellationToken cancel) =>
        (await _authorizer.Decide(call, action, "*", secret: null, cancel)).IsAllowed;
}
