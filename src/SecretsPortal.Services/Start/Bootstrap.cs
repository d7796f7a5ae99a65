using System.Security.Cryptography;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Start;

/// <summary>The first administrator and the first access key of an empty database.</summary>
internal sealed class Bootstrap(CallerStore callers, AccessKeySealer sealer, AuditRecorder recorder, PortalOptions options, TimeProvider clock)
{
    /// <summary>The policy that allows everything.</summary>
    public const string AdministratorPolicy = "Administrator";

    private const string ClientName = "bootstrap";
    private const string AdministratorDocument =
        """{"Version":"2012-10-17","Statement":[{"Sid":"Everything","Effect":"Allow","Action":"*","Resource":"*"}]}""";

    private const string LettersAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private const string KeyIdCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>Creates both in one transaction; an empty answer where another node was first.</summary>
    public async Task<FirstStart> Run(CancellationToken cancel)
    {
        var password = options.BootstrapAdminPassword ?? new SecretText(RandomNumberGenerator.GetString(LettersAndDigits, 24));
        var keyId = options.BootstrapAccessKeyId ?? "AKIA" + RandomNumberGenerator.GetString(KeyIdCharacters, 16);
        var secretKey = options.BootstrapSecretAccessKey ?? new SecretText(RandomNumberGenerator.GetString(LettersAndDigits, 40));
        Check(password, keyId);
        var now = clock.Now();
        var user = new StoredCaller
        {
            Id = NewId(now),
            Kind = CallerKind.User,
            Name = options.BootstrapAdminUser,
            PasswordHash = await PasswordHasher.Hash(password, cancel),
            // One that is shorter than the rules ask of people opens the way to a better one.
            MustChangePassword = PasswordRules.FaultOf(password, options.BootstrapAdminUser) is not null,
            CreatedAt = now,
        };
        var client = new StoredCaller { Id = NewId(now), Kind = CallerKind.Client, Name = ClientName, CreatedAt = now };
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
            Policies = [new StoredPolicy(AdministratorPolicy, AdministratorDocument)],
            Attachments = [(user.Id, AdministratorPolicy), (client.Id, AdministratorPolicy)],
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
        if (options.BootstrapAdminUser.Length is 0 or > 64 || !options.BootstrapAdminUser.All(c => char.IsAsciiLetterOrDigit(c) || "+=,.@_-".Contains(c, StringComparison.Ordinal)))
            faults.Add("Portal:Bootstrap:AdminUser must be 1 to 64 ASCII letters, digits or +=,.@_-");
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

    private static string NewId(DateTimeOffset now) => Guid.CreateVersion7(now).ToString("N");
}
