using Google.Protobuf;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Protocol;

/// <summary>Between the protocol's messages and the provider's own words.</summary>
internal static class WireMapping
{
    /// <summary>Reads a value in whichever encoding it came; no bytes at all are null.</summary>
    public static TfValue ToValue(this DynamicValue? value, TfType type) => value switch
    {
        null => TfValue.Null,
        { Msgpack.IsEmpty: false } => MsgPackCodec.Decode(value.Msgpack.Memory, type),
        { Json.IsEmpty: false } => JsonCodec.Decode(value.Json.Memory, type),
        _ => TfValue.Null,
    };

    /// <summary>Reads an object that must be there.</summary>
    public static TfObject ToObject(this DynamicValue? value, TfType type) =>
        value.ToValue(type) as TfObject ?? throw new ValueFormatException("The value must be an object and is null or unknown.");

    /// <summary>Writes a value; null for none.</summary>
    public static DynamicValue ToWire(this TfValue value, TfType type) =>
        new() { Msgpack = UnsafeByteOperations.UnsafeWrap(MsgPackCodec.Encode(value, type)) };

    /// <summary>Writes what was collected.</summary>
    public static IEnumerable<Diagnostic> ToWire(this Diagnostics diagnostics) => diagnostics.Entries.Select(e => new Diagnostic
    {
        Severity = e.IsError ? Diagnostic.Types.Severity.Error : Diagnostic.Types.Severity.Warning,
        Summary = e.Summary,
        Detail = e.Detail,
        Attribute = e.Path?.Shown().ToWire(),
    });

    /// <summary>
    /// Terraform 1.11 finds the line of an attribute, of a map's element and of what stands in a block, but of nothing inside a nested
    /// attribute: given such a path, it shows no line at all. The summary names the whole path, so the outer attribute's line says more.
    /// </summary>
    private static Values.AttributePath Shown(this Values.AttributePath path)
    {
        for (var i = 0; i < path.Steps.Length - 1; i++)
        {
            if (path.Steps[i] is Values.AttributePath.Step.Attribute { IsBlock: false }
                && path.Steps[(i + 1)..].Any(s => s is Values.AttributePath.Step.Attribute or Values.AttributePath.Step.Place))
                return new(path.Steps[..(i + 1)]);
        }

        return path;
    }

    /// <summary>Writes a function's signature.</summary>
    public static Function ToWire(this Resources.ProviderFunction function)
    {
        var wire = new Function
        {
            Summary = function.Summary,
            Description = function.Description,
            DescriptionKind = StringKind.Markdown,
            Return = new Function.Types.Return { Type = UnsafeByteOperations.UnsafeWrap(function.ReturnType.ToJson()) },
        };
        wire.Parameters.AddRange(function.Parameters.Select(p => new Function.Types.Parameter
        {
            Name = p.Name, Description = p.Description, DescriptionKind = StringKind.Markdown, Type = UnsafeByteOperations.UnsafeWrap(p.Type.ToJson()),
        }));
        return wire;
    }

    /// <summary>Writes a path.</summary>
    public static AttributePath ToWire(this Values.AttributePath path)
    {
        var wire = new AttributePath();
        foreach (var step in path.Steps)
        {
            wire.Steps.Add(step switch
            {
                Values.AttributePath.Step.Attribute a => new AttributePath.Types.Step { AttributeName = a.Name },
                Values.AttributePath.Step.Place p => new AttributePath.Types.Step { ElementKeyInt = p.Index },
                Values.AttributePath.Step.Element e => new AttributePath.Types.Step { ElementKeyString = e.Key },
                _ => throw new InvalidOperationException("A path's step is of a kind that the protocol does not have."),
            });
        }

        return wire;
    }

    /// <summary>Writes a schema.</summary>
    public static Schema ToWire(this Schemas.Schema schema)
    {
        var block = BlockOf(schema.Attributes);
        (block.Version, block.Description, block.DescriptionKind) = (schema.Version, schema.Description, StringKind.Markdown);
        return new Schema { Version = schema.Version, Block = block };
    }

    private static Schema.Types.Block BlockOf(IEnumerable<SchemaAttribute> attributes)
    {
        var block = new Schema.Types.Block();
        foreach (var attribute in attributes)
        {
            if (attribute.IsBlock)
                block.BlockTypes.Add(NestedBlockOf(attribute));
            else
                block.Attributes.Add(ToWire(attribute));
        }

        return block;
    }

    private static Schema.Types.NestedBlock NestedBlockOf(SchemaAttribute attribute)
    {
        var block = BlockOf(attribute.Nested!.Value);
        (block.Description, block.DescriptionKind) = (attribute.Description, StringKind.Markdown);
        return new Schema.Types.NestedBlock
        {
            TypeName = attribute.Name,
            Block = block,
            Nesting = attribute.Nesting == Nesting.Single
                ? Schema.Types.NestedBlock.Types.NestingMode.Single
                : Schema.Types.NestedBlock.Types.NestingMode.List,
        };
    }

    private static Schema.Types.Attribute ToWire(SchemaAttribute attribute)
    {
        var wire = new Schema.Types.Attribute
        {
            Name = attribute.Name,
            Description = attribute.Description,
            DescriptionKind = StringKind.Markdown,
            Required = attribute.Presence == Presence.Required,
            Optional = attribute.Presence is Presence.Optional or Presence.OptionalComputed,
            Computed = attribute.IsComputed,
            Sensitive = attribute.Sensitive,
            WriteOnly = attribute.WriteOnly,
        };
        if (attribute.Nested is { } nested)
        {
            wire.NestedType = new Schema.Types.Object
            {
                Nesting = attribute.Nesting switch
                {
                    Nesting.List => Schema.Types.Object.Types.NestingMode.List,
                    Nesting.Map => Schema.Types.Object.Types.NestingMode.Map,
                    _ => Schema.Types.Object.Types.NestingMode.Single,
                },
            };
            wire.NestedType.Attributes.AddRange(nested.Select(ToWire));
        }
        else
        {
            wire.Type = UnsafeByteOperations.UnsafeWrap(attribute.Type.ToJson());
        }

        return wire;
    }
}
