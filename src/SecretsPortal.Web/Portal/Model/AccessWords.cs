using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>The portal's words for who may what.</summary>
internal static class AccessWords
{
    /// <summary>A kind of caller.</summary>
    public static string Of(CallerKind kind) => kind switch
    {
        CallerKind.User => AccessText.User,
        CallerKind.Client => AccessText.Client,
        CallerKind.Function => AccessText.Function,
        _ => AccessText.Portal,
    };

    /// <summary>What a policy is attached to.</summary>
    public static string Of(PolicyTargetKind kind) => kind switch
    {
        PolicyTargetKind.User => AccessText.User,
        PolicyTargetKind.Client => AccessText.Client,
        _ => AccessText.Group,
    };

    /// <summary>The page of what a policy is attached to.</summary>
    public static string RouteOf(PolicyTarget target) => target.Kind switch
    {
        PolicyTargetKind.User => PortalRoutes.User(target.Name),
        PolicyTargetKind.Client => PortalRoutes.Client(target.Name),
        _ => PortalRoutes.Group(target.Name),
    };

    /// <summary>The page of a member of a group.</summary>
    public static string RouteOf(GroupMember member) => member.Kind == CallerKind.User ? PortalRoutes.User(member.Name) : PortalRoutes.Client(member.Name);

    /// <summary>Where the policy of a statement comes from.</summary>
    public static string SourceOf(StatementTrace statement) => (statement.Kind, statement.Group) switch
    {
        (PolicyKind.Resource, _) => AccessText.SourceSecret,
        (PolicyKind.Session, _) => AccessText.SourceSession,
        (_, { } group) => Words.Fill(AccessText.SourceGroup, group),
        _ => AccessText.HeldDirectly,
    };

    /// <summary>What came of a statement.</summary>
    public static string OutcomeOf(StatementTrace statement) => (statement.Fault, statement.Misfit) switch
    {
        ({ } fault, _) => Words.Fill(AccessText.TraceFault, fault),
        (_, null) => AccessText.TraceFits,
        (_, StatementPart.Principal) => AccessText.TraceNoCaller,
        (_, StatementPart.Action) => AccessText.TraceNoAction,
        (_, StatementPart.Resource) => AccessText.TraceNoResource,
        _ when statement.IsKeyMissing => Words.Fill(AccessText.TraceNoKey, statement.ConditionOperator, statement.ConditionKey),
        _ => Words.Fill(AccessText.TraceNoHold, statement.ConditionOperator, statement.ConditionKey),
    };
}
