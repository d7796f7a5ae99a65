using System.Text.Json;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Storage;

/// <summary>Reads secrets with all that belongs to them, within a transaction that a store has begun.</summary>
internal static class SecretRows
{
    // One round trip. The secrets' own rows come first: while they are held, no change of theirs begins (it writes that row first), but for
    // their lists of replicas, each read by one statement. That one also looks at the replicas' own rows, so on SQL Server a read may be a
    // deadlock's victim; it is run again.
    private static readonly SqlByIds s_select = SqlByIds.Of("""
        SELECT id, region, name, arn, description, kms_key_id, is_tagged, created_at, last_changed_at, last_accessed_on,
          last_rotated_at, deleted_at, purge_at, resource_policy, primary_region, partner_type
        FROM secret {stable} WHERE id IN ({ids});

        SELECT secret_id, version_id, created_at, last_accessed_on, kms_key_id, kind, fingerprint, field_names, value_marks
        FROM secret_version WHERE secret_id IN ({ids}) ORDER BY secret_id, position;

        SELECT secret_id, label, version_id FROM secret_label WHERE secret_id IN ({ids});

        SELECT secret_id, tag_key, tag_value FROM secret_tag WHERE secret_id IN ({ids}) ORDER BY secret_id, position;

        SELECT secret_id, enabled, function_arn, expression, automatically_after_days, duration, next_window_start_at, next_window_end_at,
          external_metadata, external_role_arn, open_window_end_at, target_key, master_arn
        FROM rotation_schedule WHERE secret_id IN ({ids});

        SELECT r.secret_id, r.region, CASE WHEN s.id IS NULL THEN r.kms_key_id ELSE s.kms_key_id END AS kms_key_id, r.overwrites_id, r.attempts,
          r.due_at, r.failure, s.last_accessed_on
        FROM secret_replica r
          JOIN secret p ON p.id = r.secret_id
          LEFT JOIN secret s ON s.region = r.region AND s.name = p.name AND s.primary_region = p.region
        WHERE r.secret_id IN ({ids}) ORDER BY r.secret_id, r.region;
        """);

    /// <summary>One secret; null where there is none.</summary>
    public static async Task<Secret?> Load(Session session, string id) => (await Load(session, [id])).SingleOrDefault();

    /// <summary>Secrets in the order of <paramref name="ids"/>, without those that do not exist.</summary>
    public static async Task<IReadOnlyList<Secret>> Load(Session session, IReadOnlyList<string> ids)
    {
        var secrets = new List<Secret>(ids.Count);
        foreach (var chunk in ids.Chunk(SqlByIds.Capacity))
        {
            var loaded = await LoadChunk(session, chunk);
            secrets.AddRange(chunk.Where(loaded.ContainsKey).Select(id => loaded[id]));
        }

        return secrets;
    }

    /// <summary>One secret, read on a kept connection; null where there is none.</summary>
    public static Secret? Load(PreparedReads reads, string id) => reads.Query(s_select.One, [("@id0", id)], static results => Assembled(
        results.Next<SecretRow>(), results.Next<VersionRow>(), results.Next<LabelRow>(), results.Next<TagRow>(), results.Next<ScheduleRow>(),
        results.Next<ReplicaRow>())).Values.SingleOrDefault();

    private static Task<Dictionary<string, Secret>> LoadChunk(Session session, IReadOnlyList<string> ids)
    {
        var (sql, parameters) = s_select.With(ids);
        return session.QueryAll(sql, parameters, static async grid => Assembled(
            await grid.ReadAsync<SecretRow>(), await grid.ReadAsync<VersionRow>(), await grid.ReadAsync<LabelRow>(), await grid.ReadAsync<TagRow>(),
            await grid.ReadAsync<ScheduleRow>(), await grid.ReadAsync<ReplicaRow>()));
    }

    private static Dictionary<string, Secret> Assembled(
        IEnumerable<SecretRow> rows, IEnumerable<VersionRow> versionRows, IEnumerable<LabelRow> labelRows, IEnumerable<TagRow> tagRows,
        IEnumerable<ScheduleRow> scheduleRows, IEnumerable<ReplicaRow> replicaRows)
    {
        var versions = versionRows.ToLookup(row => row.SecretId, StringComparer.Ordinal);
        var labels = labelRows.ToLookup(row => row.SecretId, StringComparer.Ordinal);
        var tags = tagRows.ToLookup(row => row.SecretId, StringComparer.Ordinal);
        var schedules = scheduleRows.ToDictionary(row => row.SecretId, StringComparer.Ordinal);
        var replicas = replicaRows.ToLookup(row => row.SecretId, StringComparer.Ordinal);
        return rows.ToDictionary(
            row => row.Id,
            row => row.ToSecret(versions[row.Id], labels[row.Id], tags[row.Id], schedules.GetValueOrDefault(row.Id), replicas[row.Id]),
            StringComparer.Ordinal);
    }
}

/// <summary>A secret's own row. Two of the same content are equal, which tells what a change must write.</summary>
internal sealed record SecretRow
{
    public string Id { get; init; } = "";

    public string Region { get; init; } = "";

    public string Name { get; init; } = "";

    public string Arn { get; init; } = "";

    public string? Description { get; init; }

    public string? KmsKeyId { get; init; }

    public long IsTagged { get; init; }

    public long CreatedAt { get; init; }

    public long LastChangedAt { get; init; }

    public long? LastAccessedOn { get; init; }

    public long? LastRotatedAt { get; init; }

    public long? DeletedAt { get; init; }

    public long? PurgeAt { get; init; }

    public string? ResourcePolicy { get; init; }

    public string? PrimaryRegion { get; init; }

    public string? PartnerType { get; init; }

    /// <summary>The kind of the current value, once more beside its version's, so that secrets are counted by it. Written and never read.</summary>
    public string? Kind { get; init; }

    public static SecretRow From(Secret secret) => new()
    {
        Id = secret.Id,
        Region = secret.Arn.Region,
        Name = secret.Name,
        Arn = secret.Arn.ToString(),
        Description = secret.Description,
        KmsKeyId = secret.KmsKeyId,
        IsTagged = secret.Tags is null ? 0 : 1,
        CreatedAt = Stored.Time(secret.CreatedAt),
        LastChangedAt = Stored.Time(secret.LastChangedAt),
        LastAccessedOn = Stored.Day(secret.LastAccessedOn),
        LastRotatedAt = Stored.Time(secret.LastRotatedAt),
        DeletedAt = Stored.Time(secret.DeletedAt),
        PurgeAt = Stored.Time(secret.PurgeAt),
        ResourcePolicy = secret.ResourcePolicy,
        PrimaryRegion = secret.PrimaryRegion,
        PartnerType = secret.PartnerType,
        Kind = secret.Kind?.ToString(),
    };

    public Secret ToSecret(
        IEnumerable<VersionRow> versions, IEnumerable<LabelRow> labels, IEnumerable<TagRow> tags, ScheduleRow? schedule, IEnumerable<ReplicaRow> replicas) => new()
    {
        Id = Id,
        Arn = SecretArn.TryParse(Arn, out var arn) ? arn : throw new InvalidOperationException($"The secret {Id} has no readable ARN."),
        Name = Name,
        Description = Description,
        KmsKeyId = KmsKeyId,
        CreatedAt = Stored.Time(CreatedAt),
        LastChangedAt = Stored.Time(LastChangedAt),
        LastAccessedOn = Stored.Day(LastAccessedOn),
        LastRotatedAt = Stored.Time(LastRotatedAt),
        DeletedAt = Stored.Time(DeletedAt),
        PurgeAt = Stored.Time(PurgeAt),
        ResourcePolicy = ResourcePolicy,
        PrimaryRegion = PrimaryRegion,
        PartnerType = PartnerType,
        Replicas = [.. replicas.Select(row => row.ToReplica())],
        Tags = IsTagged == 0 ? null : [.. tags.Select(row => new SecretTag(row.TagKey, row.TagValue))],
        Rotation = schedule?.ToSettings(),
        Labels = StagingLabels.From(labels.Select(row => KeyValuePair.Create(row.Label, row.VersionId))),
        Versions = [.. versions.Select(row => row.ToVersion())],
    };
}

/// <summary>A version's row without its sealed value.</summary>
internal sealed record VersionRow
{
    public string SecretId { get; init; } = "";

    public string VersionId { get; init; } = "";

    public long CreatedAt { get; init; }

    public long? LastAccessedOn { get; init; }

    public string? KmsKeyId { get; init; }

    public string? Kind { get; init; }

    public byte[]? Fingerprint { get; init; }

    /// <summary>A name per line; see <see cref="Core.Secrets.FieldNames"/>.</summary>
    public string? FieldNames { get; init; }

    public byte[]? ValueMarks { get; init; }

    public SecretVersion ToVersion() => new()
    {
        VersionId = VersionId,
        CreatedAt = Stored.Time(CreatedAt),
        LastAccessedOn = Stored.Day(LastAccessedOn),
        KmsKeyId = KmsKeyId,
        Kind = Kind is null ? null : Stored.Member<SecretKind>(Kind),
        Fingerprint = Fingerprint,
        FieldNames = FieldNames?.Split('\n', StringSplitOptions.RemoveEmptyEntries),
        ValueMarks = ValueMarks,
    };
}

/// <summary>A label's row.</summary>
internal sealed record LabelRow
{
    public string SecretId { get; init; } = "";

    public string Label { get; init; } = "";

    public string VersionId { get; init; } = "";
}

/// <summary>A tag's row.</summary>
internal sealed record TagRow
{
    public string SecretId { get; init; } = "";

    public string TagKey { get; init; } = "";

    public string TagValue { get; init; } = "";
}

/// <summary>
/// A replica's row, and what its secret says of itself. Two that are made from replicas of the same content are equal, which tells what a
/// change must write.
/// </summary>
internal sealed record ReplicaRow
{
    public string SecretId { get; init; } = "";

    public string Region { get; init; } = "";

    public string? KmsKeyId { get; init; }

    public string? OverwritesId { get; init; }

    public long Attempts { get; init; }

    public long? DueAt { get; init; }

    public string? Failure { get; init; }

    /// <summary>Read from the replica's own row, never written from here.</summary>
    public long? LastAccessedOn { get; init; }

    public static ReplicaRow From(string secretId, SecretReplica replica) => new()
    {
        SecretId = secretId,
        Region = replica.Region,
        KmsKeyId = replica.KmsKeyId,
        OverwritesId = replica.OverwritesId,
        Attempts = replica.Attempts,
        DueAt = Stored.Time(replica.DueAt),
        Failure = replica.Failure is null ? null : Stored.Clip(replica.Failure, 2000),
    };

    public SecretReplica ToReplica() => new(Region, KmsKeyId)
    {
        OverwritesId = OverwritesId,
        Attempts = checked((int)Attempts),
        DueAt = Stored.Time(DueAt),
        Failure = Failure,
        LastAccessedOn = Stored.Day(LastAccessedOn),
    };
}

/// <summary>The rotation settings' row. Two of the same content are equal, which tells what a change must write.</summary>
internal sealed record ScheduleRow
{
    public string SecretId { get; init; } = "";

    public long Enabled { get; init; }

    public string? FunctionArn { get; init; }

    public string? Expression { get; init; }

    public long? AutomaticallyAfterDays { get; init; }

    public string? Duration { get; init; }

    public long? NextWindowStartAt { get; init; }

    public long? NextWindowEndAt { get; init; }

    /// <summary>JSON: an array of pairs of key and value.</summary>
    public string? ExternalMetadata { get; init; }

    public string? ExternalRoleArn { get; init; }

    public string? MasterArn { get; init; }

    public long? OpenWindowEndAt { get; init; }

    public string? TargetKey { get; init; }

    /// <summary>Of the secret's own row; here for the index.</summary>
    public string Region { get; init; } = "";

    /// <summary>When the next rotation begins; follows from the window. Null where the secret is marked for deletion.</summary>
    public long? DueAt { get; init; }

    public static ScheduleRow? From(Secret secret) => secret.Rotation is not { } rotation ? null : new ScheduleRow
    {
        SecretId = secret.Id,
        Enabled = rotation.Enabled ? 1 : 0,
        FunctionArn = rotation.FunctionArn,
        Expression = rotation.Schedule?.Expression,
        AutomaticallyAfterDays = rotation.Schedule?.AutomaticallyAfterDays,
        Duration = rotation.Schedule?.Duration,
        NextWindowStartAt = Stored.Time(rotation.NextWindowStart),
        NextWindowEndAt = Stored.Time(rotation.NextWindowEnd),
        ExternalMetadata = rotation.ExternalMetadata is null ? null : JsonSerializer.Serialize(rotation.ExternalMetadata),
        ExternalRoleArn = rotation.ExternalRoleArn,
        MasterArn = rotation.MasterArn,
        OpenWindowEndAt = Stored.Time(rotation.OpenWindowEnd),
        TargetKey = rotation.TargetKey,
        Region = secret.Arn.Region,
        DueAt = secret.DeletedAt is null && rotation is { NextWindowStart: { } start, NextWindowEnd: { } end }
            ? Stored.Time(new RotationWindow(start, end).BeginOf(secret.Id))
            : null,
    };

    public RotationSettings ToSettings() => new()
    {
        Enabled = Enabled != 0,
        FunctionArn = FunctionArn,
        Schedule = Expression is null && AutomaticallyAfterDays is null
            ? null
            : RotationSchedule.Parse(Expression, checked((int?)AutomaticallyAfterDays), Duration),
        NextWindowStart = Stored.Time(NextWindowStartAt),
        NextWindowEnd = Stored.Time(NextWindowEndAt),
        ExternalMetadata = ExternalMetadata is null ? null : JsonSerializer.Deserialize<IReadOnlyList<ExternalRotationItem>>(ExternalMetadata),
        ExternalRoleArn = ExternalRoleArn,
        MasterArn = MasterArn,
        OpenWindowEnd = Stored.Time(OpenWindowEndAt),
        TargetKey = TargetKey,
    };
}
