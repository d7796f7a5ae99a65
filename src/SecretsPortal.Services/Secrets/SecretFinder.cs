using System.Collections.Frozen;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;

namespace SecretsPortal.Services.Secrets;

/// <summary>Finds what a caller names, and asks whether the caller may do what it wants with it.</summary>
internal sealed class SecretFinder(SecretCache secrets, Authorizer authorizer, PortalOptions options)
{
    /// <summary>What a replica leaves to its primary. UpdateSecret is not among them: it may change a replica's key.</summary>
    private static readonly FrozenSet<string> s_primaryOnly = FrozenSet.Create(
        StringComparer.Ordinal,
        "secretsmanager:CancelRotateSecret", "secretsmanager:DeleteResourcePolicy", "secretsmanager:DeleteSecret", "secretsmanager:PutResourcePolicy",
        "secretsmanager:PutSecretValue", "secretsmanager:RemoveRegionsFromReplication", "secretsmanager:ReplicateSecretToRegions",
        "secretsmanager:RestoreSecret", "secretsmanager:RotateSecret", "secretsmanager:TagResource", "secretsmanager:UntagResource",
        "secretsmanager:UpdateSecretVersionStage");

    /// <summary>
    /// The secret, allowed for the call's action. AccessDenied comes before ResourceNotFound and reads the same whether or not there is such a
    /// secret, so that nobody learns which names exist; only an explicit deny tells, where a statement speaks of a secret that is there. A
    /// replica refuses what is its primary's.
    /// </summary>
    public async Task<Secret> Find(RecordedCall op, string secretId, CancellationToken cancel) =>
        await TryFind(op, secretId, cancel) ?? throw SecretRules.NotFound();

    /// <summary>As <see cref="Find"/>, but null where the caller may know that there is none.</summary>
    public async Task<Secret?> TryFind(RecordedCall op, string secretId, CancellationToken cancel)
    {
        var id = SecretId.Parse(secretId);
        op.AddCondition("SecretId", secretId);
        var (secret, asOf) = IsElsewhere(id, op.Call.Region) ? (null, 0) : await secrets.Find(op.Call.Region, id, op.Numbers?.Anything, cancel);
        op.AsOf = asOf;
        if (secret is not null)
            op.Resource = secret.Arn.ToString();
        await authorizer.Require(op, secret?.Arn.ToString() ?? AskedArn(op.Call.Region, options.AccountId, id), secret, cancel);
        if (secret is not null && s_primaryOnly.Contains(op.Action))
            SecretRules.RefuseReplica(secret);
        return secret;
    }

    /// <summary>
    /// What a secret that is not there is authorised as: its ARN with six question marks for the suffix that it would get, which
    /// a policy's <c>NAME-*</c> and <c>NAME-??????</c> match and an ARN of a former secret does not.
    /// </summary>
    public static string AskedArn(string region, string account, SecretId id)
    {
        if (id.Arn is null)
            return $"arn:aws:secretsmanager:{region}:{account}:secret:{id.Name}-??????";
        var resource = id.Arn.Resource;
        var isFull = resource.Length > SecretArn.SuffixLength + 1 && resource[^(SecretArn.SuffixLength + 1)] == '-'
            && resource[^SecretArn.SuffixLength..].All(char.IsAsciiLetterOrDigit);
        return isFull ? id.Text : $"{id.Text}-??????";
    }

    private bool IsElsewhere(SecretId id, string region) =>
        id.Arn is { } arn && (arn.Region != region || arn.Account != options.AccountId);
}
