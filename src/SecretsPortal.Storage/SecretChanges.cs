using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Storage;

/// <summary>Writes the difference between a secret as it was and as it shall be, within a transaction that the store has begun.</summary>
internal static class SecretChanges
{
    // Parameters in capitals are the properties of a row that is written as a whole.
    private static readonly Sql s_insertSecret = Sql.Of("""
        INSERT INTO secret (id, region, name, arn, description, kms_key_id, is_tagged, created_at, last_changed_at, last_accessed_on,
          last_rotated_at, deleted_at, purge_at, resource_policy, primary_region, partner_type, kind, has_terms)
        VALUES (@Id, @Region, @Name, @Arn, @Description, @KmsKeyId, @IsTagged, @CreatedAt, @LastChangedAt, @LastAccessedOn,
          @LastRotatedAt, @DeletedAt, @PurgeAt, @ResourcePolicy, @PrimaryRegion, @PartnerType, @Kind, 1)
        """);

    private static readonly Sql s_updateSecret = Sql.Of("""
        UPDATE secret
        SET description = @Description, kms_key_id = @KmsKeyId, is_tagged = @IsTagged, last_changed_at = @LastChangedAt,
          last_accessed_on = @LastAccessedOn, last_rotated_at = @LastRotatedAt, deleted_at = @DeletedAt, purge_at = @PurgeAt,
          resource_policy = @ResourcePolicy, primary_region = @PrimaryRegion, partner_type = @PartnerType, kind = @Kind
        WHERE id = @Id
        """);

    private static readonly Sql s_insertVersion = Sql.Of("""
        INSERT INTO secret_version (secret_id, version_id, position, created_at, last_accessed_on, kms_key_id, kms_key_version, kind, is_text,
          fingerprint, sealed, field_names, value_marks)
        SELECT @secretId, @versionId, COALESCE(MAX(position), 0) + 1, @createdAt, @lastAccessedOn, @kmsKeyId, @kmsKeyVersion, @kind, @isText,
          @fingerprint, @sealed, @fieldNames, @valueMarks
        FROM secret_version WHERE secret_id = @secretId
        """);

    private static readonly Sql s_updateValue = Sql.Of("""
        UPDATE secret_version
        SET kms_key_id = @kmsKeyId, kms_key_version = @kmsKeyVersion, kind = @kind, is_text = @isText, fingerprint = @fingerprint, sealed = @sealed,
          field_names = @fieldNames, value_marks = @valueMarks, last_accessed_on = @lastAccessedOn
        WHERE secret_id = @secretId AND version_id = @versionId
        """);

    // A version that was removed and made again under the same id comes last, as any new one.
    private static readonly Sql s_replaceVersion = Sql.Of("""
        UPDATE secret_version
        SET position = (SELECT MAX(position) + 1 FROM secret_version WHERE secret_id = @secretId), created_at = @createdAt,
          kms_key_id = @kmsKeyId, kms_key_version = @kmsKeyVersion, kind = @kind, is_text = @isText, fingerprint = @fingerprint, sealed = @sealed,
          field_names = @fieldNames, value_marks = @valueMarks, last_accessed_on = @lastAccessedOn
        WHERE secret_id = @secretId AND version_id = @versionId
        """);

    private static readonly Sql s_updateAccess = Sql.Of(
        "UPDATE secret_version SET last_accessed_on = @lastAccessedOn WHERE secret_id = @secretId AND version_id = @versionId");

    private static readonly Sql s_deleteVersion = Sql.Of("DELETE FROM secret_version WHERE secret_id = @secretId AND version_id = @versionId");

    private static readonly Sql s_insertLabel = Sql.Of(
        "INSERT INTO secret_label (secret_id, label, version_id) VALUES (@secretId, @label, @versionId)");

    private static readonly Sql s_moveLabel = Sql.Of(
        "UPDATE secret_label SET version_id = @versionId WHERE secret_id = @secretId AND label = @label");

    private static readonly Sql s_deleteLabel = Sql.Of("DELETE FROM secret_label WHERE secret_id = @secretId AND label = @label");

    private static readonly Sql s_insertTag = Sql.Of(
        "INSERT INTO secret_tag (secret_id, position, tag_key, tag_value) VALUES (@secretId, @position, @tagKey, @tagValue)");

    private static readonly Sql s_deleteTags = Sql.Of("DELETE FROM secret_tag WHERE secret_id = @secretId");

    private static readonly Sql s_insertSchedule = Sql.Of("""
        INSERT INTO rotation_schedule (secret_id, enabled, function_arn, expression, automatically_after_days, duration,
          next_window_start_at, next_window_end_at, external_metadata, external_role_arn, open_window_end_at, target_key, region, due_at, master_arn)
        VALUES (@SecretId, @Enabled, @FunctionArn, @Expression, @AutomaticallyAfterDays, @Duration, @NextWindowStartAt, @NextWindowEndAt,
          @ExternalMetadata, @ExternalRoleArn, @OpenWindowEndAt, @TargetKey, @Region, @DueAt, @MasterArn)
        """);

    private static readonly Sql s_updateSchedule = Sql.Of("""
        UPDATE rotation_schedule
        SET enabled = @Enabled, function_arn = @FunctionArn, expression = @Expression, automatically_after_days = @AutomaticallyAfterDays,
          duration = @Duration, next_window_start_at = @NextWindowStartAt, next_window_end_at = @NextWindowEndAt,
          external_metadata = @ExternalMetadata, external_role_arn = @ExternalRoleArn, open_window_end_at = @OpenWindowEndAt,
          target_key = @TargetKey, region = @Region, due_at = @DueAt, master_arn = @MasterArn
        WHERE secret_id = @SecretId
        """);

    private static readonly Sql s_insertReplica = Sql.Of("""
        INSERT INTO secret_replica (secret_id, region, kms_key_id, overwrites_id, attempts, due_at, failure)
        VALUES (@SecretId, @Region, @KmsKeyId, @OverwritesId, @Attempts, @DueAt, @Failure)
        """);

    private static readonly Sql s_updateReplica = Sql.Of("""
        UPDATE secret_replica
        SET kms_key_id = @KmsKeyId, overwrites_id = @OverwritesId, attempts = @Attempts, due_at = @DueAt, failure = @Failure
        WHERE secret_id = @SecretId AND region = @Region
        """);

    private static readonly Sql s_deleteReplica = Sql.Of("DELETE FROM secret_replica WHERE secret_id = @secretId AND region = @region");

    private static readonly Sql s_deleteSchedule = Sql.Of("DELETE FROM rotation_schedule WHERE secret_id = @secretId");

    /// <summary>Stores a new secret with its record.</summary>
    public static async Task Insert(Session session, SecretChange change)
    {
        if (change.HeldRun is not null || change.EndRun is not null || change.AbandonOpenRun)
            throw new ArgumentException("A secret that is being created has no run yet.", nameof(change));
        await session.Execute(s_insertSecret, SecretRow.From(change.After));
        await WriteParts(session, before: null, change);
        await WriteRun(session, change);
    }

    /// <summary>Writes what differs. The secret's own row comes first, so that readers on SQL Server see all of a change or nothing.</summary>
    public static async Task Apply(Session session, Secret before, SecretChange change)
    {
        if (change.After.Id != before.Id || change.After.Arn != before.Arn || change.After.Name != before.Name)
            throw new ArgumentException("A secret keeps its id, ARN and name.", nameof(change));
        if (change.HeldRun is { } held && !await RotationRuns.IsHeld(session, held.RunId, held.Fence))
            throw RotationRuns.LeaseLost();
        var was = SecretRow.From(before);
        var row = SecretRow.From(change.After);
        if (row.LastChangedAt <= was.LastChangedAt)
            row = row with { LastChangedAt = IsContentChanged(before, change) ? was.LastChangedAt + 1 : was.LastChangedAt };
        if (row != was)
            await session.Execute(s_updateSecret, row);
        await WriteParts(session, before, change);
        await WriteRun(session, change);
    }

    private static bool IsContentChanged(Secret before, SecretChange change)
    {
        var after = change.After;
        return (SecretRow.From(after) with { LastChangedAt = 0, LastAccessedOn = null })
                != (SecretRow.From(before) with { LastChangedAt = 0, LastAccessedOn = null })
            || ScheduleRow.From(after) != ScheduleRow.From(before)
            || !HasSameTags(before, after)
            || change.Values.Count > 0
            || !after.Labels.ByLabel.SequenceEqual(before.Labels.ByLabel)
            || !after.Versions.Select(v => (v.VersionId, v.CreatedAt)).SequenceEqual(before.Versions.Select(v => (v.VersionId, v.CreatedAt)));
    }

    private static async Task WriteParts(Session session, Secret? before, SecretChange change)
    {
        var after = change.After;
        await DeleteLabels(session, before, after);
        await WriteVersions(session, before, change);
        await WriteLabels(session, before, after);
        await DeleteVersions(session, before, after);
        if (before is null || !HasSameTags(before, after))
            await WriteTags(session, after);
        await SecretTerms.Write(session, before, after);
        await WriteSchedule(session, before is null ? null : ScheduleRow.From(before), ScheduleRow.From(after), after.Id);
        await WriteReplicas(session, after.Id, before?.Replicas ?? [], ReplicasAfter(before, change));
    }

    private static async Task WriteRun(Session session, SecretChange change)
    {
        var (id, now) = (change.After.Id, change.Audit.At);
        if (change.EndRun is { } end)
            await RotationRuns.End(session, id, end, now);
        if (change.AbandonOpenRun)
            await RotationRuns.AbandonOpen(session, id, $"Abandoned by {change.Audit.Action}.", now);
        if (change.StartRun is { } run)
            await RotationRuns.Start(session, run);
        if (change.After.Rotation is not null)
            await RotationHealthRows.Refresh(session, id, now, failed: change.EndRun is { State: RotationRunState.Failed });
        foreach (var job in change.Rewraps)
            await RewrapStore.Insert(session, job);
        if (change.AccessKey is { } key && await ClientStore.AddKey(session, key.Key, key.Most, key.Audit) is not KeyAddition.Added and var reason)
            throw key.Refusal(reason);
        await AuditStore.Insert(session, change.Audit);
        foreach (var record in change.Also)
            await AuditStore.Insert(session, record);
    }

    private static async Task WriteVersions(Session session, Secret? before, SecretChange change)
    {
        var values = change.Values.ToDictionary(value => value.VersionId, StringComparer.Ordinal);
        foreach (var version in change.After.Versions)
        {
            values.Remove(version.VersionId, out var value);
            var known = before?.FindVersion(version.VersionId);
            // The same id with another time is another version: the one that had it was removed, and the id used again.
            var isReplaced = known is not null && known.CreatedAt != version.CreatedAt;
            if (value is null && version.HasValue && (isReplaced || !HasSameValue(known, version)))
                throw new ArgumentException($"The version {version.VersionId} says it has a value, but none was given.", nameof(change));
            if (value is not null && !version.HasValue)
                throw new ArgumentException($"The version {version.VersionId} got a value but has no fingerprint.", nameof(change));

            if (known is null)
                Comparable.Check("A version's id (the ClientRequestToken)", version.VersionId);
            var sql = known is null ? s_insertVersion : isReplaced ? s_replaceVersion : value is not null ? s_updateValue : s_updateAccess;
            if (known is null || isReplaced || value is not null || known.LastAccessedOn != version.LastAccessedOn)
                await session.Execute(sql, new
                {
                    secretId = change.After.Id,
                    versionId = version.VersionId,
                    createdAt = Stored.Time(version.CreatedAt),
                    lastAccessedOn = Stored.Day(version.LastAccessedOn),
                    kmsKeyId = version.KmsKeyId,
                    kmsKeyVersion = value?.KeyVersion ?? "",
                    kind = version.Kind?.ToString(),
                    isText = value is null ? (long?)null : value.IsText ? 1 : 0,
                    fingerprint = version.Fingerprint,
                    @sealed = value?.Sealed,
                    valueMarks = version.ValueMarks,
                    fieldNames = version.FieldNames is null ? null : string.Join('\n', version.FieldNames),
                });
        }

        if (values.Count > 0)
            throw new ArgumentException($"There is a value for {values.Keys.First()}, which is no version of the secret.", nameof(change));
    }

    private static bool HasSameValue(SecretVersion? known, SecretVersion version) => known?.Fingerprint is { } fingerprint
        && fingerprint.AsSpan().SequenceEqual(version.Fingerprint)
        && known.Kind == version.Kind
        && known.KmsKeyId == version.KmsKeyId;

    private static async Task DeleteVersions(Session session, Secret? before, Secret after)
    {
        foreach (var version in before?.Versions ?? [])
        {
            if (after.FindVersion(version.VersionId) is null)
                await session.Execute(s_deleteVersion, new { secretId = after.Id, versionId = version.VersionId });
        }
    }

    private static async Task DeleteLabels(Session session, Secret? before, Secret after)
    {
        foreach (var label in before?.Labels.ByLabel.Keys ?? [])
        {
            if (after.Labels.VersionOf(label) is null)
                await session.Execute(s_deleteLabel, new { secretId = after.Id, label });
        }
    }

    private static async Task WriteLabels(Session session, Secret? before, Secret after)
    {
        foreach (var (label, versionId) in after.Labels.ByLabel)
        {
            var holder = before?.Labels.VersionOf(label);
            if (holder == versionId)
                continue;
            if (holder is null)
                Comparable.Check("A staging label", label);
            await session.Execute(holder is null ? s_insertLabel : s_moveLabel, new { secretId = after.Id, label, versionId });
        }
    }

    private static bool HasSameTags(Secret before, Secret after) =>
        before.Tags is null == after.Tags is null && (before.Tags ?? []).SequenceEqual(after.Tags ?? []);

    private static async Task WriteTags(Session session, Secret after)
    {
        await session.Execute(s_deleteTags, new { secretId = after.Id });
        var position = 0L;
        foreach (var tag in after.Tags ?? [])
            await session.Execute(s_insertTag, new { secretId = after.Id, position = ++position, tagKey = tag.Key, tagValue = tag.Value });
    }

    /// <summary>The list of a primary's replicas: what differs.</summary>
    public static async Task WriteReplicas(Session session, string secretId, IReadOnlyList<SecretReplica> before, IReadOnlyList<SecretReplica> after)
    {
        var known = before.ToDictionary(replica => replica.Region, replica => ReplicaRow.From(secretId, replica), StringComparer.Ordinal);
        foreach (var row in after.Select(replica => ReplicaRow.From(secretId, replica)))
        {
            if (!known.Remove(row.Region, out var was))
                await session.Execute(s_insertReplica, row);
            else if (row != was)
                await session.Execute(s_updateReplica, row);
        }

        foreach (var region in known.Keys)
            await session.Execute(s_deleteReplica, new { secretId, region });
    }

    /// <summary>
    /// With any change of the content, all replicas are due: whoever changes a secret need not know that it has some. Those that have failed
    /// are due already, after their pause.
    /// </summary>
    private static IReadOnlyList<SecretReplica> ReplicasAfter(Secret? before, SecretChange change) =>
        before is null || change.After.Replicas.Count == 0 || !IsContentChanged(before, change)
            ? change.After.Replicas
            : [.. change.After.Replicas.Select(replica => replica.DueAt == SecretReplica.WhenFreed || replica.Status == ReplicaStatus.Failed ? replica : replica with { DueAt = change.Audit.At, Attempts = 0 })];

    private static async Task WriteSchedule(Session session, ScheduleRow? before, ScheduleRow? after, string secretId)
    {
        if (after == before)
            return;
        if (after is null)
            await session.Execute(s_deleteSchedule, new { secretId });
        else
            await session.Execute(before is null ? s_insertSchedule : s_updateSchedule, after);
    }
}
