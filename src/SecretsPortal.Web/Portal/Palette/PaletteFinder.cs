using MudBlazor;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Rotation.Functions;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Layout;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Session;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Palette;

/// <summary>
/// Finds what the palette offers: pages and actions by their names, and what is stored through the same services as the pages, as the user. What the
/// user may not list is not asked for, so that nothing is denied and recorded that nobody meant to ask.
/// </summary>
internal sealed class PaletteFinder(PortalSession session, SecretBrowser secrets, UserService users, FunctionService functions, KeyService keys)
{
    // Shorter words would find everything.
    private const int ShortestWord = 2;
    private const int PerGroup = 6;

    /// <summary>Pages and actions that fit all words; all of them where there are none.</summary>
    public async Task<IReadOnlyList<PaletteEntry>> Offers(string text, CancellationToken cancel)
    {
        var words = WordsOf(text);
        var found = new List<PaletteEntry>();
        foreach (var place in Place.All.Where(place => Fits(place.Title, words)))
        {
            if (place.Action is null || await May(place.Action, cancel))
                found.Add(new PaletteEntry(PaletteText.Pages, place.Title, null, place.Icon, session.Here(place.Route)));
        }

        if (Fits(PaletteText.StoreSecret, words) && await May(SecretActions.CreateSecret, cancel))
            found.Add(new PaletteEntry(PaletteText.Actions, PaletteText.StoreSecret, null, Icons.Material.Outlined.Add, session.Here(PortalRoutes.NewSecret)));
        if (Fits(PaletteText.WritePolicy, words) && await May(PortalActions.CreatePolicy, cancel))
            found.Add(new PaletteEntry(PaletteText.Actions, PaletteText.WritePolicy, null, Icons.Material.Outlined.PostAdd, session.Here(PortalRoutes.NewPolicy)));
        if (Fits(PaletteText.ShowShortcuts, words))
        {
            found.Add(new PaletteEntry(PaletteText.Actions, PaletteText.ShowShortcuts, null, Icons.Material.Outlined.Keyboard, null)
            {
                Action = new PaletteAction(PaletteActionKind.ShowShortcuts),
            });
        }

        return found;
    }

    /// <summary>What is stored and fits all words; nothing for less than two characters.</summary>
    public async Task<IReadOnlyList<PaletteEntry>> Stored(string text, CancellationToken cancel)
    {
        var words = WordsOf(text);
        var rotate = words is [var first, ..] && string.Equals(first, PaletteText.RotateWord, StringComparison.OrdinalIgnoreCase);
        if (rotate)
            words = words[1..];
        if (!rotate && !words.Any(static word => word.Length >= ShortestWord))
            return [];
        var call = await session.NewCall(cancel);
        var found = new List<PaletteEntry>(await Secrets(call, words, rotate, cancel));
        if (rotate)
            return found;
        found.AddRange(await Users(call, text.Trim(), cancel));
        found.AddRange(await Functions(call, text.Trim(), cancel));
        found.AddRange(await Keys(call, words, cancel));
        return found;
    }

    private async Task<IReadOnlyList<PaletteEntry>> Secrets(CallContext call, string[] words, bool rotate, CancellationToken cancel)
    {
        if (!await May(SecretActions.ListSecrets, cancel))
            return [];
        var text = string.Join(' ', words.Take(SecretBrowser.MostWords));
        var request = new BrowseRequest { Text = text.Length > SecretBrowser.LongestText ? text[..SecretBrowser.LongestText] : text };
        var page = await secrets.Find(call, request, rotate ? 50 : PerGroup, nextToken: null, cancel);
        if (!rotate)
            return [.. page.Secrets.Select(secret => new PaletteEntry(PaletteText.Secrets, secret.Name, secret.Description, Icons.Material.Outlined.Key, session.Here(PortalRoutes.Secret(secret.Name))))];
        var found = new List<PaletteEntry>();
        foreach (var secret in page.Secrets.Where(static secret => secret is { Rotation.Enabled: true, IsReplica: false }))
        {
            if (found.Count < PerGroup && await session.May(SecretActions.RotateSecret, secret.Arn.ToString(), secret, cancel))
            {
                found.Add(new PaletteEntry(PaletteText.Actions, Words.Fill(PaletteText.Rotate, secret.Name), secret.Description, Icons.Material.Outlined.Autorenew, null)
                {
                    Action = new PaletteAction(PaletteActionKind.Rotate, secret),
                });
            }
        }

        return found;
    }

    private async Task<IEnumerable<PaletteEntry>> Users(CallContext call, string prefix, CancellationToken cancel)
    {
        if (prefix.Length > 64 || !await May(PortalActions.ListUsers, cancel))
            return [];
        var page = await users.List(call, new NameQuery { NamePrefix = prefix, Limit = PerGroup }, cancel);
        return page.Users.Select(user => new PaletteEntry(PaletteText.Users, user.Name, user.DisplayName, Icons.Material.Outlined.Person, session.Here(PortalRoutes.User(user.Name))));
    }

    private async Task<IEnumerable<PaletteEntry>> Functions(CallContext call, string prefix, CancellationToken cancel)
    {
        if (prefix.Length > 64 || !await May(PortalActions.ListFunctions, cancel))
            return [];
        var page = await functions.List(call, new NameQuery { NamePrefix = prefix, Limit = PerGroup }, cancel);
        return page.Functions.Select(function => new PaletteEntry(PaletteText.Functions, function.Name, function.Description, Icons.Material.Outlined.Code, session.Here(PortalRoutes.Function(function.Name))));
    }

    private async Task<IEnumerable<PaletteEntry>> Keys(CallContext call, string[] words, CancellationToken cancel)
    {
        if (!await May(PortalActions.ListKeys, cancel))
            return [];
        var page = await keys.List(call, maxResults: 100, nextToken: null, cancel);
        return page.Keys.Where(key => Fits($"{key.Alias} {key.Description} {key.KeyId}", words)).Take(PerGroup)
            .Select(key => new PaletteEntry(PaletteText.Keys, key.Alias ?? key.KeyId, key.Description, Icons.Material.Outlined.VpnKey, session.Here(PortalRoutes.Key(key.KeyId))));
    }

    private Task<bool> May(string action, CancellationToken cancel) => session.May(action, "*", secret: null, cancel);

    private static string[] WordsOf(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static bool Fits(string title, string[] words) => words.All(word => title.Contains(word, StringComparison.OrdinalIgnoreCase));
}
