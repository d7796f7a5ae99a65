using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;

namespace SecretsPortal.Services.Rotation;

/// <summary>What the rotation itself writes into the audit log.</summary>
internal sealed class RotationRecords(AuditRecorder recorder, PortalOptions options)
{
    /// <summary>A record of <c>secretsportal:ACTION</c> on the secret, which names run, attempt and version.</summary>
    public AuditRecord Of(RotationWork work, Secret secret, string action, AuditOutcome outcome, string? message = null)
    {
        var call = CallerArn.System("rotation", options.AccountId, secret.Arn.Region, work.Run.RunId);
        var detail = $"run {work.Run.RunId}, attempt {work.Run.Attempt}, version {work.Run.Token}";
        return recorder.For(call, $"secretsportal:{action}", secret.Arn.ToString(), outcome, message is null ? detail : $"{detail}: {message}");
    }

    /// <summary>Writes a record that comes with no change.</summary>
    public Task Write(AuditRecord record, CancellationToken cancel) => recorder.Record(record, cancel);
}
