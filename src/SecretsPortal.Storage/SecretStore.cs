using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Storage;

/// <summary>A sealed value as it lies in a version's row.</summary>
/// <param name="VersionId">The version.</param>
/// <param name="Sealed">The bytes of a SealedValue.</param>
/// <param name="IsText">True for SecretString.</param>
public sealed record SealedVersion(string VersionId, byte[] Sealed, bool IsText);

/// <summary>
/// The whole change of one secret, decided from the secret as it is inside the transaction. The store writes the difference
/// between before and after: row, labels, tags, rotation settings, added, filled and removed versions.
/// </summary>
/// <param name="After">The secret as it shall be; Versions lists those that stay and those that are new.</param>
/// <param name="Audit">The record that commits with it.</param>
public sealed record SecretChange(Secret After, AuditRecord Audit)
{
    /// <summary>Values to write: of new versions, of versions that had none, or re-encrypted ones.</summary>
    public IReadOnlyList<SealedVersion> Values { get; init; } = [];

    /// <summary>A run to register.</summary>
    public RotationRun? StartRun { get; init; }

    /// <summary>The run that ends with this change; the change is refused if its fencing token is no longer valid.</summary>
    public RotationRunEnd? EndRun { get; init; }

    /// <summary>True to end the secret's open run, whoever holds it, as Abandoned.</summary>
    public bool AbandonOpenRun { get; init; }
}

/// <summary>How a run ends.</summary>
/// <param name="RunId">Which run.</param>
/// <param name="Fence">The fencing token of the lease that ends it.</param>
/// <param name="State">Succeeded, Failed or Abandoned.</param>
/// <param name="Message">For people; null where there is nothing to say.</param>
public sealed record RotationRunEnd(string RunId, long Fence, RotationRunState State, string? Message);

/// <summary>Secrets with their labels, tags and versions.</summary>
public sealed class SecretStore(Database database)
{
    /// <summary>Finds by name, ARN or partial ARN; deleted ones too. Null where there is none.</summary>
    public Task<Secret?> Find(string region, SecretId id, CancellationToken cancel) => throw new NotImplementedException(database.ToString());

    /// <summary>Finds by the portal's id.</summary>
    public Task<Secret?> FindById(string id, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>The sealed value of a version; null where it has none.</summary>
    public Task<SealedVersion?> FindValue(string id, string versionId, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>A page, ordered by creation. At most Limit secrets.</summary>
    public Task<IReadOnlyList<Secret>> List(SecretQuery query, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Stores a new secret with its values; false, and nothing stored, where the region has that name already.</summary>
    public Task<bool> Create(SecretChange change, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>
    /// Changes a secret: reads it under a lock, asks <paramref name="decide"/>, and writes what it says, in one transaction.
    /// A null answer changes nothing. Exceptions of <paramref name="decide"/> roll back and pass through. Gives the secret as it is
    /// afterwards; null where it does not exist any more.
    /// </summary>
    public Task<Secret?> Change(string id, Func<Secret, SecretChange?> decide, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Notes the day of a read, on the secret and on the version; a day that is noted already is not written again.</summary>
    public Task NoteAccess(string id, string versionId, DateOnly day, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Ids of secrets whose recovery window has ended.</summary>
    public Task<IReadOnlyList<string>> FindPurgeable(DateTimeOffset now, int limit, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>
    /// Removes a secret for good, in the transaction of its record. With <paramref name="dueAt"/>, only if its recovery window has
    /// ended by then. False where it was not there (or not due).
    /// </summary>
    public Task<bool> Remove(string id, DateTimeOffset? dueAt, AuditRecord audit, CancellationToken cancel) => throw new NotImplementedException();
}
