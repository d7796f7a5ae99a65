using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Resources;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider;

/// <summary>What one provider process knows between calls: its configuration, and whether it was told to stop.</summary>
internal sealed class ProviderSession(TimeProvider time, ILoggerFactory logging) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();

    private HttpClient? _http;

    private PortalClient? _portal;

    /// <summary>Signalled by Ctrl-C in Terraform.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>
    /// Whether parts of the provider block depend on resources that do not exist yet. Then plans are made without the portal, and
    /// reading has to wait.
    /// </summary>
    public bool AwaitsConfiguration { get; private set; }

    /// <summary>The configured client; a diagnostic where there is none.</summary>
    public PortalClient Portal => _portal ?? throw new DiagnosticException("The provider is not configured",
        AwaitsConfiguration
            ? "Its configuration depends on values that are known only after apply. Apply what it depends on first: terraform apply -target=…"
            : "Give the provider an endpoint and an access key, in its block or in the environment.");

    /// <summary>The configured client; null where there is none yet.</summary>
    public PortalClient? PortalOrNull => _portal;

    /// <summary>Takes the provider block.</summary>
    public void Configure(TfObject config, Diagnostics diagnostics)
    {
        AwaitsConfiguration = !config.IsWhollyKnown;
        if (AwaitsConfiguration || ProviderConfiguration.Complete(config, Environment.GetEnvironmentVariable, diagnostics) is not { } settings)
            return;
        _http = SignedJsonChannel.CreateHttpClient(settings);
        _portal = new PortalClient(new SignedJsonChannel(_http, settings, time, logging.CreateLogger<SignedJsonChannel>()), settings, time, Stop);
    }

    /// <summary>Ends waiting and repeating; calls under way are finished, because their outcome belongs into the state.</summary>
    public void RequestStop() => _stop.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Dispose();
        _http?.Dispose();
    }
}
