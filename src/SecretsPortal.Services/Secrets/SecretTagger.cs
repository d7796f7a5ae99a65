using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Audit;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Secrets;

/// <summary>Sets and removes tags of secrets.</summary>
public sealed class SecretTagger
{
    private readonly SecretFinder _finder;
    private readonly SecretChanges _changes;
    private readonly AuditRecorder _recorder;

    internal SecretTagger(SecretFinder finder, SecretChanges changes, AuditRecorder recorder)
    {
        _finder = finder;
        _changes = changes;
        _recorder = recorder;
    }

    /// <summary>TagResource: adds tags, replaces the values of those that are there.</summary>
    public Task<Secret> Tag(CallContext call, string secretId, IReadOnlyList<SecretTag> tags, CancellationToken cancel) => Tag(call, secretId, tags, seen: null, cancel);

    /// <summary>As the other one; <see cref="PortalError.PreconditionNotMet"/> where the tags have changed since the editor saw the secret.</summary>
    public Task<Secret> Tag(CallContext call, string secretId, IReadOnlyList<SecretTag> tags, Secret? seen, CancellationToken cancel) =>
        _recorder.Recording(call, "secretsmanager:TagResource", secretId, async op =>
        {
            SecretRules.Tags(tags);
            foreach (var tag in tags)
                op.Conditions[$"aws:RequestTag/{tag.Key}"] = [tag.Value];
            op.Conditions["aws:TagKeys"] = [.. tags.Select(t => t.Key)];
            var secret = await _finder.Find(op, secretId, cancel);
            op.Detail = $"keys {string.Join(", ", tags.Select(t => t.Key))}";
            return await _changes.Change(op, secret, (current, _) =>
            {
                SecretRules.RefuseDeleted(current);
                SecretRules.RefuseChanged(seen, current, SameTags);
                if (tags.Count == 0)
                    return null;
                var replaced = (current.Tags ?? []).Select(old => tags.FirstOrDefault(t => t.Key == old.Key) ?? old).ToList();
                IReadOnlyList<SecretTag> all = [.. replaced, .. tags.Where(t => replaced.TrueForAll(old => old.Key != t.Key))];
                return new SecretChange(_changes.Touched(current with { Tags = SecretRules.TagsFit(all) }), _recorder.Success(op));
            }, cancel);
        }, cancel);

    /// <summary>UntagResource: removes tags by key; keys that are not there are no error.</summary>
    public Task<Secret> Untag(CallContext call, string secretId, IReadOnlyList<string> tagKeys, CancellationToken cancel) => Untag(call, secretId, tagKeys, seen: null, cancel);

    /// <summary>As the other one; <see cref="PortalError.PreconditionNotMet"/> where the tags have changed since the editor saw the secret.</summary>
    public Task<Secret> Untag(CallContext call, string secretId, IReadOnlyList<string> tagKeys, Secret? seen, CancellationToken cancel) =>
        _recorder.Recording(call, "secretsmanager:UntagResource", secretId, async op =>
        {
            foreach (var key in tagKeys)
                SecretRules.TagKey(key);
            op.Conditions["aws:TagKeys"] = tagKeys;
            var secret = await _finder.Find(op, secretId, cancel);
            op.Detail = $"keys {string.Join(", ", tagKeys)}";
            return await _changes.Change(op, secret, (current, _) =>
            {
                SecretRules.RefuseDeleted(current);
                SecretRules.RefuseChanged(seen, current, SameTags);
                return current.Tags is null || !current.Tags.Any(t => tagKeys.Contains(t.Key, StringComparer.Ordinal))
                    ? null
                    : new SecretChange(
                        _changes.Touched(current with { Tags = [.. current.Tags.Where(t => !tagKeys.Contains(t.Key, StringComparer.Ordinal))] }), _recorder.Success(op));
            }, cancel);
        }, cancel);

    private static bool SameTags(Secret seen, Secret now) => (seen.Tags ?? []).SequenceEqual(now.Tags ?? []);
}
