using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>A row of the list.</summary>
/// <param name="Secret">The secret.</param>
/// <param name="Health">How its rotation is.</param>
public sealed record SecretListRow(Secret Secret, RotationHealth Health);

/// <summary>
/// The part of a list that a page holds: pages come one after the other by their tokens, as the user scrolls. Of those that were seen, only the last few
/// keep their rows; a page that is scrolled back to is asked for again.
/// </summary>
/// <param name="load">Asks for a page by its token, null for the first; gives null where that failed, which it has told.</param>
public sealed class SecretWindow(Func<string?, Task<BrowsedPage?>> load)
{
    /// <summary>How many secrets a page has.</summary>
    public const int PageSize = 50;

    private const int PagesKept = 20;

    private readonly List<Page> _pages = [new Page(null)];
    private Task _turn = Task.CompletedTask;
    private int _uses;

    /// <summary>What the first page told of the whole list.</summary>
    public BrowsedPage? First { get; private set; }

    /// <summary>How many rows there are as far as is known, with those that would follow next.</summary>
    public int Known { get; private set; }

    /// <summary>True once the last page was seen.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>The rows that are held now, in their order.</summary>
    public IEnumerable<SecretListRow> Held => _pages.SelectMany(page => page.Rows ?? []);

    /// <summary>Loads the first page; false where that failed.</summary>
    public async Task<bool> Begin() => await PageAt(0) is not null;

    /// <summary>The rows from one place on, as many as were asked for or there are.</summary>
    public async Task<IReadOnlyList<SecretListRow>> Rows(int start, int count)
    {
        // One after the other: two who scroll to the same page ask for it once.
        var (before, done) = (_turn, new TaskCompletionSource());
        _turn = done.Task;
        await before;
        try
        {
            var rows = new List<SecretListRow>();
            for (var i = start / PageSize; rows.Count < count && i < _pages.Count; i++)
            {
                if (await PageAt(i) is not { } page)
                    break;
                rows.AddRange(page.Skip(i == start / PageSize ? start % PageSize : 0).Take(count - rows.Count));
            }

            return rows;
        }
        finally
        {
            done.SetResult();
        }
    }

    private async Task<IReadOnlyList<SecretListRow>?> PageAt(int index)
    {
        var page = _pages[index];
        page.UsedAt = ++_uses;
        if (page.Rows is not null)
            return page.Rows;
        if (await load(page.Token) is not { } loaded)
            return null;
        First ??= loaded;
        page.Rows = [.. loaded.Secrets.Select(secret => new SecretListRow(secret, loaded.Health.GetValueOrDefault(secret.Id)))];
        if (index == _pages.Count - 1)
        {
            IsWhole = loaded.NextToken is null;
            Known = (index * PageSize) + page.Rows.Count + (IsWhole ? 0 : PageSize);
            if (!IsWhole)
                _pages.Add(new Page(loaded.NextToken));
        }

        var held = _pages.Where(one => one.Rows is not null).ToList();
        if (held.Count > PagesKept)
            held.MinBy(one => one.UsedAt)!.Rows = null;
        return page.Rows;
    }

    private sealed class Page(string? token)
    {
        public string? Token { get; } = token;

        public IReadOnlyList<SecretListRow>? Rows { get; set; }

        public int UsedAt { get; set; }
    }
}
