using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Secrets;

/// <summary>What two versions have in common.</summary>
/// <param name="IsSame">True where they hold the very same.</param>
/// <param name="Fields">Each field; null where one of them is no JSON of one level.</param>
public sealed record VersionComparison(bool IsSame, IReadOnlyList<FieldDifference>? Fields);

/// <summary>
/// Single fields of a value, and what they have in common between versions. Each is a read of the version (action <c>secretsmanager:GetSecretValue</c>) by the
/// one road there is, and is recorded as one with what it was for.
/// </summary>
public sealed class SecretFieldReader
{
    private readonly SecretReader _reader;

    internal SecretFieldReader(SecretReader reader) => _reader = reader;

    /// <summary>One field of a version; <see cref="PortalError.ResourceNotFound"/> where it has none of this name. Needs a proof as <see cref="SecretReader.GetValue(CallContext, string, string?, string?, CancellationToken)"/>.</summary>
    public async Task<SecretText> GetField(CallContext call, string secretId, string versionId, string name, CancellationToken cancel)
    {
        var opened = await _reader.GetValue(call, secretId, versionId, versionStage: null, $"the field {name}", isShown: true, cancel);
        return SecretFields.Read(opened.Value) is { } fields && fields.FirstOrDefault(field => field.Key == name) is { Key: not null } found
            ? found.Value
            : throw new PortalException(PortalError.ResourceNotFound, "This version has no field of that name.");
    }

    /// <summary>
    /// Compares two versions; reads both. No part of a value and no length leaves, so no new proof is asked for: whoever may read both learns less by it.
    /// </summary>
    public async Task<VersionComparison> Compare(CallContext call, string secretId, string before, string after, CancellationToken cancel)
    {
        var first = await _reader.GetValue(call, secretId, before, versionStage: null, $"compared with version {after}", isShown: false, cancel);
        var second = await _reader.GetValue(call, secretId, after, versionStage: null, $"compared with version {before}", isShown: false, cancel);
        return new VersionComparison(SecretFields.AreSame(first.Value, second.Value), SecretFields.Compare(first.Value, second.Value));
    }
}
