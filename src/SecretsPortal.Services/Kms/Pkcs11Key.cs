using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;
using SecretsPortal.Core;
using SecretsPortal.Core.Crypto;

namespace SecretsPortal.Services.Kms;

/// <summary>One version of a key in a PKCS#11 token.</summary>
internal sealed record Pkcs11Key
{
    private const string IdPrefix = "id:";
    private const int LongestId = 64;

    /// <summary>Where the session finds it; of use in that session alone.</summary>
    public required IObjectHandle Handle { get; init; }

    /// <summary>Its CKA_ID in lower-case hexadecimal.</summary>
    public required string Version { get; init; }

    /// <summary>CKA_ENCRYPT and CKA_DECRYPT.</summary>
    public required bool MayEncrypt { get; init; }

    /// <summary>CKA_WRAP and CKA_UNWRAP.</summary>
    public required bool MayWrap { get; init; }

    /// <summary>True for what <see cref="Version"/> can be: it reaches the module as bytes.</summary>
    public static bool IsVersion(string text) =>
        text.Length is > 0 and <= LongestId * 2 && text.Length % 2 == 0 && text.All(char.IsAsciiHexDigitLower);

    /// <summary>The version that wraps: the greatest CKA_ID, read as a number. <see cref="PortalError.Unavailable"/> where the token has no such key.</summary>
    public static Pkcs11Key Current(Pkcs11Session session, string reference)
    {
        var versions = Find(session, reference, null);
        if (versions.Count == 0)
            throw new Pkcs11KeyMissingException();
        if (versions.FirstOrDefault(key => !IsVersion(key.Version)) is { } unnamed)
            throw KmsFaults.KeyUnusable(
                $"A key of this label in the PKCS#11 token has {(unnamed.Version.Length == 0 ? "no" : "too long a")} CKA_ID. Give each version an id of 1 to {LongestId} bytes.");
        var current = versions.MaxBy(key => key.Version.TrimStart('0').PadLeft(LongestId * 2, '0'), StringComparer.Ordinal)!;
        if (versions.Count(key => key.Version == current.Version) > 1)
            throw KmsFaults.KeyUnusable($"The PKCS#11 token has more than one key of this label with the CKA_ID {current.Version}. Give each version an id of its own.");
        return current;
    }

    /// <summary>
    /// The version that unwraps. Where it is not there, the key decides: with it, the bytes are refused; without it, the key has vanished.
    /// </summary>
    public static Pkcs11Key OfVersion(Pkcs11Session session, string reference, string version)
    {
        if (Find(session, reference, version) is [var key])
            return key;
        Current(session, reference);
        throw KmsFaults.Refused();
    }

    private static List<Pkcs11Key> Find(Pkcs11Session session, string reference, string? version)
    {
        var attributes = session.Api.Factories.ObjectAttributeFactory;
        List<IObjectAttribute> template =
            [attributes.Create(CKA.CKA_CLASS, CKO.CKO_SECRET_KEY), attributes.Create(CKA.CKA_KEY_TYPE, CKK.CKK_AES), attributes.Create(CKA.CKA_TOKEN, true)];
        if (IdOf(reference) is not { } id)
            template.Add(attributes.Create(CKA.CKA_LABEL, reference));
        else if (version is not null && version != id)
            return [];
        else
            version = id;
        if (version is not null)
            template.Add(attributes.Create(CKA.CKA_ID, Convert.FromHexString(version)));
        return [.. session.Api.FindAllObjects(template).Select(handle => Read(session, handle))];
    }

    private static Pkcs11Key Read(Pkcs11Session session, IObjectHandle handle)
    {
        var read = session.Api.GetAttributeValue(
            handle, [CKA.CKA_ID, CKA.CKA_VALUE_LEN, CKA.CKA_ENCRYPT, CKA.CKA_DECRYPT, CKA.CKA_WRAP, CKA.CKA_UNWRAP]);
        if (!read[1].CannotBeRead && read[1].GetValueAsUlong() != AesGcmSealer.KeySize)
            throw KmsFaults.KeyUnusable("The key in the PKCS#11 token is no AES-256 key. Register one of 32 bytes.");
        bool Is(int index) => !read[index].CannotBeRead && read[index].GetValueAsBool();
        return new Pkcs11Key
        {
            Handle = handle,
            Version = read[0].CannotBeRead ? "" : Convert.ToHexStringLower(read[0].GetValueAsByteArray() ?? []),
            MayEncrypt = Is(2) && Is(3),
            MayWrap = Is(4) && Is(5),
        };
    }

    private static string? IdOf(string reference)
    {
        if (!reference.StartsWith(IdPrefix, StringComparison.Ordinal))
            return null;
        var id = reference[IdPrefix.Length..].ToLowerInvariant();
        return IsVersion(id) ? id : throw KmsFaults.KeyUnusable($"The key reference {reference} is no id: write {IdPrefix} and the CKA_ID in hexadecimal digits, or the key's label.");
    }
}

/// <summary>The token has no such key, or no longer: <see cref="Pkcs11Token"/> looks again with a fresh session before it says so.</summary>
internal sealed class Pkcs11KeyMissingException : Exception;
