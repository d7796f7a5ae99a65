namespace SecretsPortal.TerraformProvider.Values;

/// <summary>
/// Bytes that are no value of the type they should have. The message names the place by attribute names and the type, never the content.
/// </summary>
internal sealed class ValueFormatException(string message, Exception? inner = null) : Exception(message, inner);
