using System.Collections.Frozen;
using SecretsPortal.Core;
using SecretsPortal.Web.Api.Operations;

namespace SecretsPortal.Web.Api;

/// <summary>The API's operations by their targets.</summary>
internal static class OperationTable
{
    private const string TargetPrefix = "secretsmanager.";

    private static readonly FrozenDictionary<string, Operation> s_operations = new[]
    {
        BatchGetSecretValue.Operation,
        CancelRotateSecret.Operation,
        CreateSecret.Operation,
        DeleteResourcePolicy.Operation,
        DeleteSecret.Operation,
        DescribeSecret.Operation,
        GetRandomPassword.Operation,
        GetResourcePolicy.Operation,
        GetSecretValue.Operation,
        ListSecretVersionIds.Operation,
        ListSecrets.Operation,
        PutResourcePolicy.Operation,
        PutSecretValue.Operation,
        RemoveRegionsFromReplication.Operation,
        ReplicateSecretToRegions.Operation,
        RestoreSecret.Operation,
        RotateSecret.Operation,
        StopReplicationToReplica.Operation,
        TagResource.Operation,
        UntagResource.Operation,
        UpdateSecret.Operation,
        UpdateSecretVersionStage.Operation,
        ValidateResourcePolicy.Operation,
    }.ToFrozenDictionary(operation => operation.Name, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, Operation>.AlternateLookup<ReadOnlySpan<char>> s_byName =
        s_operations.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The action that a target asks for, for the record; a target that names no operation gives a fixed text, never the client's.</summary>
    public static string ActionOf(string? target) => TryFind(target)?.Action ?? "secretsmanager:UnknownOperation";

    /// <summary>The operation of a target; <see cref="PortalError.UnknownOperation"/> where there is none.</summary>
    public static Operation Find(string? target) => TryFind(target)
        ?? throw new PortalException(PortalError.UnknownOperation,
            "The request names no operation of this service; send POST / with the header X-Amz-Target: secretsmanager.OPERATION.");

    private static Operation? TryFind(string? target) =>
        target?.StartsWith(TargetPrefix, StringComparison.Ordinal) == true && s_byName.TryGetValue(target.AsSpan(TargetPrefix.Length), out var operation)
            ? operation
            : null;
}
