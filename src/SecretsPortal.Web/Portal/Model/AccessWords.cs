using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>The portal's words for who may what.</summary>
internal static class AccessWords
{
    /// <summary>A kind of caller.</summary>
    public static string Of(CallerKind kind) => kind switch
    {
        CallerKind.User => "User",
        CallerKind.Client => "Client",
        CallerKind.Function => "Rotation function",
        _ => "The portal",
    };

    /// <summary>What a policy is attached to.</summary>
    public static string Of(PolicyTargetKind kind) => kind switch
    {
        PolicyTargetKind.User => "User",
        PolicyTargetKind.Client => "Client",
        _ => "Group",
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
        (PolicyKind.Resource, _) => "the secret's own policy",
        (PolicyKind.Session, _) => "came with the temporary credentials",
        (_, { } group) => $"through group {group}",
        _ => "attached directly",
    };

    /// <summary>What came of a statement.</summary>
    public static string OutcomeOf(StatementTrace statement) => (statement.Fault, statement.Misfit) switch
    {
        ({ } fault, _) => $"It can't be evaluated, and then nothing is allowed: {fault}",
        (_, null) => "It fits: caller, action, resource and conditions.",
        (_, StatementPart.Principal) => "It does not apply: it does not name this caller.",
        (_, StatementPart.Action) => "It does not apply: it does not name this action.",
        (_, StatementPart.Resource) => "It does not apply: it does not name this resource.",
        _ when statement.IsKeyMissing => $"It does not apply: its condition {statement.ConditionOperator} asks for {statement.ConditionKey}, which the request does not have.",
        _ => $"It does not apply: its condition {statement.ConditionOperator} on {statement.ConditionKey} does not hold.",
    };
}
