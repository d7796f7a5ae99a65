using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Secrets;

namespace SecretsPortal.Web.Portal.Pages;

/// <summary>The secrets that the user may list, newest first, by page and by words.</summary>
public sealed partial class SecretList : PortalPage
{
    private const int PageSize = 50;

    private readonly Dictionary<string, RotationHealth> _health = new(StringComparer.Ordinal);
    private List<Secret>? _secrets;
    private string? _nextToken;
    private string _words = "";
    private bool _includeDeleted;
    private bool _mayCreate;
    private int _search;
    private string? _loadedRegion;

    [Inject]
    private SecretReader Reader { get; set; } = default!;

    [Inject]
    private RotationOverview Rotations { get; set; } = default!;

    /// <summary>The region in the address; a change of it loads the list of the other region.</summary>
    [SupplyParameterFromQuery(Name = PortalRoutes.RegionName)]
    public string? RegionInAddress { get; set; }

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        if (_loadedRegion == Session.Region)
            return;
        _loadedRegion = Session.Region;
        _secrets = null;
        await Load();
        _mayCreate = await May(Rights.CreateSecret, "*");
    }

    private Task Search(string? words)
    {
        _words = words?.Trim() ?? "";
        return Load();
    }

    private Task ShowDeleted(bool include)
    {
        _includeDeleted = include;
        return Load();
    }

    private Task Reload() => Load();

    private async Task Load()
    {
        // The answer to an older search may come after that to a newer one.
        var search = ++_search;
        Fault = null;
        SecretPage? page = null;
        var isLoaded = await Ask(async call =>
        {
            page = await Reader.List(call, Request(nextToken: null), Leaving);
            await NoteHealth(page);
        });
        if (search != _search)
            return;
        _secrets = isLoaded ? [.. page!.Secrets] : null;
        _nextToken = page?.NextToken;
    }

    private Task<bool> LoadMore() => Act(async call =>
    {
        var search = _search;
        var page = await Reader.List(call, Request(_nextToken), Leaving);
        if (search != _search)
            return;
        await NoteHealth(page);
        _secrets?.AddRange(page.Secrets);
        _nextToken = page.NextToken;
    });

    private async Task NoteHealth(SecretPage page)
    {
        foreach (var (id, health) in await Rotations.HealthOf(page.Secrets, Leaving))
            _health[id] = health;
    }

    private ListSecretsRequest Request(string? nextToken) => new()
    {
        // Each word has to be found; a leading exclamation mark would negate it, and nobody types one to mean that here.
        Filters = [.. _words.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(static word => word.TrimStart('!'))
            .Where(static word => word.Length > 0)
            .Take(10)
            .Select(static word => new SecretFilter("all", [word.Length > 512 ? word[..512] : word]))],
        IncludePlannedDeletion = _includeDeleted,
        Descending = true,
        MaxResults = PageSize,
        NextToken = nextToken,
    };
}
