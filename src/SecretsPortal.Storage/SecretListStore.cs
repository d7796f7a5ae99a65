using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Storage;

/// <summary>The list of secrets as people ask for it: by words, filters and folders, each by an index.</summary>
public sealed class SecretListStore(Database database)
{
    /// <summary>How many words a listing may ask for.</summary>
    public const int MostWords = SecretLists.MostWords;

    /// <summary>How many values one key of a tag may be asked for with.</summary>
    public const int MostValues = SecretLists.MostInSet;

    /// <summary>A page of what a listing finds.</summary>
    public Task<ListedSecrets> Find(SecretListing listing, CancellationToken cancel) => database.ReadTogether(session => SecretLists.Find(session, listing), cancel);

    /// <summary>The folders right below <paramref name="parent"/> (empty for the top), by name, after <paramref name="after"/>, at most <paramref name="limit"/>.</summary>
    public Task<IReadOnlyList<SecretFolder>> FindFolders(string region, string parent, string? after, int limit, CancellationToken cancel) =>
        database.Read(session => SecretLists.FindFolders(session, region, parent, after, limit), cancel);

    /// <summary>Tags by the keys that they name, as <see cref="SecretListing.Tags"/> is understood.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> ByKey(IReadOnlyList<string> tags) => SecretTerms.ByKey(tags);

    /// <summary>How many words a text has for <see cref="SecretListing.Text"/>.</summary>
    public static int CountWords(string text) => SecretTerms.OfText(text).Count;

    /// <summary>
    /// Writes what secrets are found by that were stored before such was kept; gives how many there were, at most <paramref name="limit"/>. The names of
    /// members are not among it: they stand in the value alone, which is not opened for that.
    /// </summary>
    public Task<int> WriteMissingTerms(int limit, CancellationToken cancel) => database.Write(session => SecretTerms.WriteMissing(session, limit), cancel);
}
