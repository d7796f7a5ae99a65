namespace SecretsPortal.Core.Policies;

/// <summary>A tag of a caller: the condition key <c>aws:PrincipalTag/KEY</c>.</summary>
/// <param name="Key">At most 128 characters.</param>
/// <param name="Value">At most 256 characters.</param>
public sealed record CallerTag(string Key, string Value);
