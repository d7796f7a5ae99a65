using System.Text;

namespace SecretsPortal.Core.Secrets;

/// <summary>
/// The plaintext of one version: a string or bytes, never both, at most <see cref="MaxBytes"/> bytes in UTF-8.
/// Prints as <c>***</c>.
/// </summary>
public sealed class SecretValue
{
    /// <summary>The service's limit on a value, in bytes.</summary>
    public const int MaxBytes = 65_536;

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _bytes;

    private SecretValue(byte[] bytes, bool isText)
    {
        _bytes = bytes;
        IsText = isText;
    }

    /// <summary>True for a string (SecretString), false for bytes (SecretBinary).</summary>
    public bool IsText { get; }

    /// <summary>The value's bytes; UTF-8 for a string.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The string. Only where <see cref="IsText"/>.</summary>
    public string Text => IsText
        ? Encoding.UTF8.GetString(_bytes)
        : throw new InvalidOperationException("A binary value has no text.");

    /// <summary>
    /// A value from a string. The caller has checked its length. <see cref="PortalError.InvalidParameter"/> for a lone surrogate, which
    /// has no UTF-8: the value that is read back would not be the one that was stored.
    /// </summary>
    public static SecretValue FromText(string text)
    {
        try
        {
            return new(s_strictUtf8.GetBytes(text), isText: true);
        }
        catch (EncoderFallbackException)
        {
            // Not as the cause: that exception quotes the character and its place.
            throw new PortalException(PortalError.InvalidParameter,
                "SecretString has a character that is half of a surrogate pair. Store bytes that are no text as SecretBinary.");
        }
    }

    /// <summary>A value from bytes; the array is taken over, not copied.</summary>
    public static SecretValue FromBytes(byte[] bytes, bool isText = false) => new(bytes, isText);

    /// <summary>Always <c>***</c>.</summary>
    public override string ToString() => "***";
}
