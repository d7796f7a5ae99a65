namespace SecretsPortal.Core.Secrets;

/// <summary>
/// A plaintext that must not be printed by accident: <see cref="ToString"/> gives <c>***</c>, so that string
/// interpolation, a record's generated printer or a structured log cannot leak it. Ask for <see cref="Reveal"/> to get it.
/// </summary>
public readonly struct SecretText : IEquatable<SecretText>
{
    private readonly string? _value;

    /// <summary>Wraps <paramref name="value"/>.</summary>
    public SecretText(string value) => _value = value;

    /// <summary>The plaintext itself; the empty string for a default instance.</summary>
    public string Reveal() => _value ?? "";

    /// <summary>Always <c>***</c>.</summary>
    public override string ToString() => "***";

    /// <inheritdoc/>
    public bool Equals(SecretText other) => string.Equals(Reveal(), other.Reveal(), StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SecretText other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Reveal());

    /// <summary>Equality of the plaintexts, by ordinal.</summary>
    public static bool operator ==(SecretText left, SecretText right) => left.Equals(right);

    /// <summary>Inequality of the plaintexts, by ordinal.</summary>
    public static bool operator !=(SecretText left, SecretText right) => !left.Equals(right);
}
