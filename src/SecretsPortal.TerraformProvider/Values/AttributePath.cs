using System.Collections.Immutable;

namespace SecretsPortal.TerraformProvider.Values;

/// <summary>Where in a resource's configuration something stands, so that Terraform can show the line.</summary>
/// <param name="Steps">From the outside in; a step is an attribute's name, a map's key or a list's index.</param>
internal sealed record AttributePath(ImmutableArray<AttributePath.Step> Steps)
{
    /// <summary>A top-level attribute.</summary>
    public static AttributePath Of(string attribute) => new([new Step.Attribute(attribute)]);

    /// <summary>An attribute of the object at this path.</summary>
    public AttributePath Then(string attribute) => new(Steps.Add(new Step.Attribute(attribute)));

    /// <summary>An element of the map at this path.</summary>
    public AttributePath Key(string key) => new(Steps.Add(new Step.Element(key)));

    /// <summary>A block of the object at this path, or at the top.</summary>
    public static AttributePath Block(AttributePath? path, string block) =>
        new((path?.Steps ?? []).Add(new Step.Attribute(block) { IsBlock = true }));

    /// <summary>An element of the list at this path.</summary>
    public AttributePath Index(int index) => new(Steps.Add(new Step.Place(index)));

    /// <summary>The path as it is written in a configuration, such as <c>tags["a"]</c>.</summary>
    public override string ToString() => string.Concat(Steps.Select((s, i) => s switch
    {
        Step.Attribute a => i == 0 ? a.Name : "." + a.Name,
        Step.Element e => $"[\"{e.Key}\"]",
        Step.Place p => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"[{p.Index}]"),
        _ => "",
    }));

    /// <summary>One step of a path.</summary>
    internal abstract record Step
    {
        /// <summary>To an attribute.</summary>
        internal sealed record Attribute(string Name) : Step
        {
            /// <summary>It is a block, inside which Terraform finds lines.</summary>
            public bool IsBlock { get; init; }
        }

        /// <summary>To an element of a map.</summary>
        internal sealed record Element(string Key) : Step;

        /// <summary>To an element of a list.</summary>
        internal sealed record Place(int Index) : Step;
    }
}
