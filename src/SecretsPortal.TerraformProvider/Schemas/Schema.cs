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

/// <summary>How objects lie in a nested attribute or block.</summary>
internal enum Nesting
{
    /// <summary>One object.</summary>
    Single,

    /// <summary>Objects in an order.</summary>
    List,

    /// <summary>Objects by key; no block is of this kind.</summary>
    Map,
}

/// <summary>One attribute or block of a schema.</summary>
/// <param name="Name">As it is written in a configuration.</param>
/// <param name="Presence">Who sets it.</param>
/// <param name="Description">For the documentation; Markdown.</param>
internal sealed record SchemaAttribute(string Name, Presence Presence, string Description)
{
    private readonly TfType? _type;

    /// <summary>The value's type; of a nested attribute or block that of its objects.</summary>
    public TfType Type
    {
        get => _type ?? (Nested is { } nested ? TypeOf(nested, Nesting) : throw new InvalidOperationException($"{Name} has no type."));
        init => _type = value;
    }

    /// <summary>The attributes of the nested objects; null for a plain attribute.</summary>
    public ImmutableArray<SchemaAttribute>? Nested { get; init; }

    /// <summary>How the nested objects lie.</summary>
    public Nesting Nesting { get; init; }

    /// <summary>Written as <c>name { … }</c> rather than <c>name = { … }</c>; always <see cref="Presence.Optional"/>.</summary>
    public bool IsBlock { get; init; }

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

    /// <summary>What the administration API calls it; its name in camel case where this is null.</summary>
    public string? Wire { get; init; }

    /// <summary>Of the provider alone: the portal neither is sent it nor tells it.</summary>
    public bool Local { get; init; }

    /// <summary>The portal is sent it and does not tell it afterwards.</summary>
    public bool NotTold { get; init; }

    /// <summary>The administration API takes it in a change only: where a creation asks for another value than the API's, a change follows.</summary>
    public bool ChangesOnly { get; init; }

    /// <summary>JSON in a text: two that differ in layout alone are the same.</summary>
    public bool IsJson { get; init; }

    /// <summary>A time in a text: two forms of one instant are the same.</summary>
    public bool IsTime { get; init; }

    /// <summary>The name or the ARN of a secret; which of the two does not matter.</summary>
    public bool IsSecret { get; init; }

    /// <summary>Says how Terraform is to proceed, or what it did, and nothing that the portal tells of the thing itself, so that a data source does not have it.</summary>
    public bool IsBehaviour { get; init; }

    /// <summary>Whether the provider may set it.</summary>
    public bool IsComputed => Presence is Presence.Computed or Presence.OptionalComputed;

    /// <summary>Whether two values mean the same, although they may be written in two ways.</summary>
    public bool IsSame(TfValue a, TfValue b) => a.Equals(b)
        || (a is TfText x && b is TfText y && (IsJson && Sameness.OfJson(x.Value, y.Value) || IsTime && Sameness.OfTime(x.Value, y.Value)
            || IsSecret && Sameness.OfSecret(x.Value, y.Value)));

    private static TfType TypeOf(ImmutableArray<SchemaAttribute> nested, Nesting nesting)
    {
        var one = TfType.ObjectOf(nested.Select(a => KeyValuePair.Create(a.Name, a.Type)));
        return nesting switch
        {
            Nesting.List => TfType.ListOf(one),
            Nesting.Map => TfType.MapOf(one),
            _ => one,
        };
    }
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

    /// <summary>Calls for each write-only attribute that the configuration sets, at whatever depth.</summary>
    public void VisitWriteOnly(TfObject config, Action<AttributePath> found) => VisitWriteOnly(Attributes, config, path: null, found);

    private static void Validate(ImmutableArray<SchemaAttribute> attributes, TfObject config, AttributePath? path, Diagnostics diagnostics)
    {
        foreach (var attribute in attributes)
        {
            var value = config[attribute.Name];
            if (!value.IsKnown)
                continue;
            var here = PathOf(attribute, path);
            foreach (var validator in attribute.Validators)
                validator(value, here, diagnostics);
            foreach (var (members, inside) in Inside(attribute, value, here))
                Validate(attribute.Nested!.Value, members, inside, diagnostics);
        }
    }

    private static void VisitWriteOnly(ImmutableArray<SchemaAttribute> attributes, TfObject config, AttributePath? path, Action<AttributePath> found)
    {
        foreach (var attribute in attributes)
        {
            var (value, here) = (config[attribute.Name], PathOf(attribute, path));
            if (attribute.WriteOnly && !value.IsNull)
                found(here);
            foreach (var (members, inside) in Inside(attribute, value, here))
                VisitWriteOnly(attribute.Nested!.Value, members, inside, found);
        }
    }

    private static AttributePath PathOf(SchemaAttribute attribute, AttributePath? path) =>
        attribute.IsBlock ? AttributePath.Block(path, attribute.Name) : path?.Then(attribute.Name) ?? AttributePath.Of(attribute.Name);

    /// <summary>The objects inside a nested value, each with its path; none in a plain or unknown one.</summary>
    private static IEnumerable<(TfObject Members, AttributePath Path)> Inside(SchemaAttribute attribute, TfValue value, AttributePath here) =>
        attribute.Nested is null ? [] : (attribute.Nesting, value) switch
        {
            (Nesting.List, TfSequence list) => list.Items.Index().Where(p => p.Item is TfObject).Select(p => ((TfObject)p.Item, here.Index(p.Index))),
            (Nesting.Map, TfObject map) => map.Members.Where(p => p.Value is TfObject).Select(p => ((TfObject)p.Value, here.Key(p.Key))),
            (Nesting.Single, TfObject one) => [(one, here)],
            _ => [],
        };
}
