using SecretsPortal.Core.Audit;

namespace SecretsPortal.Storage;

/// <summary>The log.</summary>
public sealed class AuditStore(Database database)
{
    /// <summary>Appends a record of its own transaction, durably, before it returns.</summary>
    public Task Append(AuditRecord record, CancellationToken cancel) => throw new NotImplementedException(database.ToString());

    /// <summary>A page, newest first.</summary>
    public Task<IReadOnlyList<AuditEvent>> Search(AuditQuery query, CancellationToken cancel) => throw new NotImplementedException();
}
