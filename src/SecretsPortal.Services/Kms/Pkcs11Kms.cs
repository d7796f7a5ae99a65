using System.Security.Cryptography;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;
using SecretsPortal.Core.Crypto;

namespace SecretsPortal.Services.Kms;

/// <summary>
/// AES-256 keys in a token behind a PKCS#11 module (an HSM, or SoftHSM). The keys never leave it; data keys travel in and out.
/// </summary>
/// <remarks>
/// A key reference is a label (all keys with that label are versions of one key; CKA_ID is the version, the greatest one as a number is current) or
/// <c>id:</c> and a CKA_ID in hexadecimal (that key alone, which then has one version). How a data key is wrapped depends on what the key and the module allow, and stands in the first byte
/// of the wrapped key:
/// <list type="bullet">
/// <item>1: CKM_AES_GCM, 12 bytes of nonce (random, from the portal), 32 of ciphertext, 16 of tag. The associated data is this byte, the version and the
/// encryption context. Where the key has CKA_ENCRYPT and CKA_DECRYPT.</item>
/// <item>2: CKM_AES_KEY_WRAP (RFC 3394), 40 bytes. It binds no context, so the binding rests on the sealed value's own associated data. Where the key has
/// CKA_WRAP and CKA_UNWRAP alone, or the module has no GCM.</item>
/// </list>
/// </remarks>
internal sealed class Pkcs11Kms(Pkcs11Options options, FillRandom random) : IKms, IDisposable
{
    private const byte Gcm = 1;
    private const byte KeyWrap = 2;
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int GcmSize = 1 + NonceSize + AesGcmSealer.KeySize + TagSize;
    private const int KeyWrapSize = 1 + AesGcmSealer.KeySize + 8;

    // What modules answer to bytes that don't fit.
    private static readonly CKR[] s_refusals =
    [
        CKR.CKR_ENCRYPTED_DATA_INVALID, CKR.CKR_ENCRYPTED_DATA_LEN_RANGE, CKR.CKR_WRAPPED_KEY_INVALID, CKR.CKR_WRAPPED_KEY_LEN_RANGE,
        CKR.CKR_SIGNATURE_INVALID, CKR.CKR_DATA_INVALID,
    ];

    // Each is one call at a time into the module; more would wait inside it.
    private readonly NativeWorkers _workers = new("PKCS#11", Math.Clamp(Environment.ProcessorCount, 2, 8));
    private readonly Pkcs11Token _token = new(options);

    /// <inheritdoc/>
    public string Provider => KmsProviders.Pkcs11;

    /// <inheritdoc/>
    public async Task<WrappedDataKey> Wrap(
        string keyReference, ReadOnlyMemory<byte> dataKey, IReadOnlyDictionary<string, string> context, CancellationToken cancel)
    {
        if (dataKey.Length != AesGcmSealer.KeySize)
            throw new ArgumentException("A data key has 32 bytes.", nameof(dataKey));
        // A copy: the call into the module may outlive the caller, who clears the key.
        var copy = dataKey.ToArray();
        return await _workers.Run(
            () =>
            {
                try
                {
                    return _token.Use(session => Wrap(session, Pkcs11Key.Current(session, keyReference), copy, context));
                }
                finally
                {
                    CryptographicOperations.ZeroMemory(copy);
                }
            },
            cancel);
    }

    /// <inheritdoc/>
    public Task<byte[]> Unwrap(
        string keyReference, WrappedDataKey wrapped, IReadOnlyDictionary<string, string> context, CancellationToken cancel)
    {
        if (wrapped.Bytes is not ([Gcm, ..] and { Length: GcmSize }) and not ([KeyWrap, ..] and { Length: KeyWrapSize })
            || !Pkcs11Key.IsVersion(wrapped.KeyVersion))
            throw KmsFaults.Refused();
        return _workers.Run(() => _token.Use(session => Unwrap(session, Pkcs11Key.OfVersion(session, keyReference, wrapped.KeyVersion), wrapped, context)), cancel);
    }

    /// <inheritdoc/>
    public Task<string> CurrentVersion(string keyReference, CancellationToken cancel) =>
        _workers.Run(() => _token.Use(session => Pkcs11Key.Current(session, keyReference).Version), cancel);

    /// <inheritdoc/>
    public Task Check(string keyReference, CancellationToken cancel) => CurrentVersion(keyReference, cancel);

    /// <summary>Logs out and lets go of the module, unless a call hangs in it.</summary>
    public void Dispose()
    {
        _workers.Dispose();
        _token.Dispose();
    }

    private WrappedDataKey Wrap(Pkcs11Session session, Pkcs11Key key, byte[] dataKey, IReadOnlyDictionary<string, string> context)
    {
        if (key.MayEncrypt && session.Has(CKM.CKM_AES_GCM))
        {
            var nonce = new byte[NonceSize];
            random(nonce);
            var ciphertext = OnGcm(session, nonce, AssociatedData(key.Version, context), mechanism => session.Api.Encrypt(mechanism, key.Handle, dataKey));
            return new WrappedDataKey([Gcm, .. nonce, .. ciphertext], key.Version);
        }

        if (!key.MayWrap || !session.Has(CKM.CKM_AES_KEY_WRAP))
            throw KmsFaults.KeyUnusable($"The key {key.Version} may neither encrypt (CKM_AES_GCM) nor wrap (CKM_AES_KEY_WRAP) in the PKCS#11 token. Register a key that may.");
        using var keyWrap = session.Api.Factories.MechanismFactory.Create(CKM.CKM_AES_KEY_WRAP);
        var inToken = session.Api.CreateObject(DataKeyTemplate(session, dataKey));
        try
        {
            return new WrappedDataKey([KeyWrap, .. session.Api.WrapKey(keyWrap, key.Handle, inToken)], key.Version);
        }
        finally
        {
            session.Api.DestroyObject(inToken);
        }
    }

    private byte[] Unwrap(Pkcs11Session session, Pkcs11Key key, WrappedDataKey wrapped, IReadOnlyDictionary<string, string> context)
    {
        try
        {
            var dataKey = wrapped.Bytes[0] == Gcm
                ? OnGcm(session, wrapped.Bytes[1..(1 + NonceSize)], AssociatedData(key.Version, context),
                    mechanism => session.Api.Decrypt(mechanism, key.Handle, wrapped.Bytes[(1 + NonceSize)..]))
                : UnwrapKey(session, key, wrapped.Bytes[1..]);
            return dataKey.Length == AesGcmSealer.KeySize ? dataKey : throw KmsFaults.Refused();
        }
        catch (Pkcs11Exception fault) when (s_refusals.Contains(fault.RV))
        {
            throw KmsFaults.Refused(fault);
        }
        catch (Pkcs11Exception fault) when (fault.RV is CKR.CKR_GENERAL_ERROR or CKR.CKR_FUNCTION_FAILED)
        {
            // Some modules (SoftHSM) say no more than this of a wrong tag. If the key still wraps, it was the bytes; otherwise this throws.
            Wrap(session, key, new byte[AesGcmSealer.KeySize], context);
            throw KmsFaults.Refused(fault);
        }
    }

    private static byte[] UnwrapKey(Pkcs11Session session, Pkcs11Key key, byte[] wrapped)
    {
        using var keyWrap = session.Api.Factories.MechanismFactory.Create(CKM.CKM_AES_KEY_WRAP);
        var dataKey = session.Api.UnwrapKey(keyWrap, key.Handle, wrapped, DataKeyTemplate(session, null));
        try
        {
            return session.Api.GetAttributeValue(dataKey, [CKA.CKA_VALUE])[0].GetValueAsByteArray();
        }
        finally
        {
            session.Api.DestroyObject(dataKey);
        }
    }

    /// <summary>A data key as an object of the session alone, whose value can be read back.</summary>
    private static List<IObjectAttribute> DataKeyTemplate(Pkcs11Session session, byte[]? value)
    {
        var attributes = session.Api.Factories.ObjectAttributeFactory;
        List<IObjectAttribute> template =
        [
            attributes.Create(CKA.CKA_CLASS, CKO.CKO_SECRET_KEY), attributes.Create(CKA.CKA_KEY_TYPE, CKK.CKK_GENERIC_SECRET),
            attributes.Create(CKA.CKA_TOKEN, false), attributes.Create(CKA.CKA_PRIVATE, true),
            attributes.Create(CKA.CKA_SENSITIVE, false), attributes.Create(CKA.CKA_EXTRACTABLE, true),
        ];
        if (value is not null)
            template.Add(attributes.Create(CKA.CKA_VALUE, value));
        return template;
    }

    private static byte[] OnGcm(Pkcs11Session session, byte[] nonce, byte[] associatedData, Func<IMechanism, byte[]> call)
    {
        using var parameters = session.Api.Factories.MechanismParamsFactory.CreateCkGcmParams(nonce, NonceSize * 8, associatedData, TagSize * 8);
        using var mechanism = session.Api.Factories.MechanismFactory.Create(CKM.CKM_AES_GCM, parameters);
        return call(mechanism);
    }

    private static byte[] AssociatedData(string version, IReadOnlyDictionary<string, string> context) =>
        KmsContext.AssociatedData([Gcm, (byte)(version.Length / 2), .. Convert.FromHexString(version)], context);
}
