using SecretsPortal.Services;
using SecretsPortal.Web.Api;
using SecretsPortal.Web.Jobs;
using SecretsPortal.Web.Portal;

namespace SecretsPortal.Web;

/// <summary>The host, from its arguments to its doors: a table of contents.</summary>
public static class PortalHost
{
    /// <summary>Builds the host; nothing is opened and nothing listens yet.</summary>
    /// <param name="args">The command line.</param>
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.WebHost.UseStaticWebAssets();
        var options = new PortalOptions { DataDirectory = Path.GetFullPath("data", builder.Environment.ContentRootPath) };

        builder.Services
            .AddSecretsManagerApi()
            .AddRotationJobs(options)
            .AddPortal(options);

        var app = builder.Build();
        app.MapSecretsManagerApi();
        app.MapRotationJobs();
        app.MapPortal();
        return app;
    }

    /// <summary>Runs the host until it is told to stop; gives the exit code.</summary>
    public static async Task<int> Run(string[] args)
    {
        await using var app = Build(args);
        await app.RunAsync();
        return 0;
    }
}
