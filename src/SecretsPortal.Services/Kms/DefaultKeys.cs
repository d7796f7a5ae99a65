namespace SecretsPortal.Services.Kms;

/// <summary>Which provider holds the default key of a region, for those who only tell it.</summary>
public sealed class DefaultKeys
{
    private readonly KeyRegistry _keys;

    internal DefaultKeys(KeyRegistry keys) => _keys = keys;

    /// <summary>The provider's name, such as <c>local</c>, and what it calls the key.</summary>
    public async Task<(string Provider, string Reference)> Of(string region, CancellationToken cancel)
    {
        var key = await _keys.Resolve(null, region, cancel);
        return (key.Provider, key.ProviderReference);
    }
}
