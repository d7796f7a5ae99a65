using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Naming;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Start;

/// <summary>The first administrator and the first access key of an empty database.</summary>
internal sealed class Bootstrap(CallerStore callers, AccessKeySealer sealer, AuditRecorder recorder, PortalOptions options, TimeProvider clock)
{
    private const string ClientName = "bootstrap";

    private static readonly string s_administrator = ManagedPolicyDocuments.Administrator.Name;

    /// <summary>Creates both in one transaction; an empty answer where another node was first.</summary>
    public async Task<FirstStart> Run(CancellationToken cancel)
    {
        var password = options.BootstrapAdminPassword ?? AccessRules.NewPassword();
        var keyId = options.BootstrapAccessKeyId ?? AccessRules.NewKeyId();
        var secretKey = options.BootstrapSecretAccessKey ?? AccessRules.NewSecretHalf();
        Check(password, keyId);
        var now = clock.Now();
        var user = new StoredCaller
        {
            Id = AccessRules.NewId(now),
            Kind = CallerKind.User,
            Name = options.BootstrapAdminUser,
            PasswordHash = await PasswordHasher.Hash(password, cancel),
            // One that is shorter than the rules ask of people opens the way to a better one.
            MustChangePassword = PasswordRules.FaultOf(password, options.BootstrapAdminUser) is not null,
            CreatedAt = now,
        };
        var client = new StoredCaller { Id = AccessRules.NewId(now), Kind = CallerKind.Client, Name = ClientName, CreatedAt = now };
        var key = new StoredAccessKey
        {
            AccessKeyId = keyId,
            CallerId = client.Id,
            SealedSecret = await sealer.Seal(keyId, secretKey, cancel),
            CreatedAt = now,
        };
        var addition = new CallerAddition
        {
            Callers = [user, client],
            AccessKeys = [key],
            Attachments = [(user.Id, s_administrator), (client.Id, s_administrator)],
        };
        var system = CallerArn.System("start", options.AccountId, options.Region, Guid.CreateVersion7(now).ToString());
        var audit = recorder.For(system, "secretsportal:Bootstrap", user.Name, AuditOutcome.Succeeded, $"first administrator {user.Name}, first access key {keyId} of the client {ClientName}");
        if (!await callers.Add(addition, audit, cancel))
            return new FirstStart();
        return new FirstStart
        {
            AdminUser = user.Name,
            GeneratedAdminPassword = options.BootstrapAdminPassword is null ? password : null,
            AccessKeyId = keyId,
            GeneratedSecretAccessKey = options.BootstrapSecretAccessKey is null ? secretKey : null,
        };
    }

    private void Check(SecretText password, string keyId)
    {
        var faults = new List<string>();
        try
        {
            Names.Principal("Portal:Bootstrap:AdminUser", options.BootstrapAdminUser);
        }
        catch (PortalException refused)
        {
            faults.Add(refused.Message);
        }

        if (PasswordRules.FaultOf(password, options.BootstrapAdminUser, PasswordRules.ShortestAtBootstrap) is { } fault)
            faults.Add($"Portal:Bootstrap:AdminPassword: {fault}");
        if (!AccessKeySealer.IsKeyId(keyId))
            faults.Add("Portal:Bootstrap:AccessKeyId must be 16 to 128 upper-case ASCII letters and digits");
        if (options.BootstrapAccessKeyId is not null && options.BootstrapSecretAccessKey is null)
            faults.Add("Portal:Bootstrap:SecretAccessKeyFile is missing beside Portal:Bootstrap:AccessKeyId; set both or neither");
        if (options.BootstrapAccessKeyId is null && options.BootstrapSecretAccessKey is not null)
            faults.Add("Portal:Bootstrap:AccessKeyId is missing beside Portal:Bootstrap:SecretAccessKeyFile; set both or neither");
        if (faults.Count > 0)
            throw new PortalStartException(faults);
    }
}
