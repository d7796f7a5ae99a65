using Microsoft.AspNetCore.Components;
using SecretsPortal.Services;
using SecretsPortal.Services.Access;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>Users, groups, clients or policies by name, page by page.</summary>
public sealed partial class AccessList<T> : PortalPage
{
    private List<T>? _rows;
    private string? _nextToken;
    private string _prefix = "";
    private int _search;
    private string _seen = "";

    // What this list has put into the address itself: its coming back is no news.
    private readonly List<string> _asked = [];

    /// <summary>What the names begin with, as the address has it.</summary>
    [SupplyParameterFromQuery(Name = PortalRoutes.SearchName)]
    public string? Asked { get; set; }

    /// <summary>What the rows are called, in the plural.</summary>
    [Parameter, EditorRequired]
    public string What { get; set; } = "";

    /// <summary>Finds a page.</summary>
    [Parameter, EditorRequired]
    public Func<CallContext, NameQuery, Task<(IReadOnlyList<T> Rows, string? NextToken)>> Find { get; set; } = default!;

    /// <summary>What tells one row from the others.</summary>
    [Parameter, EditorRequired]
    public Func<T, string> KeyOf { get; set; } = default!;

    /// <summary>The cells of the head.</summary>
    [Parameter, EditorRequired]
    public RenderFragment Head { get; set; } = default!;

    /// <summary>The cells of a row.</summary>
    [Parameter, EditorRequired]
    public RenderFragment<T> Row { get; set; } = default!;

    /// <summary>What is shown where there is none at all: the next step.</summary>
    [Parameter, EditorRequired]
    public RenderFragment Empty { get; set; } = default!;

    /// <inheritdoc/>
    protected override Task OnParametersSetAsync()
    {
        var asked = Asked?.Trim() ?? "";
        if (_search > 0 && asked == _seen)
            return Task.CompletedTask;
        _seen = asked;
        if (_asked.Remove(asked))
        {
            // What was asked for before it is overtaken, and would else be taken for this list's own when the user goes back to it.
            if (asked == _prefix)
                _asked.Clear();
            return Task.CompletedTask;
        }

        _prefix = asked;
        return Load();
    }

    /// <summary>Loads the first page anew, as after a change.</summary>
    public async Task Load()
    {
        // The answer to an older search may come after that to a newer one.
        var search = ++_search;
        Fault = null;
        (IReadOnlyList<T> Rows, string? NextToken) page = ([], null);
        var isLoaded = await Ask(async call => page = await Find(call, new NameQuery { NamePrefix = _prefix }));
        if (search != _search)
            return;
        _rows = isLoaded ? [.. page.Rows] : null;
        _nextToken = page.NextToken;
        StateHasChanged();
    }

    private Task Search(string? prefix)
    {
        _prefix = prefix?.Trim() ?? "";
        _asked.Add(_prefix);
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameter(PortalRoutes.SearchName, _prefix.Length > 0 ? _prefix : null), replace: true);
        return Load();
    }

    private Task<bool> LoadMore() => Act(async call =>
    {
        var search = _search;
        var (rows, nextToken) = await Find(call, new NameQuery { NamePrefix = _prefix, NextToken = _nextToken });
        if (search != _search)
            return;
        _rows?.AddRange(rows);
        _nextToken = nextToken;
    });
}
