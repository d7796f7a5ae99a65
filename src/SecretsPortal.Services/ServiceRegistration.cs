using System.Data.Common;
using System.Security.Cryptography;
using Azure.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using SecretsPortal.Core.Crypto;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Backups;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Notifications;
using SecretsPortal.Services.Overview;
using SecretsPortal.Services.Replicas;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Rotation.Functions;
using SecretsPortal.Services.Rotation.Rotators;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Services.Start;
using SecretsPortal.Storage;

namespace SecretsPortal.Services;

/// <summary>Wires the services and the storage below them.</summary>
public static class ServiceRegistration
{
    /// <summary>
    /// Adds everything but <see cref="IRotationQueue"/>, which the host brings, and <see cref="TimeProvider"/> and
    /// <see cref="IPortalAddress"/>, which it may replace. All are singletons and safe to be used by many at once.
    /// </summary>
    public static IServiceCollection AddSecretsPortal(this IServiceCollection services, PortalOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<FillRandom>(RandomNumberGenerator.Fill);
        services.AddSingleton(options);
        AddStorage(services);
        AddKms(services, options);
        AddKeys(services);
        AddAccess(services);
        AddAccessAdministration(services);
        services.AddAudit();
        AddSecrets(services);
        AddReplicas(services);
        AddRotation(services);
        AddFunctions(services);
        AddNotifications(services);
        AddOverview(services);
        return services;
    }

    private static void AddStorage(IServiceCollection services)
    {
        services.AddSingleton(s => OpenDatabase(s.GetRequiredService<PortalOptions>()));
        services.AddSingleton<Migrator>();
        services.AddSingleton<ChangeWatch>();
        services.AddSingleton<SecretStore>();
        services.AddSingleton<SecretListStore>();
        services.AddSingleton<SavedViewStore>();
        services.AddSingleton<ReplicaStore>();
        services.AddSingleton<RotationStore>();
        services.AddSingleton<RotationFunctionStore>();
        services.AddSingleton<RotationScheduleStore>();
        services.AddSingleton<HeartbeatStore>();
        services.AddSingleton<NotificationStore>();
        services.AddSingleton<KeyStore>();
        services.AddSingleton<RewrapStore>();
        services.AddSingleton<CallerStore>();
        services.AddSingleton<UserStore>();
        services.AddSingleton<SecondFactorStore>();
        services.AddSingleton<SessionStore>();
        services.AddSingleton<SignInFailureStore>();
        services.AddSingleton<ClientStore>();
        services.AddSingleton<GroupStore>();
        services.AddSingleton<PolicyStore>();
    }

    private static Database OpenDatabase(PortalOptions options)
    {
        var isSqlServer = options.DatabaseProvider == nameof(DatabaseProvider.SqlServer);
        var file = new DbConnectionStringBuilder { ["Data Source"] = Path.Combine(options.DataDirectory, "portal.db") };
        try
        {
            return isSqlServer
                ? new Database(DatabaseProvider.SqlServer, options.ConnectionString ?? "")
                : new Database(DatabaseProvider.Sqlite, options.ConnectionString ?? file.ConnectionString);
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or OverflowException or InvalidCastException)
        {
            // The drivers' own words are left out: they quote what they could not read, which may be part of a password.
            throw new PortalStartException([
                "Portal:Database:ConnectionString cannot be read as a connection string of " + (isSqlServer
                    ? "SQL Server. Write keywords that it knows, such as Server=HOST;Database=NAME;User Id=USER;Password=PASSWORD."
                    : "SQLite. Write keywords that it knows; Data Source must name a file, such as Data Source=portal.db.")]);
        }
    }

    private static void AddKms(IServiceCollection services, PortalOptions options)
    {
        var kms = options.Kms;
        services.AddSingleton(s => new LocalKms(s.Get<PortalOptions>(), s.Get<FillRandom>(), s.Get<KeyStore>().FindLocalVersion));
        AddGuarded(services, kms, s => s.Get<LocalKms>());
        if (kms.Pkcs11 is { } pkcs11)
            AddGuarded(services, kms, s => new Pkcs11Kms(pkcs11, s.Get<FillRandom>()));
        if (kms.AzureKeyVault is { } vault)
            AddGuarded(services, kms, _ => new AzureKeyVaultKms(vault, kms.Timeout, new DefaultAzureCredential()));
        if (kms.AwsKms is { } aws)
            AddGuarded(services, kms, _ => new AwsKms(aws, kms.Timeout));
    }

    private static void AddGuarded(IServiceCollection services, KmsOptions options, Func<IServiceProvider, IKms> provider) =>
        services.AddSingleton<IKms>(s => new GuardedKms(provider(s), options.Timeout, s.Get<TimeProvider>()));

    private static void AddKeys(IServiceCollection services)
    {
        services.AddSingleton<KeyRegistry>();
        services.AddSingleton(s => new DataKeyCache(s.Get<PortalOptions>().KmsCacheTime, s.Get<PortalOptions>().KmsCacheSize, s.Get<TimeProvider>()));
        services.AddSingleton<Envelope>();
        services.AddSingleton(s => new PortalKeyRing(
            s.Get<KeyStore>(), s.Get<KeyRegistry>(), s.Get<Envelope>(), s.Get<PortalOptions>(), s.Get<TimeProvider>()));
        services.AddSingleton(s => new KeyService(
            s.Get<KeyStore>(), s.Get<KeyRegistry>(), s.Get<KmsOutlook>(), s.Get<Authorizer>(), s.Get<AuditRecorder>(), s.Get<PageTokens>(), s.Get<FillRandom>(),
            s.Get<PortalOptions>(), s.Get<TimeProvider>()));
        services.AddSingleton(s => new RewrapService(
            s.Get<KeyStore>(), s.Get<RewrapStore>(), s.Get<KeyService>(), s.Get<KeyRegistry>(), s.Get<Authorizer>(), s.Get<AuditRecorder>(), s.Get<PageTokens>(),
            s.Get<TimeProvider>()));
        services.AddSingleton(s => new RewrapRunner(
            s.Get<RewrapStore>(), s.Get<KeyRegistry>(), s.Get<Envelope>(), s.Get<AuditRecorder>(), s.Get<PortalOptions>(), s.Get<TimeProvider>(),
            s.Get<ILogger<RewrapRunner>>()));
        services.AddSingleton(s => new KeyWatch(
            s.Get<KeyStore>(), s.Get<KeyRegistry>(), s.Get<RewrapService>(), s.Get<AuditRecorder>(), s.Get<PortalOptions>(), s.Get<TimeProvider>(),
            s.Get<ILogger<KeyWatch>>()));
        services.AddSingleton<PortalKeys>();
        services.AddSingleton<PortalTokens>();
        services.AddSingleton<Bootstrap>();
        services.AddSingleton<KmsStart>();
        services.AddSingleton(s => new DefaultKeys(s.Get<KeyRegistry>()));
        services.AddSingleton(s => new PortalStart(
            s.Get<Migrator>(), s.Get<SecretListStore>(), s.Get<CallerStore>(), s.Get<KeyStore>(), s.Get<KmsStart>(), s.Get<KeyRegistry>(),
            s.Get<PortalKeys>(), s.Get<ManagedPolicies>(), s.Get<Bootstrap>(), s.Get<AdministratorCheck>(), s.Get<AuditStore>(), s.Get<PortalOptions>()));
        services.AddSingleton(s => new PortalHealth(s.Get<KeyRegistry>(), s.Get<PortalOptions>(), s.Get<ILogger<PortalHealth>>()));
    }

    private static void AddAccess(IServiceCollection services)
    {
        services.AddSingleton<AuditRecorder>();
        services.AddSingleton<AccessKeySealer>();
        services.AddSingleton(s => new SigningKeyCache(s.Get<AccessKeySealer>(), s.Get<TimeProvider>()));
        services.AddSingleton(s => new TemporaryCredentials(s.Get<CallerStore>(), s.Get<PortalTokens>(), s.Get<TimeProvider>()));
        AddSignIn(services);
        services.AddSingleton(s => new FunctionCredentials(s.Get<CallerStore>(), s.Get<TemporaryCredentials>(), s.Get<PortalOptions>()));
        services.AddSingleton(new PolicyCache());
        services.AddSingleton<AccessCache>();
        services.AddSingleton<LockOutCheck>();
        services.AddSingleton(s => new Authorizer(s.Get<AccessCache>(), s.Get<PolicyCache>(), s.Get<AuditRecorder>(), s.Get<TimeProvider>()));
        services.AddSingleton(s => new RequestAuthenticator(
            s.Get<AccessCache>(), s.Get<PolicyCache>(), s.Get<SigningKeyCache>(), s.Get<TemporaryCredentials>(), s.Get<AccessKeyUses>(),
            s.Get<AuditRecorder>(), s.Get<PortalOptions>(), s.Get<TimeProvider>()));
        services.AddSingleton(s => new AccessExplainer(
            s.Get<CallerStore>(), s.Get<SecretStore>(), s.Get<AccessCache>(), s.Get<Authorizer>(), s.Get<AuditRecorder>(), s.Get<PortalOptions>(),
            s.Get<TimeProvider>()));
        services.AddSingleton(s => new SecretAccessList(
            s.Get<CallerStore>(), s.Get<AccessExplainer>(), s.Get<Authorizer>(), s.Get<AuditRecorder>(), s.Get<PageTokens>(), s.Get<PortalOptions>()));
        services.AddSingleton(s => new PortalStatus(
            s.Get<PortalHealth>(), s.Get<AdministratorCheck>(), s.Get<RotationOverview>(), s.Get<OverviewParts>(), s.Get<DatabaseCopy>(), s.Get<PortalSettings>(), s.Get<Authorizer>(),
            s.Get<AuditRecorder>(), s.Get<PortalOptions>(), s.Get<TimeProvider>()));
    }

    private static void AddSignIn(IServiceCollection services)
    {
        services.AddSingleton<SignInThrottle>();
        services.AddSingleton<SignInTickets>();
        services.AddSingleton<SecondFactors>();
        services.AddSingleton(s => new SessionService(
            s.Get<CallerStore>(), s.Get<UserStore>(), s.Get<SessionStore>(), s.Get<AuditRecorder>(), s.Get<PortalOptions>(), s.Get<TimeProvider>()));
        services.AddSingleton(s => new SignInService(
            s.Get<CallerStore>(), s.Get<UserStore>(), s.Get<SessionService>(), s.Get<SecondFactors>(), s.Get<SignInTickets>(), s.Get<SignInThrottle>(),
            s.Get<AuditRecorder>(), s.Get<PortalOptions>(), s.Get<TimeProvider>()));
        services.AddSingleton<FederationTargets>();
        services.AddSingleton(s => new FederatedSignIn(
            s.Get<CallerStore>(), s.Get<UserStore>(), s.Get<FederationTargets>(), s.Get<AdministratorCheck>(), s.Get<FormerPrincipals>(), s.Get<SignInService>(), s.Get<AuditRecorder>(),
            s.Get<PortalOptions>(), s.Get<TimeProvider>()));
        services.AddSingleton(s => new AccountService(
            s.Get<CallerStore>(), s.Get<UserStore>(), s.Get<SecondFactorStore>(), s.Get<SessionStore>(), s.Get<SecondFactors>(), s.Get<SignInThrottle>(),
            s.Get<AuditRecorder>(), s.Get<TimeProvider>()));
    }

    private static void AddAccessAdministration(IServiceCollection services)
    {
        services.AddSingleton<AccessKeyUses>();
        services.AddSingleton<ManagedPolicies>();
        services.AddSingleton<PrincipalArns>();
        services.AddSingleton<LastAdministrator>();
        services.AddSingleton<AdministratorCheck>();
        services.AddSingleton<FormerPrincipals>();
        services.AddSingleton<AccessAdministration>();
        services.AddSingleton(s => new UserService(
            s.Get<AccessAdministration>(), s.Get<CallerStore>(), s.Get<UserStore>(), s.Get<SecondFactorStore>(), s.Get<FormerPrincipals>(),
            s.Get<LastAdministrator>(), s.Get<AuditRecorder>()));
        services.AddSingleton(s => new ClientService(
            s.Get<AccessAdministration>(), s.Get<CallerStore>(), s.Get<ClientStore>(), s.Get<AccessKeySealer>(), s.Get<FormerPrincipals>(), s.Get<AuditRecorder>()));
        services.AddSingleton(s => new GroupService(
            s.Get<AccessAdministration>(), s.Get<GroupStore>(), s.Get<PolicyStore>(), s.Get<LastAdministrator>(), s.Get<AuditRecorder>()));
        services.AddSingleton(s => new PolicyService(
            s.Get<AccessAdministration>(), s.Get<PolicyStore>(), s.Get<LastAdministrator>(), s.Get<AuditRecorder>(), s.Get<TimeProvider>()));
        services.AddSingleton(s => new TemporaryCredentialService(s.Get<AccessAdministration>(), s.Get<TemporaryCredentials>()));
    }

    private static void AddSecrets(IServiceCollection services)
    {
        services.AddSingleton<PageTokens>();
        services.AddSingleton<SecretSealer>();
        services.AddSingleton<SecretCache>();
        services.AddSingleton<AccessNotes>();
        services.AddSingleton<SecretFinder>();
        services.AddSingleton<SecretChanges>();
        services.AddSingleton<SecretResealer>();
        services.AddSingleton(s => new SecretReader(
            s.Get<SecretStore>(), s.Get<SecretFinder>(), s.Get<SecretCache>(), s.Get<AccessNotes>(), s.Get<SecretSealer>(), s.Get<KeyRegistry>(),
            s.Get<Authorizer>(), s.Get<AuditRecorder>(), s.Get<PageTokens>(), s.Get<FillRandom>(), s.Get<PortalOptions>(), s.Get<TimeProvider>()));
        services.AddSingleton(s => new SecretFieldReader(s.Get<SecretReader>()));
        services.AddSingleton(s => new SecretBrowser(
            s.Get<SecretListStore>(), s.Get<RotationOverview>(), s.Get<KeyRegistry>(), s.Get<Authorizer>(), s.Get<AuditRecorder>(), s.Get<PageTokens>()));
        services.AddSingleton(s => new SecretExport(s.Get<SecretBrowser>(), s.Get<Authorizer>(), s.Get<AuditRecorder>()));
        services.AddSingleton(s => new SavedViews(s.Get<SavedViewStore>(), s.Get<AuditRecorder>(), s.Get<TimeProvider>()));
        services.AddSingleton(s => new SecretBatchReader(s.Get<SecretReader>(), s.Get<Authorizer>(), s.Get<AuditRecorder>()));
        services.AddSingleton(s => new SecretLookUp(
            s.Get<SecretFinder>(), s.Get<AccessNotes>(), s.Get<PortalKeys>(), s.Get<Authorizer>(), s.Get<AuditRecorder>()));
        services.AddSingleton(s => new AccessKeyDelivery(s.Get<ClientService>(), s.Get<SecretWriter>(), s.Get<TimeProvider>()));
        services.AddSingleton(s => new Terraform.ProviderPackages(s.Get<PortalOptions>().TerraformPackages, new AuditSigner(s.Get<PortalKeyRing>(), "terraform-packages/1")));
        services.AddSingleton(s => new SecretPolicies(
            s.Get<SecretFinder>(), s.Get<SecretChanges>(), s.Get<Authorizer>(), s.Get<LockOutCheck>(), s.Get<AuditRecorder>()));
        services.AddSingleton(s => new SecretTagger(s.Get<SecretFinder>(), s.Get<SecretChanges>(), s.Get<AuditRecorder>()));
        services.AddSingleton(s => new SecretWriter(
            s.Get<SecretStore>(), s.Get<SecretFinder>(), s.Get<SecretSealer>(), s.Get<SecretResealer>(), s.Get<SecretChanges>(),
            s.Get<KeyRegistry>(), s.Get<RewrapService>(), s.Get<ReplicaRegions>(), s.Get<RotationTokens>(), s.Get<Authorizer>(), s.Get<AuditRecorder>(), s.Get<PortalOptions>(),
            s.Get<TimeProvider>()));
    }

    private static void AddReplicas(IServiceCollection services)
    {
        services.AddSingleton<ReplicaRegions>();
        services.AddSingleton<ReplicaTarget>();
        services.AddSingleton(s => new ReplicaFollower(
            s.Get<SecretStore>(), s.Get<ReplicaStore>(), s.Get<ReplicaTarget>(), s.Get<SecretSealer>(), s.Get<PortalOptions>(), s.Get<TimeProvider>(),
            s.Get<ILogger<ReplicaFollower>>()));
        services.AddSingleton(s => new ReplicaService(
            s.Get<SecretStore>(), s.Get<ReplicaStore>(), s.Get<SecretFinder>(), s.Get<SecretChanges>(), s.Get<ReplicaRegions>(), s.Get<ReplicaTarget>(),
            s.Get<AuditRecorder>()));
    }

    private static void AddNotifications(IServiceCollection services)
    {
        services.AddSingleton<WebhookSender>();
        services.AddSingleton(s => new NotificationChannels(
            s.Get<NotificationStore>(), s.Get<PortalTokens>(), s.Get<FillRandom>(), s.Get<Authorizer>(), s.Get<AuditRecorder>(), s.Get<PortalOptions>(),
            s.Get<TimeProvider>()));
        services.AddSingleton(s => new NotificationSender(
            s.Get<NotificationStore>(), s.Get<NotificationChannels>(), s.Get<WebhookSender>(), s.Get<RotationMetrics>(), s.Get<AuditRecorder>(),
            s.Get<TimeProvider>(), s.Get<ILogger<NotificationSender>>()));
    }

    private static void AddOverview(IServiceCollection services)
    {
        services.AddSingleton<OverviewStore>();
        services.AddSingleton<DatabaseCopy>();
        services.AddSingleton<BackupFile>();
        services.AddSingleton(s => new PortalBackups(
            s.Get<BackupFile>(), s.Get<DatabaseCopy>(), s.Get<Authorizer>(), s.Get<AuditRecorder>(), s.Get<PortalOptions>(), s.Get<TimeProvider>()));
        services.AddSingleton(s => new BackupCommand(s.Get<PortalStart>(), s.Get<BackupFile>(), s.Get<AuditRecorder>(), s.Get<PortalOptions>()));
        services.TryAddSingleton(new PortalSettings([]));
        services.AddSingleton<KmsOutlook>();
        services.AddSingleton<OverviewParts>();
        services.AddSingleton(s => new PortalOverview(s.Get<OverviewParts>(), s.Get<Authorizer>(), s.Get<AuditRecorder>()));
    }

    private static void AddRotation(IServiceCollection services)
    {
        AddDatabase<PostgreSqlEngine>(services);
        AddDatabase<RedshiftEngine>(services);
        services.AddSingleton<IRotator, GenerateRotator>();
        AddDatabase<MySqlEngine>(services);
        AddDatabase<MariaDbEngine>(services);
        AddDatabase<SqlServerEngine>(services);
        AddDatabase<MongoEngine>(services);
        services.AddSingleton<RotatorRegistry>();
        services.AddSingleton<RotationValueSource>();
        services.AddSingleton<RotationTokens>();
        services.AddSingleton<RotationRecords>();
        services.AddSingleton<MasterSecrets>();
        services.AddSingleton<HangingRotations>();
        services.AddSingleton(_ => RotationProbe.FromEnvironment());
        services.AddSingleton<BuiltInWork>();
        services.AddSingleton<DriverRegistry>();
        services.AddSingleton<RotationSteps>();
        services.AddSingleton(s => new RotationService(
            s.Get<RotationStore>(), s.Get<SecretFinder>(), s.Get<SecretChanges>(), s.Get<RotationValueSource>(), s.Get<DriverRegistry>(),
            s.Get<MasterSecrets>(), s.Get<RotationRunner>(), s.Get<TargetKeys>(), s.Get<RotationOverview>(), s.Get<AuditRecorder>(), s.Get<IRotationQueue>(),
            s.Get<TimeProvider>(), s.Get<ILogger<RotationService>>()));
        services.AddSingleton(s => new ConnectionTester(
            [s.Get<PostgreSqlEngine>(), s.Get<RedshiftEngine>(), s.Get<MySqlEngine>(), s.Get<MariaDbEngine>(), s.Get<SqlServerEngine>(), s.Get<MongoEngine>()],
            s.Get<Authorizer>(), s.Get<SignInThrottle>(), s.Get<AuditRecorder>(), s.Get<FillRandom>(), s.Get<PortalOptions>(), s.Get<TimeProvider>(),
            s.Get<ILogger<ConnectionTester>>()));
        services.AddSingleton<TargetKeys>();
        services.AddSingleton<RotationMetrics>();
        services.AddSingleton(s => new RotationHistory(s.Get<RotationStore>(), s.Get<SecretFinder>(), s.Get<Authorizer>(), s.Get<AuditRecorder>()));
        services.AddSingleton(s => new RotationOverview(
            s.Get<RotationScheduleStore>(), s.Get<SecretFinder>(), s.Get<Authorizer>(), s.Get<AuditRecorder>(), s.Get<PageTokens>(), s.Get<TimeProvider>()));
        services.AddSingleton(s => new RotationDispatcher(
            s.Get<SecretStore>(), s.Get<RotationStore>(), s.Get<RotationScheduleStore>(), s.Get<HangingRotations>(), s.Get<SecretChanges>(), s.Get<RotationRunner>(),
            s.Get<RotationMetrics>(), s.Get<AuditRecorder>(), s.Get<IRotationQueue>(), s.Get<PortalOptions>(), s.Get<TimeProvider>(), s.Get<ILogger<RotationDispatcher>>()));
        services.AddSingleton(s => new RotationHeartbeat(
            s.Get<HeartbeatStore>(), s.Get<RotationScheduleStore>(), s.Get<SecretStore>(), s.Get<RotationValueSource>(), s.Get<DriverRegistry>(),
            s.Get<RotationMetrics>(), s.Get<AuditRecorder>(), s.Get<PortalOptions>(), s.Get<TimeProvider>(), s.Get<ILogger<RotationHeartbeat>>()));
        services.AddSingleton(s => new RotationRunner(
            s.Get<RotationStore>(), s.Get<RotationSteps>(), s.Get<RotationProbe>(), s.Get<TimeProvider>(), s.Get<ILogger<RotationRunner>>()));
    }

    private static void AddFunctions(IServiceCollection services)
    {
        services.TryAddSingleton<IPortalAddress, NoPortalAddress>();
        services.AddSingleton(s => new FunctionHttp(s.Get<PortalOptions>()));
        services.AddSingleton<IFunctionInvoker, LambdaProcess>();
        services.AddSingleton<IFunctionInvoker, LambdaEndpoint>();
        services.AddSingleton<IFunctionInvoker, Webhook>();
        services.AddSingleton<FunctionKeys>();
        services.AddSingleton<FunctionCaller>();
        services.AddSingleton<FunctionWork>();
        services.AddSingleton(s => new FunctionService(
            s.Get<AccessAdministration>(), s.Get<RotationFunctionStore>(), s.Get<RotationStore>(), s.Get<FunctionKeys>(), s.Get<FunctionCaller>(), s.Get<FunctionCredentials>(),
            s.Get<ManagedPolicies>(), s.Get<FormerPrincipals>(), s.Get<RotatorRegistry>(), s.Get<AuditRecorder>(), s.Get<PortalOptions>(), s.Get<TimeProvider>()));
    }

    private static void AddDatabase<TEngine>(IServiceCollection services) where TEngine : class, IDatabaseEngine
    {
        services.AddSingleton<TEngine>();
        services.AddSingleton<IRotator>(static s => new SingleUserRotator(s.Get<TEngine>(), s.Get<FillRandom>(), s.Get<PortalOptions>().Rotation.AllowedTargets));
        services.AddSingleton<IRotator>(static s => new AlternatingUsersRotator(s.Get<TEngine>(), s.Get<FillRandom>(), s.Get<PortalOptions>().Rotation.AllowedTargets));
    }

    internal static T Get<T>(this IServiceProvider services) where T : notnull => services.GetRequiredService<T>();
}
