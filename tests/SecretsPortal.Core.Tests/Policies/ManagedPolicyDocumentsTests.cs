using System.Text.Json;
using SecretsPortal.Core.Naming;
using SecretsPortal.Core.Policies;

namespace SecretsPortal.Core.Tests.Policies;

public sealed class ManagedPolicyDocumentsTests
{
    // Who may what, written by hand: a new action without a line here fails, so that somebody decides it.
    private static readonly Dictionary<string, string> s_allowedBy = new()
    {
        [SecretActions.BatchGetSecretValue] = "Administrator Reader",
        [SecretActions.CancelRotateSecret] = "Administrator Operator",
        [SecretActions.CreateSecret] = "Administrator Operator",
        [SecretActions.DeleteResourcePolicy] = "Administrator",
        [SecretActions.DeleteSecret] = "Administrator Operator",
        [SecretActions.DescribeSecret] = "Administrator Operator Reader Auditor",
        [SecretActions.GetRandomPassword] = "Administrator Operator Reader",
        [SecretActions.GetResourcePolicy] = "Administrator Operator Reader Auditor",
        [SecretActions.GetSecretValue] = "Administrator Reader",
        [SecretActions.ListSecrets] = "Administrator Operator Reader Auditor",
        [SecretActions.ListSecretVersionIds] = "Administrator Operator Reader Auditor",
        [SecretActions.PutResourcePolicy] = "Administrator",
        [SecretActions.PutSecretValue] = "Administrator Operator",
        [SecretActions.RemoveRegionsFromReplication] = "Administrator Operator",
        [SecretActions.ReplicateSecretToRegions] = "Administrator Operator",
        [SecretActions.RestoreSecret] = "Administrator Operator",
        [SecretActions.RotateSecret] = "Administrator Operator",
        [SecretActions.StopReplicationToReplica] = "Administrator Operator",
        [SecretActions.TagResource] = "Administrator Operator",
        [SecretActions.UntagResource] = "Administrator Operator",
        [SecretActions.UpdateSecret] = "Administrator Operator",
        [SecretActions.UpdateSecretVersionStage] = "Administrator Operator",
        [SecretActions.ValidateResourcePolicy] = "Administrator Operator",
        [PortalActions.ListUsers] = "Administrator Operator Auditor",
        [PortalActions.GetUser] = "Administrator Operator Auditor",
        [PortalActions.CreateUser] = "Administrator",
        [PortalActions.UpdateUser] = "Administrator",
        [PortalActions.DeleteUser] = "Administrator",
        [PortalActions.ResetUserPassword] = "Administrator",
        [PortalActions.ResetUserSecondFactor] = "Administrator",
        [PortalActions.EndUserSessions] = "Administrator Operator",
        [PortalActions.ListClients] = "Administrator Operator Auditor",
        [PortalActions.GetClient] = "Administrator Operator Auditor",
        [PortalActions.CreateClient] = "Administrator",
        [PortalActions.UpdateClient] = "Administrator",
        [PortalActions.DeleteClient] = "Administrator",
        [PortalActions.CreateAccessKey] = "Administrator",
        [PortalActions.UpdateAccessKey] = "Administrator",
        [PortalActions.DeleteAccessKey] = "Administrator",
        [PortalActions.IssueTemporaryCredentials] = "Administrator",
        [PortalActions.ListGroups] = "Administrator Operator Auditor",
        [PortalActions.GetGroup] = "Administrator Operator Auditor",
        [PortalActions.CreateGroup] = "Administrator",
        [PortalActions.UpdateGroup] = "Administrator",
        [PortalActions.DeleteGroup] = "Administrator",
        [PortalActions.AddGroupMember] = "Administrator",
        [PortalActions.RemoveGroupMember] = "Administrator",
        [PortalActions.ListPolicies] = "Administrator Operator Auditor",
        [PortalActions.GetPolicy] = "Administrator Operator Auditor",
        [PortalActions.CreatePolicy] = "Administrator",
        [PortalActions.UpdatePolicy] = "Administrator",
        [PortalActions.DeletePolicy] = "Administrator",
        [PortalActions.AttachPolicy] = "Administrator",
        [PortalActions.DetachPolicy] = "Administrator",
        [PortalActions.ExplainAccess] = "Administrator Operator Auditor",
        [PortalActions.ListKeys] = "Administrator Operator Auditor",
        [PortalActions.GetKey] = "Administrator Operator Auditor",
        [PortalActions.CreateKey] = "Administrator Operator",
        [PortalActions.UpdateKey] = "Administrator Operator",
        [PortalActions.DisableKey] = "Administrator Operator",
        [PortalActions.EnableKey] = "Administrator Operator",
        [PortalActions.ScheduleKeyDeletion] = "Administrator Operator",
        [PortalActions.CancelKeyDeletion] = "Administrator Operator",
        [PortalActions.RewrapKey] = "Administrator Operator",
        [PortalActions.ListRotations] = "Administrator Operator Auditor",
        [PortalActions.PauseRotations] = "Administrator Operator",
        [PortalActions.ResumeRotations] = "Administrator Operator",
        [PortalActions.ListNotificationChannels] = "Administrator Operator Auditor",
        [PortalActions.GetNotificationChannel] = "Administrator Operator Auditor",
        [PortalActions.CreateNotificationChannel] = "Administrator Operator",
        [PortalActions.UpdateNotificationChannel] = "Administrator Operator",
        [PortalActions.DeleteNotificationChannel] = "Administrator Operator",
        [PortalActions.TestNotificationChannel] = "Administrator Operator",
        [PortalActions.SearchAudit] = "Administrator Operator Auditor",
        [PortalActions.ExportAudit] = "Administrator Operator Auditor",
        [PortalActions.VerifyAudit] = "Administrator Operator Auditor",
        [PortalActions.ArchiveAudit] = "Administrator Operator",
        [PortalActions.ViewJobs] = "Administrator Operator Auditor",
        [PortalActions.ViewStatus] = "Administrator Operator Auditor",
        [PortalActions.ListFunctions] = "Administrator Operator Auditor",
        [PortalActions.GetFunction] = "Administrator Operator Auditor",
        [PortalActions.CreateFunction] = "Administrator",
        [PortalActions.UpdateFunction] = "Administrator",
        [PortalActions.DeleteFunction] = "Administrator",
        [PortalActions.TestFunction] = "Administrator",
        [PortalActions.RemoveResourcePolicy] = "Administrator",
        [PortalActions.GetSecretFingerprints] = "Administrator",
        [PortalActions.SignIn] = "Administrator",
        [PortalActions.SignOut] = "Administrator",
        [PortalActions.ChangeOwnPassword] = "Administrator",
        [PortalActions.ManageOwnSecondFactor] = "Administrator",
        [PortalActions.EndOwnSessions] = "Administrator",
        [PortalActions.ViewAccount] = "Administrator",
        [PortalActions.ProveIdentity] = "Administrator",
        [PortalActions.ViewOverview] = "Administrator",
        [PortalActions.ManageJobs] = "Administrator Operator",
        [PortalActions.ListBackups] = "Administrator Operator Auditor",
        [PortalActions.CreateBackup] = "Administrator Operator",
        [PortalActions.DownloadBackup] = "Administrator",
        [PortalActions.DeleteBackup] = "Administrator Operator",
        [PortalActions.ManageOwnViews] = "Administrator",
    };

    public static TheoryData<string> Actions => [.. PortalActions.Known];

    [Fact]
    public void Each_known_action_is_decided() => Assert.Equal(PortalActions.Known.Order(StringComparer.Ordinal), s_allowedBy.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Actions))]
    public void Each_managed_policy_allows_what_was_decided(string action)
    {
        // Whatever resource an action is asked on, the managed policies answer alike.
        foreach (var resource in (string[])["*", Policies.Arn, Policies.User, "arn:aws:kms:us-east-1:000000000000:key/1"])
        {
            var allowing = ManagedPolicyDocuments.All.Where(p => Allows(p, Policies.Request() with { Action = action, Resource = resource })).Select(p => p.Name);
            Assert.Equal(s_allowedBy[action], string.Join(' ', allowing));
        }
    }

    [Fact]
    public void An_operator_names_no_function_to_rotate_with()
    {
        var request = Policies.Request(("secretsmanager:RotationLambdaARN", ["arn:aws:lambda:us-east-1:000000000000:function:mine"])) with { Action = SecretActions.RotateSecret };

        Assert.False(Allows(ManagedPolicyDocuments.Operator, request));
        Assert.True(Allows(ManagedPolicyDocuments.Administrator, request));
        Assert.False(Allows([ManagedPolicyDocuments.Administrator, ManagedPolicyDocuments.Operator], request));
    }

    /// <summary>The own account is everybody's, whatever the policies say.</summary>
    [Theory]
    [MemberData(nameof(Actions))]
    public void What_an_operator_may_not_no_other_policy_gives_beside_it(string action)
    {
        var isAllowed = Allows([ManagedPolicyDocuments.Administrator, ManagedPolicyDocuments.Operator], Policies.Request() with { Action = action, Resource = Policies.Arn });

        Assert.Equal(s_allowedBy[action].Contains("Operator", StringComparison.Ordinal) || PortalActions.OwnAccount.Contains(action), isAllowed);
    }

    [Fact]
    public void Each_document_is_short_and_names_known_actions_only()
    {
        Assert.All(ManagedPolicyDocuments.All, p => Assert.InRange(p.Document.Length, 1, PolicyDocument.MaxLength));
        Assert.All(ManagedPolicyDocuments.All, p => Assert.Same(p.Name, Names.Principal("Name", p.Name)));
        foreach (var policy in ManagedPolicyDocuments.All.Where(p => p != ManagedPolicyDocuments.Administrator))
        {
            var statements = JsonDocument.Parse(policy.Document).RootElement.GetProperty("Statement").EnumerateArray().ToList();
            Assert.Subset(PortalActions.Known.ToHashSet(), statements.SelectMany(ActionsOf).ToHashSet());
            foreach (var effect in statements.GroupBy(s => s.GetProperty("Effect").GetString()))
                Assert.Distinct(effect.SelectMany(ActionsOf));
        }
    }

    private static IEnumerable<string> ActionsOf(JsonElement statement) => statement.GetProperty("Action").EnumerateArray().Select(a => a.GetString()!);

    private static bool Allows(ManagedPolicy policy, AuthorizationRequest request) => Allows([policy], request);

    private static bool Allows(IEnumerable<ManagedPolicy> policies, AuthorizationRequest request) => PolicyEvaluator.Evaluate(
        request, [.. policies.Select(p => new NamedPolicy(p.Name, PolicyDocument.Parse(p.Document, isResourcePolicy: false)))], null).IsAllowed;
}
