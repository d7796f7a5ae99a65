using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary>A secret's tags: its own and those of the provider's <c>default_tags</c>.</summary>
internal static class SecretTagging
{
    /// <summary>The provider's default tags, and the resource's own before them.</summary>
    public static Dictionary<string, string> Merge(IReadOnlyDictionary<string, string> defaults, IReadOnlyDictionary<string, string> own)
    {
        var all = new Dictionary<string, string>(defaults, StringComparer.Ordinal);
        foreach (var (key, value) in own)
            all[key] = value;
        return all;
    }

    /// <summary>All tags that the secret is to have.</summary>
    public static Dictionary<string, string> Of(TfObject planned, ResourceCall call) =>
        Merge(call.DefaultTags ?? new Dictionary<string, string>(), planned.TextMap("tags"));

    /// <summary>Takes tags off and sets others until the secret has those of <paramref name="after"/>.</summary>
    public static async Task UpdateAsync(
        PortalClient portal, string arn, IReadOnlyDictionary<string, string> before, Dictionary<string, string> after, CancellationToken stop)
    {
        var removed = before.Keys.Where(k => !after.ContainsKey(k)).ToList();
        if (removed.Count > 0)
            await portal.UntagResourceAsync(new UntagResourceRequest { SecretId = arn, TagKeys = removed }, stop);
        var set = after.Where(t => before.GetValueOrDefault(t.Key) != t.Value).ToDictionary(StringComparer.Ordinal);
        if (ToWire(set) is { } tags)
            await portal.TagResourceAsync(new TagResourceRequest { SecretId = arn, Tags = tags }, stop);
    }

    /// <summary>As a request carries them; null for none.</summary>
    public static List<SecretTag>? ToWire(Dictionary<string, string> tags) =>
        tags.Count == 0 ? null : [.. tags.Select(t => new SecretTag { Key = t.Key, Value = t.Value })];
}
