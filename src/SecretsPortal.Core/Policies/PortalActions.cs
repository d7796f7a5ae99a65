namespace SecretsPortal.Core.Policies;

/// <summary>
/// The actions of administration. An action on a user, client, group, policy or key has that one's ARN as its resource; the List… actions and
/// those of the log and the running portal have <c>*</c>.
/// </summary>
public static class PortalActions
{
#pragma warning disable CS1591 // The names say it.
    // Portal users.
    public const string ListUsers = "secretsportal:ListUsers";
    public const string GetUser = "secretsportal:GetUser";
    public const string CreateUser = "secretsportal:CreateUser";
    public const string UpdateUser = "secretsportal:UpdateUser";
    public const string DeleteUser = "secretsportal:DeleteUser";
    public const string ResetUserPassword = "secretsportal:ResetUserPassword";
    public const string ResetUserSecondFactor = "secretsportal:ResetUserSecondFactor";
    public const string EndUserSessions = "secretsportal:EndUserSessions";

    // Clients and their access keys.
    public const string ListClients = "secretsportal:ListClients";
    public const string GetClient = "secretsportal:GetClient";
    public const string CreateClient = "secretsportal:CreateClient";
    public const string UpdateClient = "secretsportal:UpdateClient";
    public const string DeleteClient = "secretsportal:DeleteClient";
    public const string CreateAccessKey = "secretsportal:CreateAccessKey";
    public const string UpdateAccessKey = "secretsportal:UpdateAccessKey";
    public const string DeleteAccessKey = "secretsportal:DeleteAccessKey";
    public const string IssueTemporaryCredentials = "secretsportal:IssueTemporaryCredentials";

    // Groups.
    public const string ListGroups = "secretsportal:ListGroups";
    public const string GetGroup = "secretsportal:GetGroup";
    public const string CreateGroup = "secretsportal:CreateGroup";
    public const string UpdateGroup = "secretsportal:UpdateGroup";
    public const string DeleteGroup = "secretsportal:DeleteGroup";
    public const string AddGroupMember = "secretsportal:AddGroupMember";
    public const string RemoveGroupMember = "secretsportal:RemoveGroupMember";

    // Identity policies, and why somebody may.
    public const string ListPolicies = "secretsportal:ListPolicies";
    public const string GetPolicy = "secretsportal:GetPolicy";
    public const string CreatePolicy = "secretsportal:CreatePolicy";
    public const string UpdatePolicy = "secretsportal:UpdatePolicy";
    public const string DeletePolicy = "secretsportal:DeletePolicy";
    public const string AttachPolicy = "secretsportal:AttachPolicy";
    public const string DetachPolicy = "secretsportal:DetachPolicy";
    public const string ExplainAccess = "secretsportal:ExplainAccess";

    // Keys that wrap data keys.
    public const string ListKeys = "secretsportal:ListKeys";
    public const string GetKey = "secretsportal:GetKey";
    public const string CreateKey = "secretsportal:CreateKey";
    public const string UpdateKey = "secretsportal:UpdateKey";
    public const string DisableKey = "secretsportal:DisableKey";
    public const string EnableKey = "secretsportal:EnableKey";
    public const string ScheduleKeyDeletion = "secretsportal:ScheduleKeyDeletion";
    public const string CancelKeyDeletion = "secretsportal:CancelKeyDeletion";
    public const string RewrapKey = "secretsportal:RewrapKey";

    // Rotations: how they are, and the switch that holds all of them up.
    public const string ListRotations = "secretsportal:ListRotations";
    public const string PauseRotations = "secretsportal:PauseRotations";
    public const string ResumeRotations = "secretsportal:ResumeRotations";

    // Channels of notifications.
    public const string ListNotificationChannels = "secretsportal:ListNotificationChannels";
    public const string GetNotificationChannel = "secretsportal:GetNotificationChannel";
    public const string CreateNotificationChannel = "secretsportal:CreateNotificationChannel";
    public const string UpdateNotificationChannel = "secretsportal:UpdateNotificationChannel";
    public const string DeleteNotificationChannel = "secretsportal:DeleteNotificationChannel";
    public const string TestNotificationChannel = "secretsportal:TestNotificationChannel";

    // The audit log.
    public const string SearchAudit = "secretsportal:SearchAudit";
    public const string ExportAudit = "secretsportal:ExportAudit";
    public const string VerifyAudit = "secretsportal:VerifyAudit";
    public const string ArchiveAudit = "secretsportal:ArchiveAudit";

    // The running portal.
    public const string ViewJobs = "secretsportal:ViewJobs";
    public const string ManageJobs = "secretsportal:ManageJobs";
    public const string ViewStatus = "secretsportal:ViewStatus";
    public const string ListBackups = "secretsportal:ListBackups";
    public const string CreateBackup = "secretsportal:CreateBackup";
    public const string DownloadBackup = "secretsportal:DownloadBackup";
    public const string DeleteBackup = "secretsportal:DeleteBackup";

    // Rotation functions.
    public const string ListFunctions = "secretsportal:ListFunctions";
    public const string GetFunction = "secretsportal:GetFunction";
    public const string CreateFunction = "secretsportal:CreateFunction";
    public const string UpdateFunction = "secretsportal:UpdateFunction";
    public const string DeleteFunction = "secretsportal:DeleteFunction";
    public const string TestFunction = "secretsportal:TestFunction";

    // The way back from a resource policy that locks everyone out; its resource is the secret.
    public const string RemoveResourcePolicy = "secretsportal:RemoveResourcePolicy";

    // Whether values of a secret are the same, without showing one; its resource is the secret.
    public const string GetSecretFingerprints = "secretsportal:GetSecretFingerprints";

    // The own account, which every signed-in user may: see OwnAccount.
    public const string SignIn = "secretsportal:SignIn";
    public const string SignOut = "secretsportal:SignOut";
    public const string ChangeOwnPassword = "secretsportal:ChangeOwnPassword";
    public const string ManageOwnSecondFactor = "secretsportal:ManageOwnSecondFactor";
    public const string EndOwnSessions = "secretsportal:EndOwnSessions";
    public const string ViewAccount = "secretsportal:ViewAccount";
    public const string ProveIdentity = "secretsportal:ProveIdentity";
    public const string ManageOwnViews = "secretsportal:ManageOwnViews";

    // The page that a visit begins with; what stands on it is decided part by part.
    public const string ViewOverview = "secretsportal:ViewOverview";
#pragma warning restore CS1591

    /// <summary>What every signed-in user may do with the own account and see of the start page, whatever the policies say: no policy is asked.</summary>
    public static IReadOnlyList<string> OwnAccount { get; } = [SignIn, SignOut, ChangeOwnPassword, ManageOwnSecondFactor, EndOwnSessions, ViewAccount, ProveIdentity, ManageOwnViews, ViewOverview];

    /// <summary>All of this class.</summary>
    public static IReadOnlyList<string> All { get; } = ActionNames.Of(typeof(PortalActions));

    /// <summary>Every action that any door asks for: these and <see cref="SecretActions.All"/>.</summary>
    public static IReadOnlyList<string> Known { get; } = [.. SecretActions.All, .. All];
}
