using System.Collections.Immutable;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary>A plan in the making; a resource may correct it before it goes to Terraform.</summary>
/// <param name="prior">The state so far; null for a creation.</param>
/// <param name="config">What the configuration says, write-only attributes included.</param>
/// <param name="planned">The state to be, as the schema alone gives it.</param>
internal sealed class PlanDraft(TfObject? prior, TfObject config, TfObject planned)
{
    private readonly List<AttributePath> _replaceFor = [];

    /// <summary>The state so far; null for a creation.</summary>
    public TfObject? Prior => prior;

    /// <summary>What the configuration says, write-only attributes included.</summary>
    public TfObject Config => config;

    /// <summary>The state to be.</summary>
    public TfObject Planned { get; private set; } = planned;

    /// <summary>The attributes that can only be changed by making the resource anew.</summary>
    public IReadOnlyList<AttributePath> ReplaceFor => _replaceFor;

    /// <summary>Whether the attribute is to change; something unknown counts as a change.</summary>
    public bool Changes(string attribute) => prior is null || !prior[attribute].Equals(Planned[attribute]);

    /// <summary>Plans a value.</summary>
    public void Set(string attribute, TfValue value) => Planned = Planned.With(attribute, value);

    /// <summary>Plans to make the resource anew because of this attribute.</summary>
    public void Replace(string attribute) => _replaceFor.Add(AttributePath.Of(attribute));

    /// <summary>Takes back what the schema alone says of this attribute: its change makes nothing anew.</summary>
    public void ChangeInPlace(string attribute) => _replaceFor.RemoveAll(p => p.ToString() == attribute);
}

/// <summary>What of a plan follows from the schema: defaults, computed attributes, and what cannot be changed in place.</summary>
internal static class Planner
{
    /// <summary>Plans a creation (<paramref name="prior"/> is null) or an update.</summary>
    public static PlanDraft Draft(Schema schema, TfObject? prior, TfObject config)
    {
        var planned = TfObject.Empty;
        foreach (var attribute in schema.Attributes)
            planned = planned.With(attribute.Name, Plan(attribute, prior?[attribute.Name], config[attribute.Name]));
        var draft = new PlanDraft(prior, config, planned);
        if (prior is null)
            return draft;
        var changed = schema.Attributes.Where(a => draft.Changes(a.Name)).ToList();
        foreach (var attribute in changed.Where(a => a.ReplaceOnChange))
            draft.Replace(attribute.Name);
        if (changed.Count > 0)
        {
            foreach (var attribute in schema.Attributes.Where(a => IsOpen(a, config)))
                draft.Set(attribute.Name, TfValue.Unknown);
        }

        return draft;
    }

    private static TfValue Plan(SchemaAttribute attribute, TfValue? prior, TfValue configured)
    {
        // Terraform refuses a plan that holds a write-only value, and so do we.
        if (attribute.WriteOnly)
            return TfValue.Null;
        // Terraform takes the prior value for the configured one where the provider says that they mean the same.
        if (prior is not null && !configured.IsNull && attribute.IsSame(prior, configured))
            return prior;
        if (!configured.IsNull)
            return attribute.Nested is { } nested ? PlanNested(nested, attribute.Nesting, prior, configured) : configured;
        if (attribute.Default is { } fallback)
            return fallback;
        if (!attribute.IsComputed)
            return TfValue.Null;
        return prior ?? TfValue.Unknown;
    }

    private static TfValue PlanNested(ImmutableArray<SchemaAttribute> nested, Nesting nesting, TfValue? prior, TfValue configured) => (nesting, configured) switch
    {
        (Nesting.Single, TfObject one) => PlanObject(nested, prior as TfObject, one),
        (Nesting.Map, TfObject map) => new TfObject(map.Members.ToImmutableSortedDictionary(
            p => p.Key, p => p.Value is TfObject one ? PlanObject(nested, (prior as TfObject)?[p.Key] as TfObject, one) : p.Value, StringComparer.Ordinal)),
        (Nesting.List, TfSequence list) => new TfSequence([.. list.Items.Select(i => i is TfObject one ? PlanObject(nested, prior: null, one) : i)]),
        _ => configured,
    };

    private static TfObject PlanObject(ImmutableArray<SchemaAttribute> nested, TfObject? prior, TfObject configured) =>
        nested.Aggregate(TfObject.Empty, (o, a) => o.With(a.Name, Plan(a, prior?[a.Name], configured[a.Name])));

    private static bool IsOpen(SchemaAttribute attribute, TfObject config) =>
        attribute is { IsComputed: true, KeptOnUpdate: false, Default: null } && config[attribute.Name].IsNull;
}
