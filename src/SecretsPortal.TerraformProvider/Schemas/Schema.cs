using System.Collections.Immutable;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Schemas;

/// <summary>Looks at a known value of the configuration and reports what is wrong with it.</summary>
internal delegate void Validator(TfValue value, AttributePath path, Diagnostics diagnostics);

/// <summary>Who sets an attribute.</summary>
internal enum Presence
{
    /// <summary>The configuration, always.</summary>
    Required,

    /// <summary>The configuration, or nobody.</summary>
    Optional,

    /// <summary>The configuration, or else the provider.</summary>
    OptionalComputed,

    /// <summary>The provider.</summary>
    Computed,
}

/// <summary>One attribute of a schema.</summary>
/// <param name="Name">As it is written in a configuration.</param>
/// <param name="Presence">Who sets it.</param>
/// <param name="Description">For the documentation; Markdown.</param>
internal sealed record SchemaAttribute(string Name, Presence Presence, string Description)
{
    private readonly TfType? _type;

    /// <summary>The value's type; of a nested attribute the object's.</summary>
    public TfType Type
    {
        get => Nested is { } nested ? TfType.ObjectOf(nested.Select(a => KeyValuePair.Create(a.Name, a.Type))) : _type!;
        init => _type = value;
    }

    /// <summary>The attributes of a single nested object; null for a plain attribute.</summary>
    public ImmutableArray<SchemaAttribute>? Nested { get; init; }

    /// <summary>Never shown on a terminal. It does stand in the state, unless it is write-only as well.</summary>
    public bool Sensitive { get; init; }

    /// <summary>Goes from the configuration to the provider at apply and is stored nowhere.</summary>
    public bool WriteOnly { get; init; }

    /// <summary>A change of it cannot be made in place.</summary>
    public bool ReplaceOnChange { get; init; }

    /// <summary>Of a computed attribute: an update of the resource does not change it.</summary>
    public bool KeptOnUpdate { get; init; }

    /// <summary>What the provider sets where the configuration says nothing; makes sense for optional and computed ones only.</summary>
    public TfValue? Default { get; init; }

    /// <summary>Checks of a known value.</summary>
    public ImmutableArray<Validator> Validators { get; init; } = [];

    /// <summary>Whether the provider may set it.</summary>
    public bool IsComputed => Presence is Presence.Computed or Presence.OptionalComputed;
}

/// <summary>What a resource, data source, ephemeral resource or the provider block looks like.</summary>
/// <param name="Version">Rises when old states have to be rewritten.</param>
/// <param name="Description">For the documentation; Markdown.</param>
/// <param name="Attributes">In the order of the documentation.</param>
internal sealed record Schema(long Version, string Description, ImmutableArray<SchemaAttribute> Attributes)
{
    /// <summary>The type of the whole.</summary>
    public TfType.ObjectType Type { get; } = TfType.ObjectOf(Attributes.Select(a => KeyValuePair.Create(a.Name, a.Type)));

    /// <summary>Runs the attributes' validators over a configuration; what is unknown yet is judged once it is known.</summary>
    public void Validate(TfObject config, Diagnostics diagnostics) => Validate(Attributes, config, path: null, diagnostics);

    private static void Validate(
        ImmutableArray<SchemaAttribute> attributes, TfObject config, AttributePath? path, Diagnostics diagnostics)
    {
        foreach (var attribute in attributes)
        {
            var value = config[attribute.Name];
            if (!value.IsKnown)
                continue;
            var here = path?.Then(attribute.Name) ?? AttributePath.Of(attribute.Name);
            foreach (var validator in attribute.Validators)
                validator(value, here, diagnostics);
            if (attribute.Nested is { } nested && value is TfObject members)
                Validate(nested, members, here, diagnostics);
        }
    }
}
