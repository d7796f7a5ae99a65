namespace SecretsPortal.Services.Start;

/// <summary>
/// Keeps small keys of the host (such as those that protect cookies) in the database, sealed by the KMS, so that all nodes share them.
/// </summary>
public sealed class PortalKeyRing
{
    /// <summary>All entries whose names begin with <paramref name="prefix"/>, opened.</summary>
    public Task<IReadOnlyList<(string Name, byte[] Value)>> Read(string prefix, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Adds an entry; false where the name exists already.</summary>
    public Task<bool> Add(string name, byte[] value, CancellationToken cancel) => throw new NotImplementedException();
}
