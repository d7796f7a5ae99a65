namespace SecretsPortal.Web.Portal;

/// <summary>The actions by which pages show or hide what they offer. The services decide by the same names.</summary>
internal static class Rights
{
    public const string CreateSecret = "secretsmanager:CreateSecret";
    public const string GetValue = "secretsmanager:GetSecretValue";
    public const string PutValue = "secretsmanager:PutSecretValue";
    public const string Update = "secretsmanager:UpdateSecret";
    public const string Rotate = "secretsmanager:RotateSecret";
    public const string CancelRotation = "secretsmanager:CancelRotateSecret";
    public const string Delete = "secretsmanager:DeleteSecret";
    public const string Restore = "secretsmanager:RestoreSecret";
    public const string Tag = "secretsmanager:TagResource";
    public const string Untag = "secretsmanager:UntagResource";
    public const string MoveLabels = "secretsmanager:UpdateSecretVersionStage";
    public const string GetPolicy = "secretsmanager:GetResourcePolicy";
    public const string PutPolicy = "secretsmanager:PutResourcePolicy";
    public const string DeletePolicy = "secretsmanager:DeleteResourcePolicy";
    public const string ValidatePolicy = "secretsmanager:ValidateResourcePolicy";
    public const string Replicate = "secretsmanager:ReplicateSecretToRegions";
    public const string RemoveRegions = "secretsmanager:RemoveRegionsFromReplication";
    public const string StopReplication = "secretsmanager:StopReplicationToReplica";
    public const string SearchAudit = "secretsportal:SearchAudit";
    public const string SeeJobs = "secretsportal:ViewJobs";
}
