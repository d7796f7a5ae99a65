using System.Globalization;
using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Replicas;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Secrets;

/// <summary>All changes of secrets: find, authorize, seal, change with its record in one transaction.</summary>
public sealed class SecretWriter
{
    private const int Attempts = 10;

    private readonly SecretStore _store;
    private readonly SecretFinder _finder;
    private readonly SecretSealer _sealer;
    private readonly SecretResealer _resealer;
    private readonly SecretChanges _changes;
    private readonly KeyRegistry _keys;
    private readonly RewrapService _rewraps;
    private readonly ReplicaRegions _regions;
    private readonly RotationTokens _rotationTokens;
    private readonly Authorizer _authorizer;
    private readonly AuditRecorder _recorder;
    private readonly PortalOptions _options;
    private readonly TimeProvider _clock;

    internal SecretWriter(
        SecretStore store, SecretFinder finder, SecretSealer sealer, SecretResealer resealer, SecretChanges changes, KeyRegistry keys,
        RewrapService rewraps, ReplicaRegions regions, RotationTokens rotationTokens, Authorizer authorizer, AuditRecorder recorder, PortalOptions options, TimeProvider clock)
    {
        _store = store;
        _finder = finder;
        _sealer = sealer;
        _resealer = resealer;
        _changes = changes;
        _keys = keys;
        _rewraps = rewraps;
        _regions = regions;
        _rotationTokens = rotationTokens;
        _authorizer = authorizer;
        _recorder = recorder;
        _options = options;
        _clock = clock;
    }

    /// <summary>CreateSecret; the same token with the same data again is a no-op.</summary>
    public Task<WrittenSecret> Create(CallContext call, CreateSecretRequest request, CancellationToken cancel) =>
        _recorder.Recording(call, "secretsmanager:CreateSecret", request.Name, async op =>
        {
            SecretName.Check(request.Name);
            var token = SecretRules.Token(request.ClientRequestToken);
            var value = SecretRules.Value(request.Value);
            var description = SecretRules.Description(request.Description);
            var tags = SecretRules.NewTags(request.Tags);
            var kmsKeyId = SecretRules.KmsKeyId(request.KmsKeyId);
            var partnerType = SecretRules.PartnerType(request.PartnerType);
            var id = SecretId.Parse(request.Name);
            var asked = SecretFinder.AskedArn(call.Region, _options.AccountId, id);
            ReplicaRegions.AddConditions(op, request.ReplicaRegions, request.OverwritesReplicas);
            AddConditions(op, kmsKeyId, request.Description, request.PartnerType);
            await _authorizer.Require(op, op.Action, asked, request.Name, secret: null, tags, cancel);
            if (tags is not null)
                await _authorizer.Require(op, "secretsmanager:TagResource", asked, request.Name, secret: null, tags, cancel);
            if (request.ReplicaRegions.Count > 0)
                await _authorizer.Require(op, "secretsmanager:ReplicateSecretToRegions", asked, request.Name, secret: null, tags, cancel);
            var key = await _keys.Resolve(kmsKeyId, call.Region, cancel);
            var replicas = await _regions.Check(op, call.Region, request.Name, request.ReplicaRegions, request.OverwritesReplicas, cancel);
            for (var attempt = 0; attempt < Attempts; attempt++)
            {
                if (await _store.Find(call.Region, id, cancel) is { } existing)
                    return await Repeated(op, existing, token, value, cancel);
                var now = _clock.Now();
                var secret = new Secret
                {
                    Id = Guid.CreateVersion7(now).ToString("N"),
                    Arn = SecretArns.Draw(call.Region, _options.AccountId, request.Name),
                    Name = request.Name,
                    Description = description,
                    KmsKeyId = KeyRegistry.ChosenId(kmsKeyId, key),
                    PartnerType = partnerType,
                    CreatedAt = now,
                    LastChangedAt = now,
                    Tags = tags,
                    Replicas = replicas,
                    Labels = StagingLabels.None,
                    Versions = [],
                };
                var content = value is null ? null : await _sealer.Seal(secret.Arn, token, value, key, cancel);
                if (content is not null)
                    secret = secret with { Labels = secret.Labels.Put(token, stages: null), Versions = [content.Version] };
                op.Resource = secret.Arn.ToString();
                op.Detail = content is null ? "no value" : $"version {token}";
                if (replicas.Count > 0)
                    op.Detail += $", {ReplicaRegions.Detail(request.ReplicaRegions, request.OverwritesReplicas)}";
                if (await _changes.Create(op, new SecretChange(secret, _recorder.Success(op)) { Values = ValuesOf(content) }, cancel) is { } created)
                    return new WrittenSecret(created, content is null ? null : token);
            }

            throw new PortalException(PortalError.Throttling, "The name is being created and removed by others too often. Try again later.");
        }, cancel);

    /// <summary>PutSecretValue; ends an open rotation where it moves AWSCURRENT.</summary>
    public Task<WrittenSecret> PutValue(CallContext call, PutSecretValueRequest request, CancellationToken cancel) => PutValue(call, request, ofKey: null, cancel);

    /// <summary>As the other one; the access key that the value is of begins with it.</summary>
    internal Task<WrittenSecret> PutValue(CallContext call, PutSecretValueRequest request, DeliveredKey? ofKey, CancellationToken cancel) =>
        _recorder.Recording(call, "secretsmanager:PutSecretValue", request.SecretId, async op =>
        {
            var token = SecretRules.Token(request.ClientRequestToken);
            var value = SecretRules.RequiredValue(request.Value);
            var stages = SecretRules.Stages(request.VersionStages);
            var secret = await _finder.Find(op, request.SecretId, cancel);
            SecretRules.RefuseDeleted(secret);
            var content = await _sealer.Seal(secret.Arn, token, value, await _keys.Resolve(secret.KmsKeyId, call.Region, cancel), cancel);
            op.Detail = $"version {token}";
            var isOfRun = request.RotationToken is { } rotationToken ? await _rotationTokens.Matcher(rotationToken, cancel) : null;
            var after = await _changes.Change(op, secret, (current, run) =>
            {
                SecretRules.RefuseDeleted(current);
                if (isOfRun is not null && (run?.Token != token || !isOfRun(run)))
                    throw new PortalException(PortalError.InvalidRequest,
                        "The RotationToken belongs to no open rotation that makes this version. Give the one of the rotation's event, or leave it out outside of rotations.");
                if (current.FindVersion(token) is { HasValue: true } version)
                    return IsSame(version, content) ? null : throw SecretRules.TokenInUse(token, current);
                SecretRules.RefuseMoved(request.MadeFromVersionId, current);
                return Put(op, current, run, content, stages) with { AccessKey = ofKey };
            }, cancel);
            return new WrittenSecret(after, token);
        }, cancel);

    /// <summary>
    /// The secret that a call has just written to, where it holds a value under the call's token; null where it does not. Asks for no permission and
    /// leaves no record: for those who made the token and were not told how the call ended.
    /// </summary>
    internal async Task<Secret?> FindWritten(CallContext call, string secretId, string token, CancellationToken cancel)
    {
        SecretId id;
        try
        {
            id = SecretId.Parse(secretId);
        }
        catch (PortalException)
        {
            return null;
        }

        return await _store.Find(call.Region, id, cancel) is { } secret && secret.FindVersion(token) is { HasValue: true } ? secret : null;
    }

    /// <summary>
    /// Puts members into the value of AWSCURRENT, which must be a JSON object, as a new version; the other members stay as they are. The action is
    /// PutSecretValue: the value is opened, and nothing of it is given back.
    /// </summary>
    /// <param name="call">Who asks.</param>
    /// <param name="secretId">Name or ARN.</param>
    /// <param name="clientRequestToken">Becomes the version's id; the same token again changes nothing.</param>
    /// <param name="fields">Names and texts, at least one.</param>
    /// <param name="cancel">Ends the wait.</param>
    public Task<WrittenSecret> MergeFields(
        CallContext call, string secretId, string? clientRequestToken, IReadOnlyDictionary<string, SecretText> fields, CancellationToken cancel) =>
        _recorder.Recording(call, "secretsmanager:PutSecretValue", secretId, async op =>
        {
            var token = SecretRules.Token(clientRequestToken);
            var secret = await _finder.Find(op, secretId, cancel);
            op.Detail = $"version {token}, members {string.Join(", ", fields.Keys.Order(StringComparer.Ordinal))}";
            for (var attempt = 0; attempt < Attempts; attempt++)
            {
                SecretRules.RefuseDeleted(secret);
                if (secret.FindVersion(token) is { HasValue: true })
                    return new WrittenSecret(secret, token);
                var from = secret.Labels.VersionOf(StagingLabels.Current);
                var before = from is null || await _store.FindValue(secret.Id, from, cancel) is not { } stored ? null : await _sealer.Open(secret.Arn, stored, cancel);
                var value = SecretRules.RequiredValue(MergedValue.Of(before, fields));
                var content = await _sealer.Seal(secret.Arn, token, value, await _keys.Resolve(secret.KmsKeyId, call.Region, cancel), cancel);
                var hasMoved = false;
                secret = await _changes.Change(op, secret, (current, run) =>
                {
                    SecretRules.RefuseDeleted(current);
                    // Members of another value must not be lost: then all is done again upon that one.
                    hasMoved = current.Labels.VersionOf(StagingLabels.Current) != from || current.FindVersion(token) is not null;
                    return hasMoved ? null : Put(op, current, run, content, stages: null);
                }, cancel);
                if (!hasMoved)
                    return new WrittenSecret(secret, token);
            }

            throw new PortalException(PortalError.Throttling, "The secret is being changed by others too often. Try again later.");
        }, cancel);

    /// <summary>UpdateSecret; VersionId only where the value changed.</summary>
    public Task<WrittenSecret> Update(CallContext call, UpdateSecretRequest request, CancellationToken cancel) =>
        _recorder.Recording(call, "secretsmanager:UpdateSecret", request.SecretId, async op =>
        {
            var token = SecretRules.Token(request.ClientRequestToken);
            var value = SecretRules.Value(request.Value);
            var description = SecretRules.Description(request.Description);
            var kmsKeyId = SecretRules.KmsKeyId(request.KmsKeyId);
            var partnerType = SecretRules.PartnerType(request.PartnerType);
            AddConditions(op, kmsKeyId, request.Description, request.PartnerType);
            var secret = await _finder.Find(op, request.SecretId, cancel);
            SecretRules.RefuseDeleted(secret);
            if (value is not null || request.Description is not null || request.PartnerType is not null)
                SecretRules.RefuseReplica(secret);
            var key = await _keys.Resolve(kmsKeyId ?? secret.KmsKeyId, call.Region, cancel);
            var content = value is null ? null : await _sealer.Seal(secret.Arn, token, value, key, cancel);
            op.Detail = content is null ? "no new value" : $"version {token}";

            Secret WithMembers(Secret current, IReadOnlyList<SealedContent> resealed) => current with
            {
                Description = request.Description is null ? current.Description : description,
                KmsKeyId = kmsKeyId is null ? current.KmsKeyId : KeyRegistry.ChosenId(kmsKeyId, key),
                PartnerType = request.PartnerType is null ? current.PartnerType : partnerType,
                Versions = SecretResealer.Replace(current.Versions, resealed),
            };

            // Versions without one of AWS's labels stay behind under their key, and are wrapped anew in the background.
            SecretChange WithRewraps(SecretChange change) => kmsKeyId is null ? change : change with { Rewraps = _rewraps.OfLeftBehind(change.After, key, call.Caller.Arn) };

            var after = await _resealer.Change(op, secret, kmsKeyId is null ? null : key, (current, run, resealed) =>
            {
                SecretRules.RefuseDeleted(current);
                SecretRules.RefuseChanged(request.Seen, current, static (seen, now) => seen.Description == now.Description && seen.KmsKeyId == now.KmsKeyId);
                var changed = WithMembers(current, resealed);
                if (content is null)
                    return changed == current ? null : WithRewraps(new SecretChange(_changes.Touched(changed), _recorder.Success(op)) { Values = [.. resealed.Select(r => r.Stored)] });
                if (current.FindVersion(token) is not null)
                    throw SecretRules.TokenInUse(token, current);
                var put = Put(op, changed, run, content, stages: null);
                return WithRewraps(put with { Values = [.. put.Values, .. resealed.Select(r => r.Stored)] });
            }, cancel);
            return new WrittenSecret(after, content is null ? null : token);
        }, cancel);

    /// <summary>UpdateSecretVersionStage.</summary>
    public Task<Secret> UpdateVersionStage(CallContext call, string secretId, string versionStage, string? moveToVersionId, string? removeFromVersionId, CancellationToken cancel) =>
        _recorder.Recording(call, "secretsmanager:UpdateSecretVersionStage", secretId, async op =>
        {
            SecretRules.Stage("versionStage", versionStage);
            if (moveToVersionId is not null)
                SecretRules.VersionId("moveToVersionId", moveToVersionId);
            if (removeFromVersionId is not null)
                SecretRules.VersionId("removeFromVersionId", removeFromVersionId);
            op.AddCondition("VersionStage", versionStage);
            var secret = await _finder.Find(op, secretId, cancel);
            op.Detail = $"{versionStage} from {removeFromVersionId ?? "none"} to {moveToVersionId ?? "none"}";
            return await _changes.Change(op, secret, (current, _) =>
            {
                SecretRules.RefuseDeleted(current);
                foreach (var named in new[] { moveToVersionId, removeFromVersionId })
                    if (named is not null && current.FindVersion(named) is null)
                        throw SecretRules.NoVersion(named);
                if (versionStage == StagingLabels.Current && moveToVersionId is not null && !current.FindVersion(moveToVersionId)!.HasValue)
                    throw new PortalException(PortalError.InvalidRequest, $"The version {moveToVersionId} has no value yet, so it can't become AWSCURRENT.");
                var labels = current.Labels.Move(versionStage, moveToVersionId, removeFromVersionId);
                if (labels.ByLabel.SequenceEqual(current.Labels.ByLabel))
                    return null;
                return new SecretChange(_changes.Touched(current with { Labels = labels }), _recorder.Success(op));
            }, cancel);
        }, cancel);

    /// <summary>DeleteSecret. With <paramref name="force"/> at once, and an unknown secret succeeds with a null Secret; the name asked for is in <paramref name="secretId"/>.</summary>
    public Task<Secret?> Delete(CallContext call, string secretId, long? recoveryWindowInDays, bool force, CancellationToken cancel) =>
        _recorder.Recording<Secret?>(call, "secretsmanager:DeleteSecret", secretId, async op =>
        {
            var window = SecretRules.RecoveryWindow(recoveryWindowInDays, force);
            op.AddCondition("ForceDeleteWithoutRecovery", force);
            // The days that will be waited, asked for or not.
            op.AddCondition("RecoveryWindowInDays", force ? null : window.TotalDays.ToString("0", CultureInfo.InvariantCulture));
            if (force)
                return await DeleteAtOnce(op, secretId, cancel);
            var secret = await _finder.Find(op, secretId, cancel);
            op.Detail = $"purged after {window.TotalDays:0} days";
            return await _changes.Change(op, secret, (current, run) =>
            {
                SecretRules.RefuseDeleted(current);
                SecretRules.RefuseReplicated(current);
                var now = _clock.Now();
                var deleted = SecretChanges.WithoutRun(current, run) with { DeletedAt = now, PurgeAt = now + window };
                return new SecretChange(_changes.Touched(deleted), _recorder.Success(op)) { AbandonOpenRun = run is not null };
            }, cancel);
        }, cancel);

    /// <summary>RestoreSecret.</summary>
    public Task<Secret> Restore(CallContext call, string secretId, CancellationToken cancel) =>
        _recorder.Recording(call, "secretsmanager:RestoreSecret", secretId, async op =>
        {
            var secret = await _finder.Find(op, secretId, cancel);
            return await _changes.Change(op, secret, (current, _) => current.DeletedAt is null
                ? null
                : new SecretChange(_changes.Touched(current with { DeletedAt = null, PurgeAt = null }), _recorder.Success(op)), cancel);
        }, cancel);

    /// <summary>A create whose name is taken: the same request again, or another one.</summary>
    private async Task<WrittenSecret> Repeated(RecordedCall op, Secret existing, string token, SecretValue? value, CancellationToken cancel)
    {
        op.Resource = existing.Arn.ToString();
        if (existing.DeletedAt is not null)
            throw new PortalException(PortalError.InvalidRequest, "You can't create this secret because a secret with this name is already scheduled for deletion.");
        if (value is null || existing.IsReplica || existing.FindVersion(token) is not { HasValue: true } version)
            throw new PortalException(PortalError.ResourceExists, $"The operation failed because the secret {existing.Name} already exists.");
        var again = await _sealer.Seal(existing.Arn, token, value, await _keys.Resolve(null, op.Call.Region, cancel), cancel);
        if (!IsSame(version, again))
            throw SecretRules.TokenInUse(token, existing);
        op.Detail = $"version {token} was there already";
        return new WrittenSecret(existing, token);
    }

    private async Task<Secret?> DeleteAtOnce(RecordedCall op, string secretId, CancellationToken cancel)
    {
        if (await _finder.TryFind(op, secretId, cancel) is not { } secret)
        {
            op.Detail = "there was none";
            return null;
        }

        SecretRules.RefuseReplicated(secret);
        op.Detail = "without recovery";
        op.IsRecorded = await _store.Remove(secret.Id, dueAt: null, _recorder.Success(op), cancel);
        if (!op.IsRecorded && await _store.FindById(secret.Id, cancel) is { } kept)
            SecretRules.RefuseReplicated(kept);
        var now = _clock.Now();
        return secret with { DeletedAt = now, PurgeAt = now };
    }

    /// <summary>A new value with its labels; taking AWSCURRENT by hand ends the open rotation, and a value under a test's token ends the test.</summary>
    private SecretChange Put(RecordedCall op, Secret current, RotationRun? run, SealedContent content, IReadOnlyList<string>? stages)
    {
        var id = content.Version.VersionId;
        var labels = current.Labels.Put(id, stages);
        var takesCurrent = labels.VersionOf(StagingLabels.Current) == id;
        var after = current with { Labels = labels, Versions = SecretChanges.WithVersion(current, content.Version) };
        if (takesCurrent)
        {
            // Where the value names no server, its function stays the target.
            var rotation = RotationStart.Rescheduled(current.Rotation, _clock.Now());
            after = SecretChanges.WithoutRun(after, run) with
            {
                Rotation = rotation is null || content.TargetKey is null ? rotation : rotation with { TargetKey = content.TargetKey },
            };
        }

        // A test would put its copy of AWSCURRENT there, and take it away again.
        var isInPlaceOfTest = run is { Mode: RotationMode.TestOnly } && run.Token == id;
        return new SecretChange(_changes.Touched(after), _recorder.Success(op)) { Values = [content.Stored], AbandonOpenRun = isInPlaceOfTest || (takesCurrent && run is not null) };
    }

    private static void AddConditions(RecordedCall op, string? kmsKeyId, string? description, string? partnerType)
    {
        op.AddCondition("KmsKeyId", kmsKeyId);
        op.AddCondition("Description", description);
        op.AddCondition("Type", partnerType);
    }

    private static IReadOnlyList<SealedVersion> ValuesOf(SealedContent? content) => content is null ? [] : [content.Stored];

    private static bool IsSame(SecretVersion stored, SealedContent again) =>
        System.Security.Cryptography.CryptographicOperations.FixedTimeEquals(stored.Fingerprint, again.Version.Fingerprint);
}
