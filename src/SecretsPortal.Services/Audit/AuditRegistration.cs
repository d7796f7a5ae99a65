using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Services.Start;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Audit;

/// <summary>Wires the log.</summary>
internal static class AuditRegistration
{
    /// <summary>Adds all but the recorder, which whoever decides needs, too.</summary>
    public static void AddAudit(this IServiceCollection services)
    {
        services.AddSingleton(s => new AuditStore(s.Get<Database>(), ChainKey(s)));
        services.AddSingleton(s => new AuditChainStore(s.Get<Database>(), ChainKey(s)));
        services.AddSingleton<AuditSearch>();
        services.AddSingleton<AuditSinkStore>();
        services.AddSingleton<AuditSigner>();
        services.AddSingleton(s => new AuditLog(s.Get<AuditRecorder>(), s.Get<AuditSearch>(), s.Get<Authorizer>(), s.Get<PageTokens>()));
        services.AddSingleton(s => new AuditReader(s.Get<AuditRecorder>(), s.Get<AuditSearch>(), s.Get<AuditChainStore>(), s.Get<PortalKeys>(), s.Get<Authorizer>()));
        services.AddSingleton(s => new AuditVerifier(
            s.Get<AuditRecorder>(), s.Get<AuditStore>(), s.Get<AuditChainStore>(), s.Get<AuditSigner>(), s.Get<PortalKeys>(), s.Get<Authorizer>()));
        services.AddSingleton(s => new AuditCheckpoints(
            s.Get<AuditChainStore>(), s.Get<AuditSigner>(), s.Get<AuditRecorder>(), s.Get<Authorizer>(), s.Get<TimeProvider>()));
        services.AddSingleton(s => new AuditArchiver(
            s.Get<AuditRecorder>(), s.Get<AuditStore>(), s.Get<AuditChainStore>(), s.Get<AuditSinkStore>(), s.Get<AuditSigner>(), s.Get<PortalKeys>(),
            s.Get<Authorizer>(), s.Get<PortalOptions>(), s.Get<TimeProvider>(), s.Get<ILogger<AuditArchiver>>()));
        services.AddSingleton(s => new AuditExport(s.Get<AuditRecorder>(), s.Get<AuditSearch>(), s.Get<Authorizer>()));
        services.AddSingleton(s => new AuditCommands(
            s.Get<PortalStart>(), s.Get<AuditVerifier>(), s.Get<AuditArchiver>(), s.Get<AuditCheckpoints>(), s.Get<AuditExport>(), s.Get<AuditRecorder>(),
            s.Get<TimeProvider>()));
        services.AddSingleton(s => new AuditUpkeep(
            s.Get<AuditStore>(), s.Get<AuditChainStore>(), s.Get<AuditSinkStore>(), s.Get<AuditCheckpoints>(), s.Get<AuditArchiver>(),
            s.Get<PortalOptions>().Audit, s.Get<TimeProvider>(), s.Get<ILogger<AuditUpkeep>>()));
    }

    /// <summary>Asked for late, since keys are found through what writes the log, and once: whoever signs the log's end when the portal is taken away finds no services any more.</summary>
    private static AuditChainKey ChainKey(IServiceProvider services)
    {
        var keys = new Lazy<PortalKeys>(services.Get<PortalKeys>);
        return cancel => keys.Value.Get(PortalKeys.AuditChain, cancel);
    }
}
