using SecretsPortal.Core.Policies;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>
/// Who counts as an administrator: a user who has the managed policy Administrator, and to whom the engine allows what is needed to set things
/// right, from here and now. Clients do not count: they cannot sign in; nor can users of an identity provider while the portal is set up for none.
/// </summary>
internal sealed class LastAdministrator(AccessCache cache, PortalOptions options, TimeProvider clock)
{
    private static readonly string[] s_needed =
        [PortalActions.CreateUser, PortalActions.UpdateUser, PortalActions.AttachPolicy, PortalActions.DetachPolicy, PortalActions.UpdatePolicy];

    /// <summary>The rule for a call's change.</summary>
    public AdministratorRule RuleFor(CallContext call) =>
        new(ManagedPolicyDocuments.Administrator.Name, (user, access) => IsEffective(call, user, access));

    private bool IsEffective(CallContext call, StoredCaller user, CallerAccess access)
    {
        if (user.Issuer is not null && options.Oidc is null)
            return false;
        var grants = cache.Compile(access);
        // What can't be read may hold a deny.
        if (grants.Unreadable is not null)
            return false;
        var administrator = CallerArn.CallerOf(user, options.AccountId, accessKeyId: null);
        var context = new RequestConditions(call with { Caller = administrator }, secret: null, clock.Now());
        context.AddTags(grants.Tags);
        // Somebody else, so that a deny on the own account does not look like one on all.
        var resource = CallerArn.Of(CallerKind.User, "anybody", options.AccountId, region: null);
        return s_needed.All(action => PolicyEvaluator.Evaluate(new AuthorizationRequest(administrator, action, resource, context), grants.Policies, resourcePolicy: null).IsAllowed);
    }
}
