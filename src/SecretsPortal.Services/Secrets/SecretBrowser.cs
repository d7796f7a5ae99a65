using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Secrets;

/// <summary>What a person asks the list for, as <see cref="SecretListing"/> is understood. Checked by the service.</summary>
public sealed record BrowseRequest
{
    /// <summary>Words as in <see cref="SecretListing.Text"/>: at most <see cref="SecretBrowser.MostWords"/>, 512 characters in all.</summary>
    public string Text { get; init; } = "";

    /// <summary>What the names begin with; at most 512 characters.</summary>
    public string Folder { get; init; } = "";

    /// <summary>Any of these; empty for all.</summary>
    public IReadOnlyList<SecretKind> Kinds { get; init; } = [];

    /// <summary>
    /// <c>key</c> or <c>key=value</c>: at most <see cref="SecretBrowser.MostTags"/> keys, all together, each with any of at most
    /// <see cref="SecretBrowser.MostValues"/> values.
    /// </summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>A KMS key's id, alias or ARN; null for all.</summary>
    public string? Key { get; init; }

    /// <summary>Any of these; empty for all that are not marked for deletion.</summary>
    public IReadOnlyList<SecretStatus> Statuses { get; init; } = [];

    /// <summary>True for the order of names, false for the newest first.</summary>
    public bool ByName { get; init; }

    /// <summary>True where nothing narrows the list but a folder.</summary>
    public bool IsPlain => Text.Length == 0 && Kinds.Count == 0 && Tags.Count == 0 && Key is null && Statuses.Count == 0;
}

/// <summary>A page of the list.</summary>
public sealed record BrowsedPage
{
    /// <summary>In the order that was asked for.</summary>
    public required IReadOnlyList<Secret> Secrets { get; init; }

    /// <summary>How their rotations are, by the portal's ids of them; those whose rotation was never set up are missing.</summary>
    public required IReadOnlyDictionary<string, RotationHealth> Health { get; init; }

    /// <summary>How many there are on all pages; null where nobody has counted.</summary>
    public long? Total { get; init; }

    /// <summary>The folders right below the one that was asked for; on the first page, where nothing but a folder narrows the list.</summary>
    public IReadOnlyList<SecretFolder> Folders { get; init; } = [];

    /// <summary>True where there are more folders than these.</summary>
    public bool HasMoreFolders { get; init; }

    /// <summary>Asks for the next page; null on the last one.</summary>
    public string? NextToken { get; init; }
}

/// <summary>
/// The list of secrets as people search it. As with ListSecrets the permission is for the whole list, and that action is what is asked for and recorded.
/// </summary>
public sealed class SecretBrowser
{
    /// <summary>How many words a search may have.</summary>
    public const int MostWords = SecretListStore.MostWords;

    /// <summary>How many keys of tags a search may ask for.</summary>
    public const int MostTags = 3;

    /// <summary>How many values of one key.</summary>
    public const int MostValues = SecretListStore.MostValues;

    /// <summary>How many characters the words and the folder of a search may have.</summary>
    public const int LongestText = 512;

    private const int MostResults = 100;
    private const int MostFolders = 60;

    private readonly SecretListStore _store;
    private readonly RotationOverview _rotations;
    private readonly KeyRegistry _keys;
    private readonly Authorizer _authorizer;
    private readonly AuditRecorder _recorder;
    private readonly PageTokens _tokens;

    internal SecretBrowser(
        SecretListStore store, RotationOverview rotations, KeyRegistry keys, Authorizer authorizer, AuditRecorder recorder, PageTokens tokens)
    {
        _store = store;
        _rotations = rotations;
        _keys = keys;
        _authorizer = authorizer;
        _recorder = recorder;
        _tokens = tokens;
    }

    /// <summary>A page of what a request finds (action <c>secretsmanager:ListSecrets</c>).</summary>
    /// <param name="call">Who asks.</param>
    /// <param name="request">What for.</param>
    /// <param name="maxResults">1–100.</param>
    /// <param name="nextToken">From the page before; null for the first one.</param>
    /// <param name="cancel">Ends the wait.</param>
    public Task<BrowsedPage> Find(CallContext call, BrowseRequest request, int maxResults, string? nextToken, CancellationToken cancel) =>
        _recorder.Recording(call, SecretActions.ListSecrets, "*", async op =>
        {
            var limit = SecretRules.Range("maxResults", maxResults, 1, MostResults);
            await _authorizer.Require(op, "*", secret: null, cancel);
            var listing = await ListingOf(call, request, cancel);
            var scope = PageTokens.ScopeOf("browse", call,
                [listing.Text, listing.Folder, string.Join(' ', listing.Kinds), listing.KeyId, $"{string.Join(' ', listing.Statuses)} {listing.ByName}", .. listing.Tags]);
            var after = await _tokens.Read<SecretPageKey>(nextToken, scope, cancel);
            // One more than the page holds tells whether another page follows.
            var found = await _store.Find(listing with { Limit = limit + 1, After = after }, cancel);
            IReadOnlyList<Secret> secrets = [.. found.Secrets.Take(limit)];
            var folders = after is null && request.IsPlain ? await _store.FindFolders(call.Region, listing.Folder, null, MostFolders + 1, cancel) : [];
            return new BrowsedPage
            {
                Secrets = secrets,
                Health = await _rotations.HealthOf(secrets, cancel),
                Total = found.Total,
                Folders = [.. folders.Take(MostFolders)],
                HasMoreFolders = folders.Count > MostFolders,
                NextToken = found.Secrets.Count <= limit ? null : await _tokens.Write(PlaceOf(secrets[^1], listing), scope, cancel),
            };
        }, cancel);

    /// <summary>All that a checked and allowed listing finds, a page at a time.</summary>
    internal async IAsyncEnumerable<(Secret Secret, RotationHealth Health)> All(
        SecretListing listing, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        listing = listing with { Limit = MostResults };
        while ((await _store.Find(listing, cancel)).Secrets is { Count: > 0 } page)
        {
            var health = await _rotations.HealthOf(page, cancel);
            foreach (var secret in page)
                yield return (secret, health.GetValueOrDefault(secret.Id));
            listing = listing with { After = PlaceOf(page[^1], listing) };
        }
    }

    /// <summary>Checks what is asked for, once the caller may list.</summary>
    internal async Task<SecretListing> ListingOf(CallContext call, BrowseRequest request, CancellationToken cancel)
    {
        var text = request.Text.Trim();
        if (text.Length > LongestText || request.Folder.Length > LongestText)
            throw Refused($"Search for at most {LongestText} characters.");
        if (SecretListStore.CountWords(text) > MostWords)
            throw Refused($"Search for at most {MostWords} words.");
        var tags = SecretListStore.ByKey(request.Tags);
        if (tags.Count > MostTags || tags.Any(static values => values.Count > MostValues) || request.Tags.Any(static tag => tag.Length is 0 or > LongestText))
            throw Refused($"Ask for at most {MostTags} keys of tags, each as key or with at most {MostValues} values as key=value.");
        var key = request.Key is null ? null : await _keys.TryFind(request.Key, call.Region, cancel)
            ?? throw Refused($"There is no key {request.Key} in {call.Region}.");
        return new SecretListing
        {
            Region = call.Region,
            Text = text,
            Folder = request.Folder,
            Kinds = request.Kinds,
            Tags = request.Tags,
            KeyId = key?.KeyId,
            Statuses = request.Statuses,
            ByName = request.ByName,
        };
    }

    private static SecretPageKey PlaceOf(Secret last, SecretListing listing) =>
        SecretPageKey.Of(last, listing.ByName ? SecretOrder.Name : SecretOrder.Created);

    private static PortalException Refused(string message) => new(PortalError.InvalidParameter, message);
}
