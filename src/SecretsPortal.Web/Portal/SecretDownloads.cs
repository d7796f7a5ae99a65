using SecretsPortal.Core.Policies;
using SecretsPortal.Services;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Doors;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Portal;

/// <summary>What the list shows of secrets as a file; never a value.</summary>
internal static class SecretDownloads
{
    /// <summary>Maps it.</summary>
    public static void MapSecretDownloads(this WebApplication app) =>
        app.MapGet(PortalRoutes.SecretsExport, Export).WithDoor(DoorRule.ByService(SecretActions.ListSecrets));

    private static Task<IResult> Export(HttpContext http, SessionGate gate, SecretExport export, PortalOptions options, TimeProvider time) =>
        Downloads.As(http, gate, options, time, async call =>
        {
            var format = http.Request.Query["format"] == "csv" ? SecretExportFormat.Csv : SecretExportFormat.JsonLines;
            var write = await export.Open(call, ListState.Of(http.Request.Query).ToRequest(), format, http.RequestAborted);
            var (type, name) = format == SecretExportFormat.Csv ? ("text/csv", "secrets.csv") : ("application/jsonl", "secrets.jsonl");
            return TypedResults.Stream(output => write(output, http.RequestAborted), type, name);
        });
}
