using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>Asks, for a resource policy that shall hang on a secret, whether anybody at all is left who could read the secret and change the policy.</summary>
internal sealed class LockOutCheck(CallerStore callers, AccessCache access, PolicyCache policies, PortalOptions options, TimeProvider clock)
{
    private const int CallersAtOnce = 200;

    // Rotation functions reach a secret only while it is rotated, so they don't count.
    private static readonly CallerKind[] s_kinds = [CallerKind.User, CallerKind.Client];

    /// <summary>
    /// Who is left; callers are asked until somebody is found for each, the one who asks first. A policy that can't be read leaves nobody.
    /// </summary>
    public async Task<AccessLeft> Find(Secret secret, string resourcePolicy, Caller asking, CancellationToken cancel)
    {
        if (policies.Read(resourcePolicy, isResourcePolicy: true) is not { } document)
            return new AccessLeft(null, null);
        var hung = new NamedPolicy(Authorizer.ResourcePolicyName, document);
        // What its credentials are narrowed to says nothing of what the caller may with others.
        var left = await Ask(secret, hung, [asking with { SessionPolicy = null }], new AccessLeft(null, null), cancel);
        foreach (var kind in s_kinds)
        {
            string? after = null;
            while (left.IsLockOut)
            {
                var page = await callers.List(kind, prefix: "", after, CallersAtOnce, cancel);
                var enabled = page.Where(c => !c.IsDisabled).Select(c => CallerArn.CallerOf(c, options.AccountId, accessKeyId: null)).ToList();
                left = await Ask(secret, hung, enabled, left, cancel);
                if (page.Count < CallersAtOnce)
                    break;
                after = page[^1].Name;
            }
        }

        return left;
    }

    private async Task<AccessLeft> Ask(Secret secret, NamedPolicy hung, IReadOnlyList<Caller> asked, AccessLeft left, CancellationToken cancel)
    {
        var candidates = new List<LockOutCandidate>();
        foreach (var caller in asked)
        {
            var grants = await access.FindGrants(caller.Id, asOf: null, cancel);
            if (grants.Unreadable is not null)
                continue;
            var context = new RequestConditions(new CallContext(caller, secret.Arn.Region, "unknown", "lock-out"), secret, clock.Now());
            context.AddTags(grants.Tags);
            candidates.Add(new LockOutCandidate(caller, grants.Policies, context));
        }

        var found = LockOut.Find(secret.Arn.ToString(), hung, candidates);
        return new AccessLeft(left.Reader ?? found.Reader, left.Keeper ?? found.Keeper);
    }
}
