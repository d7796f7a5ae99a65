namespace SecretsPortal.Core.Rotation;

/// <summary>A stretch of time in which a rotation may begin.</summary>
/// <param name="Start">Its first instant.</param>
/// <param name="End">Its first instant after.</param>
public sealed record RotationWindow(DateTimeOffset Start, DateTimeOffset End);
