using System.Text;
using static SecretsPortal.Core.Policies.PortalActions;
using static SecretsPortal.Core.Policies.SecretActions;

namespace SecretsPortal.Core.Policies;

/// <summary>An identity policy that comes with the portal.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it is for, in a sentence.</param>
/// <param name="Document">IAM's JSON.</param>
public sealed record ManagedPolicy(string Name, string Description, string Document);

/// <summary>
/// The policies that come with the portal and cannot be changed. Each but Administrator lists its actions one by one, so that an action of a
/// later version is not allowed before somebody decided it.
/// </summary>
public static class ManagedPolicyDocuments
{
    /// <summary>Allows everything.</summary>
    public static ManagedPolicy Administrator { get; } = new(
        nameof(Administrator), "Everything, access of others included.", Document(Allow("Everything", "*")));

    /// <summary>
    /// Allows the running of the portal, its secrets and its keys, and denies reading values and changing who may: whatever else is attached beside
    /// it, see <see cref="Operator"/>'s remarks.
    /// </summary>
    /// <remarks>
    /// Functions are denied because they are given values, and a rotation with a function that the request names likewise; it may be started as it is
    /// set up. What stays possible, because the work needs it: writing a value (whoever writes one knows it), tagging (a tag may decide
    /// what somebody else may), and keys (whoever holds one and a copy of the database can open what it wraps,
    /// which is why copies are not handed out to operators). See docs/security.md.
    /// </remarks>
    public static ManagedPolicy Operator { get; } = new(
        nameof(Operator), "Runs secrets, rotations, keys and the portal. Reads no values, and changes nothing of who may.",
        Document(
            Allow("Secrets",
                ListSecrets, DescribeSecret, ListSecretVersionIds, GetResourcePolicy, ValidateResourcePolicy, GetRandomPassword, CreateSecret, PutSecretValue,
                UpdateSecret, UpdateSecretVersionStage, TagResource, UntagResource, DeleteSecret, RestoreSecret, CancelRotateSecret,
                ReplicateSecretToRegions, RemoveRegionsFromReplication, StopReplicationToReplica),
            Allow("RotationsAsSetUp", RotateSecret) with { Condition = """{ "Null": { "secretsmanager:RotationLambdaARN": "true" } }""" },
            Allow("Callers", ListUsers, GetUser, EndUserSessions, ListClients, GetClient, ListGroups, GetGroup, ListPolicies, GetPolicy, ExplainAccess),
            Allow("Keys", ListKeys, GetKey, CreateKey, UpdateKey, DisableKey, EnableKey, ScheduleKeyDeletion, CancelKeyDeletion, RewrapKey),
            Allow("Rotations", ListRotations, PauseRotations, ResumeRotations),
            Allow("Notifications",
                ListNotificationChannels, GetNotificationChannel, CreateNotificationChannel, UpdateNotificationChannel, DeleteNotificationChannel,
                TestNotificationChannel),
            Allow("Running",
                SearchAudit, ExportAudit, VerifyAudit, ArchiveAudit, ViewJobs, ManageJobs, ViewStatus, ListBackups, CreateBackup, DeleteBackup, ListFunctions, GetFunction),
            Deny("NoValues", GetSecretValue, BatchGetSecretValue, GetSecretFingerprints, DownloadBackup),
            Deny("NoFunctions", CreateFunction, UpdateFunction, DeleteFunction, TestFunction),
            Deny("NoOtherRotations", RotateSecret) with { Condition = """{ "Null": { "secretsmanager:RotationLambdaARN": "false" } }""" },
            Deny("NotWhoMay",
                PutResourcePolicy, DeleteResourcePolicy, RemoveResourcePolicy, CreateUser, UpdateUser, DeleteUser, ResetUserPassword, ResetUserSecondFactor,
                CreateClient, UpdateClient, DeleteClient, CreateAccessKey, UpdateAccessKey, DeleteAccessKey, IssueTemporaryCredentials, CreateGroup, UpdateGroup,
                DeleteGroup, AddGroupMember, RemoveGroupMember, CreatePolicy, UpdatePolicy, DeletePolicy, AttachPolicy, DetachPolicy)));

    /// <summary>Allows reading secrets, their values included, and changes nothing.</summary>
    public static ManagedPolicy Reader { get; } = new(
        nameof(Reader), "Reads secrets, their values included.",
        Document(Allow("Secrets", ListSecrets, DescribeSecret, ListSecretVersionIds, GetResourcePolicy, GetSecretValue, BatchGetSecretValue, GetRandomPassword)));

    /// <summary>Allows reading the log and everything that is no value, and changes nothing.</summary>
    public static ManagedPolicy Auditor { get; } = new(
        nameof(Auditor), "Reads the log, and of everything else what is no value.",
        Document(
            Allow("Log", SearchAudit, ExportAudit, VerifyAudit),
            Allow("Secrets", ListSecrets, DescribeSecret, ListSecretVersionIds, GetResourcePolicy),
            Allow("Callers", ListUsers, GetUser, ListClients, GetClient, ListGroups, GetGroup, ListPolicies, GetPolicy, ExplainAccess),
            Allow("Running", ListKeys, GetKey, ListFunctions, GetFunction, ListRotations, ListNotificationChannels, GetNotificationChannel, ViewJobs, ViewStatus,
                ListBackups)));

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ManagedPolicy> All { get; } = [Administrator, Operator, Reader, Auditor];

    private static Statement Allow(string sid, params string[] actions) => new("Allow", sid, actions);

    private static Statement Deny(string sid, params string[] actions) => new("Deny", sid, actions);

    private static string Document(params Statement[] statements)
    {
        var text = new StringBuilder("{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [");
        var separator = "\n";
        foreach (var statement in statements)
        {
            text.Append(separator).Append("    {\n      \"Sid\": \"").Append(statement.Sid).Append("\",\n      \"Effect\": \"").Append(statement.Effect);
            text.Append("\",\n      \"Action\": [\n").AppendJoin(",\n", statement.Actions.Select(a => $"        \"{a}\""));
            text.Append("\n      ],\n      \"Resource\": \"*\"");
            if (statement.Condition is not null)
                text.Append(",\n      \"Condition\": ").Append(statement.Condition);
            text.Append("\n    }");
            separator = ",\n";
        }

        return text.Append("\n  ]\n}").ToString();
    }

    private sealed record Statement(string Effect, string Sid, string[] Actions)
    {
        public string? Condition { get; init; }
    }
}
