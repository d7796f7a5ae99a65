using System.Collections.Concurrent;
using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server.Circuits;
using SecretsPortal.Services;

namespace SecretsPortal.Web.Portal.Session;

/// <summary>
/// Counts the open pages of each user on this node: each holds memory here for as long as it is open, and for <see cref="SessionLimits.Retention"/>
/// after its connection was lost.
/// </summary>
internal sealed class OpenPages(PortalOptions options)
{
    private readonly ConcurrentDictionary<string, int> _count = new(StringComparer.Ordinal);

    /// <summary>The cookie by which a page says, for some seconds, that it is being left for another document: it still counts then, and is gone once the other one opens.</summary>
    public const string LeavingCookie = "portal-leaving";

    /// <summary>How many a user may have.</summary>
    public int Limit => options.OpenPagesPerUser;

    /// <summary>All open pages of all users.</summary>
    public int Total => _count.Values.Sum();

    /// <summary>True where the user may open no other page now. A page that is being left for it does not count.</summary>
    public bool IsFull(ClaimsPrincipal user, bool isLeavingOne) => IdOf(user) is { } id && _count.GetValueOrDefault(id) - (isLeavingOne ? 1 : 0) >= Limit;

    /// <summary>Counts another one; false where it is one too many.</summary>
    public bool TryEnter(string userId)
    {
        while (true)
        {
            var count = _count.GetOrAdd(userId, 0);
            if (count >= Limit)
                return false;
            if (_count.TryUpdate(userId, count + 1, count))
                return true;
        }
    }

    /// <summary>One is gone.</summary>
    public void Leave(string userId)
    {
        // Who has none open is forgotten, so that the list does not grow with everybody who ever was here.
        if (_count.AddOrUpdate(userId, 0, static (_, count) => count - 1) <= 0)
            _count.TryRemove(KeyValuePair.Create(userId, 0));
    }

    /// <summary>The user's id; null for nobody.</summary>
    public static string? IdOf(ClaimsPrincipal user) => user.FindFirstValue(ClaimTypes.NameIdentifier);
}

/// <summary>
/// Takes a place for a page as its circuit opens and gives it back when that is gone. The document of a page that is one too many says so before (see
/// <see cref="App"/>); what opens many circuits at once, or from one document, ends here.
/// </summary>
internal sealed class OpenPage(OpenPages pages, AuthenticationStateProvider authentication, TimeProvider time) : CircuitHandler
{
    // The page that was left for this one may be a moment late in saying so.
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);
    private const int MostPauses = 20;

    private string? _user;

    /// <inheritdoc/>
    public override async Task OnCircuitOpenedAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        var user = OpenPages.IdOf((await authentication.GetAuthenticationStateAsync()).User);
        var isIn = user is not null && pages.TryEnter(user);
        for (var pauses = 0; user is not null && !isIn && pauses < MostPauses; pauses++)
        {
            await Task.Delay(s_pause, time, cancellationToken);
            isIn = pages.TryEnter(user);
        }

        if (!isIn)
            throw new InvalidOperationException($"A user has {pages.Limit} pages open, which is the most that there may be ({Configuration.SettingKeys.OpenPagesPerUser}).");
        _user = user;
    }

    /// <inheritdoc/>
    public override Task OnCircuitClosedAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _user, null) is { } user)
            pages.Leave(user);
        return Task.CompletedTask;
    }
}
