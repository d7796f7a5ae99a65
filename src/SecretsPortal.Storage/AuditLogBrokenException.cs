namespace SecretsPortal.Storage;

/// <summary>The log's head is missing or not the portal's own; the message tells the remedy.</summary>
public sealed class AuditLogBrokenException(string message) : Exception(message);
