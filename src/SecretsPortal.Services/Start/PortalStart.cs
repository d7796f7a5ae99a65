using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Start;

/// <summary>The start cannot go on; each fault names a configuration key or a file, and the remedy. The host exits with 78.</summary>
public sealed class PortalStartException(IReadOnlyList<string> faults) : Exception(string.Join(Environment.NewLine, faults))
{
    /// <summary>One line each.</summary>
    public IReadOnlyList<string> Faults { get; } = faults;
}

/// <summary>What the first start made. Members are null where configuration named them, or where it was no first start.</summary>
public sealed record FirstStart
{
    /// <summary>The administrator's name; null where this was no first start.</summary>
    public string? AdminUser { get; init; }

    /// <summary>The generated password, to be printed once.</summary>
    public SecretText? GeneratedAdminPassword { get; init; }

    /// <summary>The first access key's id; null where this was no first start.</summary>
    public string? AccessKeyId { get; init; }

    /// <summary>The generated secret half, to be printed once.</summary>
    public SecretText? GeneratedSecretAccessKey { get; init; }
}

/// <summary>What must be true before the doors open: schema, keys, first administrator.</summary>
public sealed class PortalStart
{
    /// <summary>Migrates, opens the KMS and the portal's own keys, and in an empty database creates the first administrator and access key.</summary>
    public Task<FirstStart> Run(CancellationToken cancel) => throw new NotImplementedException();
}

/// <summary>Whether the portal can serve.</summary>
public sealed class PortalHealth
{
    /// <summary>The names of what is away (<c>database</c>, <c>kms</c>) with a reason each; empty when ready.</summary>
    public Task<IReadOnlyDictionary<string, string>> Check(CancellationToken cancel) => throw new NotImplementedException();
}
