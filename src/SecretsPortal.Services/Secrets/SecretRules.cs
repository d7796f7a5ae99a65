using SecretsPortal.Core;
using SecretsPortal.Core.Naming;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Secrets;

/// <summary>The limits of what callers send, with the service's messages; none of them names a value.</summary>
internal static class SecretRules
{
    /// <summary>The most tags of a secret.</summary>
    public const int MostTags = 50;

    private const int LongestDescription = 2048;
    private const int LongestKmsKeyId = 2048;
    private const int LongestPartnerType = 256;

    /// <summary>The token that becomes a version id; <paramref name="whenMissing"/> is what the operation answers without one.</summary>
    public static string Token(string? token, PortalError whenMissing = PortalError.InvalidRequest)
    {
        if (string.IsNullOrEmpty(token))
            throw new PortalException(whenMissing, "You must provide a ClientRequestToken value. We recommend a UUID-type value.");
        return VersionId("clientRequestToken", token);
    }

    /// <summary>32–64 visible ASCII characters: no blanks, which SQL Server ignores at the end of a text.</summary>
    public static string VersionId(string member, string id)
    {
        Length(member, id, 32, 64);
        return id.All(c => c is > ' ' and <= '~') ? id : throw Broken(member, "Member must hold visible ASCII characters only");
    }

    /// <summary>A value that is there, not empty and not too long.</summary>
    public static SecretValue RequiredValue(SecretValue? value) =>
        Value(value) ?? throw new PortalException(PortalError.InvalidParameter, "You must provide either SecretString or SecretBinary.");

    /// <summary>A value that is not empty and not too long, or none.</summary>
    public static SecretValue? Value(SecretValue? value)
    {
        if (value is null)
            return null;
        var member = value.IsText ? "secretString" : "secretBinary";
        if (value.Bytes.Length == 0)
            throw Broken(member, "Member must have length greater than or equal to 1");
        return value.Bytes.Length <= SecretValue.MaxBytes ? value : throw Broken(member, $"Member must have length less than or equal to {SecretValue.MaxBytes}");
    }

    /// <summary>An empty description is none.</summary>
    public static string? Description(string? description)
    {
        if (string.IsNullOrEmpty(description))
            return null;
        Length("description", description, 0, LongestDescription);
        return description;
    }

    /// <summary>A key's id, ARN or alias; null for the default key.</summary>
    public static string? KmsKeyId(string? id)
    {
        if (id is not null)
            Length("kmsKeyId", id, 0, LongestKmsKeyId);
        return string.IsNullOrEmpty(id) ? null : id;
    }

    /// <summary>At most 256 characters; an empty type is none.</summary>
    public static string? PartnerType(string? type)
    {
        if (string.IsNullOrEmpty(type))
            return null;
        Length("type", type, 1, LongestPartnerType);
        return type;
    }

    /// <summary>The labels of a put; null for AWSCURRENT.</summary>
    public static IReadOnlyList<string>? Stages(IReadOnlyList<string>? stages)
    {
        if (stages is null)
            return null;
        if (stages.Count is 0 or > StagingLabels.MaxLabels)
            throw Broken("versionStages", $"Member must have between 1 and {StagingLabels.MaxLabels} items");
        foreach (var stage in stages)
            Stage("versionStages", stage);
        return stages;
    }

    /// <summary>1–256 printable ASCII characters, no blank at either end: none that looks like another one, or is equal to it in one database alone.</summary>
    public static string Stage(string member, string stage)
    {
        Length(member, stage, 1, StagingLabels.MaxLength);
        return Names.Label(member, stage);
    }

    /// <summary>The tags of a new secret; none and an empty list are the same: never tagged.</summary>
    public static IReadOnlyList<SecretTag>? NewTags(IReadOnlyList<SecretTag>? tags)
    {
        if (tags is null || tags.Count == 0)
            return null;
        Tags(tags);
        return TagsFit(tags);
    }

    /// <summary>Tags to add: keys once each, within their lengths, none of the service's own.</summary>
    public static void Tags(IReadOnlyList<SecretTag> tags)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var tag in tags)
        {
            TagKey(tag.Key);
            if (tag.Value.Length > 256)
                throw Broken("tags.member.value", "Member must have length less than or equal to 256");
            if (!keys.Add(tag.Key))
                throw new PortalException(PortalError.InvalidParameter, $"The tag key {tag.Key} is given twice. Give each key once.");
        }
    }

    /// <summary>1–128 characters that do not begin with <c>aws:</c>.</summary>
    public static void TagKey(string key)
    {
        Length("tags.member.key", key, 1, 128);
        if (key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase))
            throw new PortalException(PortalError.InvalidParameter, $"The tag key {key} begins with aws:, which is reserved. Choose another key.");
    }

    /// <summary>At most 50 tags.</summary>
    public static IReadOnlyList<SecretTag> TagsFit(IReadOnlyList<SecretTag> tags) => tags.Count <= MostTags
        ? tags
        : throw new PortalException(PortalError.LimitExceeded, $"A secret can have at most {MostTags} tags. Remove some first.");

    /// <summary>Days until a deleted secret is purged; 30 by default.</summary>
    public static TimeSpan RecoveryWindow(long? days, bool force)
    {
        if (days is not null && force)
            throw new PortalException(PortalError.InvalidParameter, "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
        return days is null or (>= 7 and <= 30)
            ? TimeSpan.FromDays(days ?? 30)
            : throw new PortalException(PortalError.InvalidParameter, "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).");
    }

    /// <summary>A number between two limits, both included.</summary>
    public static int Range(string member, int value, int least, int most)
    {
        if (value < least)
            throw Broken(member, $"Member must have value greater than or equal to {least}");
        return value <= most ? value : throw Broken(member, $"Member must have value less than or equal to {most}");
    }

    /// <summary>The filters of ListSecrets.</summary>
    public static void Filters(IReadOnlyList<SecretFilter> filters)
    {
        if (filters.Count > 10)
            throw Broken("filters", "Member must have length less than or equal to 10");
        foreach (var filter in filters)
        {
            if (filter.Key is not ("description" or "name" or "tag-key" or "tag-value" or "primary-region" or "owning-service" or "all"))
                throw new PortalException(PortalError.InvalidParameter,
                    "A filter's Key must be one of: description, name, tag-key, tag-value, primary-region, owning-service, all.");
            if (filter.Values.Count is 0 or > 10)
                throw Broken("filters.member.values", "Member must have between 1 and 10 items");
            if (filter.Values.Any(v => v.Length > 512))
                throw Broken("filters.member.values", "Member must have length less than or equal to 512");
        }
    }

    /// <summary>Refuses what needs a secret that is not marked for deletion.</summary>
    public static void RefuseDeleted(Secret secret)
    {
        if (secret.DeletedAt is not null)
            throw new PortalException(PortalError.InvalidRequest, "You can't perform this operation on the secret because it was marked for deletion.");
    }

    /// <summary>What the second of two editors is told.</summary>
    public const string ChangedMeanwhile = "Somebody else changed this meanwhile. Look at what is stored now, then decide.";

    /// <summary>Refuses an edit of a part of a secret that somebody else has changed since its editor saw it; null sees nothing and refuses nothing.</summary>
    public static void RefuseChanged(Secret? seen, Secret current, Func<Secret, Secret, bool> isSame)
    {
        if (seen is not null && !isSame(seen, current))
            throw new PortalException(PortalError.PreconditionNotMet, ChangedMeanwhile);
    }

    /// <summary>Refuses a value that was made from one which is in use no more; null was made from none and is refused nowhere.</summary>
    public static void RefuseMoved(string? madeFromVersionId, Secret current)
    {
        if (madeFromVersionId is not null && current.Labels.VersionOf(StagingLabels.Current) != madeFromVersionId)
            throw new PortalException(PortalError.PreconditionNotMet, "Another value was put meanwhile, by somebody else or by a rotation. Look at what is in use now, then decide.");
    }

    /// <summary>Refuses on a replica what only its primary takes.</summary>
    public static void RefuseReplica(Secret secret)
    {
        if (secret.IsReplica)
            throw new PortalException(PortalError.InvalidParameter, "Operation not permitted on a replica secret. Call must be made in primary secret's region.");
    }

    /// <summary>Refuses to delete a primary while it has replicas.</summary>
    public static void RefuseReplicated(Secret secret)
    {
        if (secret.Replicas.Count > 0)
            throw new PortalException(PortalError.InvalidParameter,
                $"You can't delete secret {secret.Arn} that still has replica regions [{string.Join(", ", secret.Replicas.Select(r => r.Region))}].");
    }

    /// <summary>The secret is not there.</summary>
    public static PortalException NotFound() => new(PortalError.ResourceNotFound, "Secrets Manager can't find the specified secret.");

    /// <summary>The version is not there, or has no value yet.</summary>
    public static PortalException NoVersion(string versionId) =>
        new(PortalError.ResourceNotFound, $"Secrets Manager can't find the specified secret value for VersionId: {versionId}");

    /// <summary>No version with a value has the label.</summary>
    public static PortalException NoStage(string stage) =>
        new(PortalError.ResourceNotFound, $"Secrets Manager can't find the specified secret value for staging label: {stage}");

    /// <summary>The token belongs to a version with other data.</summary>
    public static PortalException TokenInUse(string token, Secret secret, PortalError error = PortalError.ResourceExists) => new(error,
        $"You can't use ClientRequestToken {token} because that value is already in use for a version of secret {secret.Arn}.");

    private static void Length(string member, string text, int least, int most)
    {
        if (text.Length < least)
            throw Broken(member, $"Member must have length greater than or equal to {least}");
        if (text.Length > most)
            throw Broken(member, $"Member must have length less than or equal to {most}");
    }

    private static PortalException Broken(string member, string constraint) =>
        new(PortalError.Validation, $"1 validation error detected: Value at '{member}' failed to satisfy constraint: {constraint}");
}
