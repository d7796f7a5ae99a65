using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Rotation.Rotators;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation;

/// <summary>
/// The master secrets of alternating users. Whoever writes a secret could name any other one in <c>masterarn</c>, so a master is used only where
/// somebody who may read it has set the rotation up: its ARN is kept with the settings, and any other is refused.
/// </summary>
internal sealed class MasterSecrets(SecretFinder finder, SecretStore store, SecretSealer sealer, AuditRecorder recorder, PortalOptions options)
{
    /// <summary>
    /// The ARN of the master that a value names, if the call's caller may use it or somebody else was allowed before; null where it names none.
    /// AccessDenied names the member and the permission.
    /// </summary>
    public async Task<string?> Approve(RecordedCall op, Secret secret, SecretValue current, CancellationToken cancel)
    {
        if (DatabaseCredential.MasterArnOf(current) is not { } named)
            return null;
        try
        {
            if (secret.Rotation?.MasterArn is { } approved && await Find(secret, named, cancel) is { } known && known.Arn.ToString() == approved)
                return approved;
            var asked = new RecordedCall(op.Call, SecretActions.GetSecretValue, named);
            asked.AddCondition("VersionStage", StagingLabels.Current);
            var master = await finder.Find(asked, named, cancel);
            SecretRules.RefuseDeleted(master);
            return master.Id != secret.Id
                ? master.Arn.ToString()
                : throw new PortalException(PortalError.InvalidRequest, "it is the secret itself. Name the secret of a user that may change the passwords of others.");
        }
        catch (PortalException fault) when (fault.Error == PortalError.AccessDenied)
        {
            throw new PortalException(fault.Error,
                $"The member \"masterarn\" of the secret's value names a master secret, so whoever sets up the rotation needs {SecretActions.GetSecretValue} on that one, too. {fault.Message}");
        }
        catch (PortalException fault) when (fault.Error is PortalError.ResourceNotFound or PortalError.InvalidRequest or PortalError.InvalidParameter or PortalError.Validation)
        {
            throw new PortalException(PortalError.InvalidRequest, $"The member \"masterarn\" of the secret's value can't be used: {fault.Message}");
        }
    }

    /// <summary>
    /// The value of the master that <paramref name="current"/> names; null where it names none. The master's own record is written before. A final
    /// <see cref="RotationException"/> where it is another one than the settings were approved with, or has no value.
    /// </summary>
    public async Task<SecretValue?> Open(Secret secret, SecretValue current, string requestId, CancellationToken cancel)
    {
        if (DatabaseCredential.MasterArnOf(current) is not { } named)
            return null;
        var master = await Find(secret, named, cancel);
        if (secret.Rotation?.MasterArn is null || master?.Arn.ToString() != secret.Rotation.MasterArn)
            throw Fault($"\"masterarn\" names another secret than the one that the rotation was set up with. Call RotateSecret again as somebody who may read {named}.");
        if (master.Id == secret.Id)
            throw Fault("\"masterarn\" names the secret itself. Name the secret of a user that may change the passwords of others, then call RotateSecret again.");
        if (master.DeletedAt is not null || master.Labels.VersionOf(StagingLabels.Current) is not { } version
            || await store.FindValue(master.Id, version, cancel) is not { } stored)
            throw Fault("The master secret that \"masterarn\" names is marked for deletion or has no value. Restore it or put a value, then rotate again.");
        var call = CallerArn.System("rotation", options.AccountId, master.Arn.Region, requestId);
        await recorder.Record(
            recorder.For(call, SecretActions.GetSecretValue, master.Arn.ToString(), AuditOutcome.Succeeded, $"version {version}, as the master of {secret.Arn}"), cancel);
        return await sealer.Open(master.Arn, stored, cancel);
    }

    private async Task<Secret?> Find(Secret secret, string named, CancellationToken cancel)
    {
        try
        {
            var id = SecretId.Parse(named);
            return id.Arn is { } arn && (arn.Region != secret.Arn.Region || arn.Account != secret.Arn.Account) ? null : await store.Find(secret.Arn.Region, id, cancel);
        }
        catch (PortalException fault) when (fault.Error is PortalError.InvalidParameter or PortalError.Validation)
        {
            return null;
        }
    }

    private static RotationException Fault(string message) => new(message, isFinal: true) { Concerns = Core.Rotation.PreflightCheck.Master };
}
