using SecretsPortal.Services;
using SecretsPortal.Services.Demo;
using SecretsPortal.Services.Rotation.Functions;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Start;
using SecretsPortal.Web.Admin;
using SecretsPortal.Web.Admin.Infrastructure;
using SecretsPortal.Web.Api;
using SecretsPortal.Web.Configuration;
using SecretsPortal.Web.Demo;
using SecretsPortal.Web.Doors;
using SecretsPortal.Web.Jobs;
using SecretsPortal.Web.Portal;
using SecretsPortal.Web.Terraform;

namespace SecretsPortal.Web;

/// <summary>The host, from its arguments to its doors: a table of contents.</summary>
public static class PortalHost
{
    /// <summary>What a start that its configuration stops exits with (EX_CONFIG of sysexits.h).</summary>
    public const int ConfigurationFault = 78;

    /// <summary>Runs the portal until it is told to stop; gives the exit code.</summary>
    /// <param name="args">The command line.</param>
    public static async Task<int> Run(string[] args)
    {
        try
        {
            if (HelpCommand.IsAskedFor(args))
                return await HelpCommand.Run();
            if (HealthCheckCommand.IsAskedFor(args))
                return await HealthCheckCommand.Run(args);
            if (AuditCommand.IsAskedFor(args))
                return await AuditCommand.Run(args);
            if (BackupArguments.IsAskedFor(args))
                return await BackupArguments.Run(args);
            await using var app = Build(args);
            await Start(app, Console.Out, CancellationToken.None);
            await app.WaitForShutdownAsync();
            return 0;
        }
        catch (PortalStartException stop)
        {
            await Console.Error.WriteLineAsync("Secrets Portal cannot start:");
            foreach (var fault in stop.Faults)
                await Console.Error.WriteLineAsync(fault);
            return ConfigurationFault;
        }
    }

    /// <summary>Builds the host; nothing listens yet. Throws <see cref="PortalStartException"/> with every fault of the configuration.</summary>
    /// <param name="args">The command line.</param>
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(HostFiles.From(DemoMode.WithoutSwitch(args)));
        builder.WebHost.UseStaticWebAssets();
        // Otherwise a build that is not published maps a fallback for files that changed since, a door that nobody gave a rule.
        builder.Configuration["ReloadStaticAssetsAtRuntime"] = "false";
        ListenAddress.Configure(builder);
        WebApplication? app = null;
        ListenAddress.QuietFailedStart(builder, () => app?.Lifetime.ApplicationStarted.IsCancellationRequested == true);
        var isDemo = DemoMode.IsAskedFor(args);
        var isFilled = isDemo && DemoMode.Prepare(builder);
        var options = PortalConfiguration.Read(builder.Configuration, builder.Environment.ContentRootPath) with { IsDemo = isDemo };

        builder.Services
            .AddSingleton<IPortalAddress, LoopbackAddress>()
            .AddSingleton(_ => SettingsView.Of(builder.Configuration))
            .AddSecretsPortal(options)
            .AddSecretsManagerApi()
            .AddAdminApi()
            .AddRotationJobs(options)
            .AddTelemetry(options.Telemetry)
            .AddPortal(options);
        if (isDemo)
            builder.Services.AddDemo(isFilled);

        app = builder.Build();
        // Named here, in this order: left out, they would be put before the headers, and a redirect to sign in would lack them.
        app.UseTrustedProxies(options.TrustedProxies);
        app.UseSecurityHeaders();
        app.UseSecretsManagerApi();
        app.UseRouting();
        app.UseAuthentication();
        // The gates come first: the framework knows no more than that nobody is signed in, and would lead to sign-in while the store is away.
        AdminGate.Use(app);
        DoorGate.Use(app);
        app.UseAuthorization();
        app.MapHealth();
        app.MapSecretsManagerApi();
        app.MapAdminApi();
        app.MapProviderMirror();
        app.MapPortal();
        return app;
    }

    /// <summary>Makes ready what the doors need, then listens; the credentials of a first start go to <paramref name="output"/>.</summary>
    /// <param name="app">A built host.</param>
    /// <param name="output">The console; not the log.</param>
    /// <param name="cancel">Ends the start.</param>
    public static async Task Start(WebApplication app, TextWriter output, CancellationToken cancel)
    {
        var options = app.Services.GetRequiredService<PortalOptions>();
        var first = await app.Services.GetRequiredService<PortalStart>().Run(cancel);
        if (options.IsDemo)
            await DemoMode.Fill(app.Services, first, output, cancel);
        app.MapRotationJobs();
        try
        {
            await ListenAddress.Listen(app, cancel);
        }
        finally
        {
            // Generated credentials exist from here on, whether or not the port was free: this is the only time they can be shown.
            FirstStartNotice.Write(output, first, ListenAddress.Of(app), options.Region);
        }

        var defaultKey = await app.Services.GetRequiredService<DefaultKeys>().Of(options.Region, cancel);
        StartNotice.Write(output, options, defaultKey, ListenAddress.Of(app));
    }
}
