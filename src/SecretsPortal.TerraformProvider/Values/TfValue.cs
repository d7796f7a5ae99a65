using System.Collections.Immutable;

namespace SecretsPortal.TerraformProvider.Values;

/// <summary>
/// A value of Terraform's type system: known, null, or unknown until apply. Immutable, compared by content.
/// It never prints its content, because any of it may be a secret.
/// </summary>
internal abstract class TfValue : IEquatable<TfValue>
{
    /// <summary>The absence of a value, of any type.</summary>
    public static readonly TfValue Null = new Marker("null");

    /// <summary>A value that is known only after apply.</summary>
    public static readonly TfValue Unknown = new Marker("unknown");

    /// <summary>Whether there is no value.</summary>
    public bool IsNull => ReferenceEquals(this, Null);

    /// <summary>Whether the value itself is unknown; elements of a known collection may still be.</summary>
    public bool IsUnknown => ReferenceEquals(this, Unknown);

    /// <summary>Whether this is a value and not null or unknown.</summary>
    public bool IsKnown => !IsNull && !IsUnknown;

    /// <summary>Whether neither the value nor anything inside it is unknown.</summary>
    public virtual bool IsWhollyKnown => !IsUnknown;

    /// <summary>A text, or null where there is none.</summary>
    public static TfValue Of(string? text) => text is null ? Null : new TfText(text);

    /// <summary>A number, or null where there is none.</summary>
    public static TfValue Of(decimal? number) => number is { } known ? new TfNumber(known) : Null;

    /// <summary>A flag, or null where there is none.</summary>
    public static TfValue Of(bool? flag) => flag is { } known ? new TfFlag(known) : Null;

    /// <summary>A set of texts; duplicates fall together.</summary>
    public static TfValue SetOf(IEnumerable<string> texts) => TfSequence.Set(texts.Select(Of));

    /// <summary>A map of texts.</summary>
    public static TfValue MapOf(IEnumerable<KeyValuePair<string, string>> texts) =>
        new TfObject(texts.ToImmutableSortedDictionary(p => p.Key, p => Of(p.Value), StringComparer.Ordinal));

    /// <inheritdoc/>
    public abstract bool Equals(TfValue? other);

    /// <inheritdoc/>
    public sealed override bool Equals(object? obj) => Equals(obj as TfValue);

    /// <inheritdoc/>
    public abstract override int GetHashCode();

    /// <summary>The kind of value, never its content.</summary>
    public sealed override string ToString() => IsNull ? "null" : IsUnknown ? "unknown" : $"({GetType().Name})";

    private sealed class Marker(string name) : TfValue
    {
        public override bool Equals(TfValue? other) => ReferenceEquals(this, other);

        public override int GetHashCode() => name.Length;
    }
}

/// <summary>A known text.</summary>
internal sealed class TfText(string value) : TfValue
{
    /// <summary>The text.</summary>
    public string Value => value;

    /// <inheritdoc/>
    public override bool Equals(TfValue? other) => other is TfText text && string.Equals(text.Value, value, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(value);
}

/// <summary>A known number.</summary>
internal sealed class TfNumber(decimal value) : TfValue
{
    /// <summary>The number.</summary>
    public decimal Value => value;

    /// <inheritdoc/>
    public override bool Equals(TfValue? other) => other is TfNumber number && number.Value == value;

    /// <inheritdoc/>
    public override int GetHashCode() => value.GetHashCode();
}

/// <summary>A known flag.</summary>
internal sealed class TfFlag(bool value) : TfValue
{
    /// <summary>The flag.</summary>
    public bool Value => value;

    /// <inheritdoc/>
    public override bool Equals(TfValue? other) => other is TfFlag flag && flag.Value == value;

    /// <inheritdoc/>
    public override int GetHashCode() => value.GetHashCode();
}

/// <summary>A known list or set.</summary>
internal sealed class TfSequence(ImmutableArray<TfValue> items) : TfValue
{
    /// <summary>The elements; of a set in an order that depends on its content alone.</summary>
    public ImmutableArray<TfValue> Items => items;

    /// <inheritdoc/>
    public override bool IsWhollyKnown => items.All(i => i.IsWhollyKnown);

    /// <summary>
    /// A set: sorted, so that equal sets are equal sequences. Only texts are ever elements of our sets; others keep their order.
    /// </summary>
    public static TfSequence Set(IEnumerable<TfValue> items) =>
        new([.. items.Distinct().OrderBy(i => (i as TfText)?.Value, StringComparer.Ordinal)]);

    /// <summary>The known texts among the elements.</summary>
    public IEnumerable<string> Texts() => items.OfType<TfText>().Select(t => t.Value);

    /// <inheritdoc/>
    public override bool Equals(TfValue? other) => other is TfSequence sequence && sequence.Items.SequenceEqual(items);

    /// <inheritdoc/>
    public override int GetHashCode() => items.Length;
}

/// <summary>A known map or object. An attribute that it does not hold reads as null.</summary>
internal sealed class TfObject(ImmutableSortedDictionary<string, TfValue> members) : TfValue
{
    /// <summary>No members at all.</summary>
    public static readonly TfObject Empty = new(ImmutableSortedDictionary.Create<string, TfValue>(StringComparer.Ordinal));

    /// <summary>The members, in the order of their names.</summary>
    public ImmutableSortedDictionary<string, TfValue> Members => members;

    /// <inheritdoc/>
    public override bool IsWhollyKnown => members.Values.All(v => v.IsWhollyKnown);

    /// <summary>The member of that name; null where there is none.</summary>
    public TfValue this[string name] => members.GetValueOrDefault(name, Null);

    /// <summary>The same with one member set.</summary>
    public TfObject With(string name, TfValue value) => new(members.SetItem(name, value));

    /// <summary>A text member; null where it is null or unknown.</summary>
    public string? Text(string name) => (this[name] as TfText)?.Value;

    /// <summary>A whole number within 32 bits; null where it is null, unknown or outside. Validators have refused the latter.</summary>
    public int? Number(string name) =>
        this[name] is TfNumber { Value: >= int.MinValue and <= int.MaxValue } number ? (int)number.Value : null;

    /// <summary>A flag member; null where it is null or unknown.</summary>
    public bool? Flag(string name) => (this[name] as TfFlag)?.Value;

    /// <summary>An object or map member; null where it is null or unknown.</summary>
    public TfObject? Object(string name) => this[name] as TfObject;

    /// <summary>The known texts of a set or list member; null where the member is null or unknown.</summary>
    public IReadOnlyList<string>? Texts(string name) => this[name] is TfSequence sequence ? [.. sequence.Texts()] : null;

    /// <summary>The known texts of a map member by key; empty where the member is null or unknown.</summary>
    public IReadOnlyDictionary<string, string> TextMap(string name) =>
        Object(name)?.Members.Where(p => p.Value is TfText).ToDictionary(p => p.Key, p => ((TfText)p.Value).Value, StringComparer.Ordinal)
        ?? [];

    /// <inheritdoc/>
    public override bool Equals(TfValue? other) =>
        other is TfObject map && map.Members.Count == members.Count && members.All(p => map.Members.TryGetValue(p.Key, out var v) && v.Equals(p.Value));

    /// <inheritdoc/>
    public override int GetHashCode() => members.Count;
}
