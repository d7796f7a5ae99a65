using System.Security.Cryptography;
using SecretsPortal.Core;
using SecretsPortal.Core.Crypto;
using SecretsPortal.Services.Kms;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Start;

/// <summary>Proves at the start that the KMS opens what this database holds, or, in a new one, that the default key works.</summary>
internal sealed class KmsStart(LocalKms local, KeyStore store, IEnumerable<IKms> providers, PortalKeyRing ring, PortalOptions options)
{
    /// <summary>
    /// Opens the local KMS where a key of this database is there, and tries the keys; <see cref="PortalStartException"/> names the setting and the remedy.
    /// </summary>
    /// <param name="mayCreateKeyFile">True for a database that holds nothing sealed yet.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task Open(bool mayCreateKeyFile, CancellationToken cancel)
    {
        var registered = new List<StoredKmsKey>();
        foreach (var region in options.Regions)
            registered.AddRange(await store.FindKeys(region, cancel));
        var isNew = !registered.Any(key => key.IsDefault && key.Region == options.Region);
        var isDefaultLocal = options.Kms.Provider == KmsProviders.Local;
        if ((isNew && isDefaultLocal) || registered.Any(key => key.Provider == KmsProviders.Local) || File.Exists(local.KeyFile))
            OpenLocal(mayCreateKeyFile && isDefaultLocal);
        if (isNew && !isDefaultLocal)
            await TryDefaultKey(cancel);
        await OpenWhatIsSealed(registered, cancel);
    }

    private void OpenLocal(bool mayCreate)
    {
        try
        {
            local.Open(mayCreate);
        }
        catch (LocalKeyFileException fault)
        {
            throw new PortalStartException([$"Portal:Kms:KeyFile: {fault.Message}. The portal never makes a new key beside a database in use: it would open nothing."]);
        }
    }

    /// <summary>Before it is registered: a registered key's reference never changes.</summary>
    private async Task TryDefaultKey(CancellationToken cancel)
    {
        var kms = providers.First(provider => provider.Provider == options.Kms.Provider);
        var reference = options.Kms.KeyReference!;
        var context = new EncryptionContext(options.AccountId, "portal-key/start", "").ForKms();
        var dataKey = RandomNumberGenerator.GetBytes(AesGcmSealer.KeySize);
        try
        {
            await kms.Check(reference, cancel);
            var again = await kms.Unwrap(reference, await kms.Wrap(reference, dataKey, context, cancel), context, cancel);
            if (!CryptographicOperations.FixedTimeEquals(dataKey, again))
                throw KmsFaults.KeyUnusable("It unwraps another data key than it wrapped.");
        }
        catch (PortalException fault) when (fault.Error is PortalError.Unavailable or PortalError.DecryptionFailure)
        {
            throw new PortalStartException([$"Portal:Kms:KeyReference: the key {reference} of {kms.Provider} can't be used as the default key. {Told(fault)}"]);
        }
    }

    /// <summary>Opening what lies sealed in the database proves that these are the keys it was sealed with.</summary>
    private async Task OpenWhatIsSealed(List<StoredKmsKey> registered, CancellationToken cancel)
    {
        try
        {
            await ring.Read("", cancel);
        }
        catch (PortalException fault) when (fault.Error == PortalError.DecryptionFailure)
        {
            var key = registered.Find(key => key.IsDefault && key.Region == options.Region);
            throw new PortalStartException([
                key is null or { Provider: KmsProviders.Local }
                    ? $"Portal:Kms:KeyFile: the file {local.KeyFile} holds another key than the one this database was sealed with, or Portal:AccountId was changed since. Restore the key file that belongs to the database, or the former account."
                    : $"Portal:Kms: the key {key.ProviderReference} of {key.Provider} is another one than this database was sealed with, or Portal:AccountId was changed since. Restore the key, or the former account."]);
        }
        catch (PortalException fault) when (fault.Error == PortalError.Unavailable)
        {
            throw new PortalStartException([$"Portal:Kms: what this database holds can't be opened. {Told(fault)}"]);
        }
    }

    /// <summary>The operator may see the provider's own words, too.</summary>
    private static string Told(PortalException fault) => fault.InnerException switch
    {
        Polly.ExecutionRejectedException or null => fault.Message,
        var cause => $"{fault.Message} ({cause.Message.Split('\n')[0].Trim()})",
    };
}
