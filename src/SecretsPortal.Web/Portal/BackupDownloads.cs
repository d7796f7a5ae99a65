using Microsoft.AspNetCore.Http.Features;
using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Backups;
using SecretsPortal.Web.Doors;

namespace SecretsPortal.Web.Portal;

/// <summary>A backup as a file, from the page of the system.</summary>
internal static class BackupDownloads
{
    private const string Path = "/system/backups/download";

    /// <summary>Maps it.</summary>
    public static void MapBackupDownloads(this WebApplication app) =>
        app.MapGet(Path, Download).WithDoor(DoorRule.ByService(PortalActions.DownloadBackup));

    /// <summary>The address of one.</summary>
    public static string AddressOf(Backup backup) => $"{Path}?name={Uri.EscapeDataString(backup.Name)}";

    private static async Task<IResult> Download(HttpContext http, PortalBackups backups, string? name)
    {
        http.Response.Headers.CacheControl = "no-store";
        try
        {
            var stream = await backups.Open(http.Features.GetRequiredFeature<DoorCall>().Call, name ?? "", http.RequestAborted);
            return TypedResults.Stream(stream, "application/zip", name);
        }
        catch (PortalException fault)
        {
            return TypedResults.Text(fault.Message, statusCode: fault.Error switch
            {
                PortalError.AccessDenied or PortalError.ProofRequired => StatusCodes.Status403Forbidden,
                PortalError.ResourceNotFound => StatusCodes.Status404NotFound,
                PortalError.Unavailable => StatusCodes.Status503ServiceUnavailable,
                _ => StatusCodes.Status400BadRequest,
            });
        }
    }
}
