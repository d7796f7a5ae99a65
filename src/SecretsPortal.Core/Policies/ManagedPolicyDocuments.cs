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
        nameof(Administrator), "Everything, access of others included.", Document(("Everything", ["*"], null)));

    /// <summary>Allows the running of the portal and its secrets. It neither reads nor writes values, and has no road to them: see <see cref="Operator"/>'s remarks.</summary>
    /// <remarks>
    /// Left out, because each is a road to values: what hands them out; what writes them (a secret whose host is one's own gets the password at
    /// the next rotation); functions, which are given values; tags and resource policies, which decide who may; replicas, which lie where other
    /// policies may let others in, under a key that the request names; keys to be registered or given an alias, because whoever holds a key can
    /// open what it wraps; access of others. A rotation may be started as it is set up, never with a function named in the request.
    /// </remarks>
    public static ManagedPolicy Operator { get; } = new(
        nameof(Operator), "Runs secrets, rotations, keys and the portal. No values, and no road to them.",
        Document(
            ("Secrets",
                [
                    ListSecrets, DescribeSecret, ListSecretVersionIds, GetResourcePolicy, ValidateResourcePolicy, GetRandomPassword, DeleteSecret, RestoreSecret,
                    CancelRotateSecret, UpdateSecretVersionStage, RemoveRegionsFromReplication, StopReplicationToReplica,
                ],
                null),
            ("RotationsAsSetUp", [RotateSecret], """{ "Null": { "secretsmanager:RotationLambdaARN": "true" } }"""),
            ("Callers", [ListUsers, GetUser, EndUserSessions, ListClients, GetClient, ListGroups, GetGroup, ListPolicies, GetPolicy, ExplainAccess], null),
            ("Keys", [ListKeys, GetKey, DisableKey, EnableKey, ScheduleKeyDeletion, CancelKeyDeletion, RewrapKey], null),
            ("Running", [SearchAudit, ExportAudit, VerifyAudit, ArchiveAudit, ViewJobs, ViewStatus, ListFunctions, GetFunction], null)));

    /// <summary>Allows reading secrets, their values included, and changes nothing.</summary>
    public static ManagedPolicy Reader { get; } = new(
        nameof(Reader), "Reads secrets, their values included.",
        Document(("Secrets", [ListSecrets, DescribeSecret, ListSecretVersionIds, GetResourcePolicy, GetSecretValue, BatchGetSecretValue, GetRandomPassword], null)));

    /// <summary>Allows reading the log and everything that is no value, and changes nothing.</summary>
    public static ManagedPolicy Auditor { get; } = new(
        nameof(Auditor), "Reads the log, and of everything else what is no value.",
        Document(
            ("Log", [SearchAudit, ExportAudit, VerifyAudit], null),
            ("Secrets", [ListSecrets, DescribeSecret, ListSecretVersionIds, GetResourcePolicy], null),
            ("Callers", [ListUsers, GetUser, ListClients, GetClient, ListGroups, GetGroup, ListPolicies, GetPolicy, ExplainAccess], null),
            ("Running", [ListKeys, GetKey, ListFunctions, GetFunction, ViewJobs, ViewStatus], null)));

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ManagedPolicy> All { get; } = [Administrator, Operator, Reader, Auditor];

    private static string Document(params (string Sid, string[] Actions, string? Condition)[] statements)
    {
        var text = new StringBuilder("{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [");
        var separator = "\n";
        foreach (var (sid, actions, condition) in statements)
        {
            text.Append(separator).Append("    {\n      \"Sid\": \"").Append(sid).Append("\",\n      \"Effect\": \"Allow\",\n      \"Action\": [\n");
            text.AppendJoin(",\n", actions.Select(a => $"        \"{a}\"")).Append("\n      ],\n      \"Resource\": \"*\"");
            if (condition is not null)
                text.Append(",\n      \"Condition\": ").Append(condition);
            text.Append("\n    }");
            separator = ",\n";
        }

        return text.Append("\n  ]\n}").ToString();
    }
}
