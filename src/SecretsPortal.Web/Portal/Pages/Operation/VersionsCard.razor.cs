using System.Globalization;
using Microsoft.AspNetCore.Components;
using SecretsPortal.Services.Start;

namespace SecretsPortal.Web.Portal.Pages.Operation;

/// <summary>What the portal runs on, and since when.</summary>
public sealed partial class VersionsCard : ComponentBase
{
    /// <summary>The running portal.</summary>
    [Parameter, EditorRequired]
    public SystemDetail Detail { get; set; } = default!;

    private bool IsEmbedded => Detail.Status.DatabaseProvider == "Sqlite";

    private string UpFor => (Detail.Status.Now - Detail.Status.StartedAt) switch
    {
        { TotalDays: >= 1 } up => string.Create(CultureInfo.InvariantCulture, $"{up.Days} d {up.Hours} h"),
        { TotalHours: >= 1 } up => string.Create(CultureInfo.InvariantCulture, $"{up.Hours} h {up.Minutes} min"),
        var up => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, (int)up.TotalMinutes)} min"),
    };
}
