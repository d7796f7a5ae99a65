using System.Security.Cryptography;
using SecretsPortal.Core;
using SecretsPortal.Services.Start;

namespace SecretsPortal.Services.Audit;

/// <summary>Signs checkpoints and anchors, or what else <paramref name="keyName"/> is for, by ECDSA on P-256. The private key is one of the portal's own, sealed by the KMS, the same on all nodes.</summary>
internal sealed class AuditSigner(PortalKeyRing ring, string keyName = AuditSigner.OfTheLog)
{
    private const string OfTheLog = "audit-signature/1";

    private byte[]? _privateKey;

    /// <summary>The public half, as a SubjectPublicKeyInfo.</summary>
    public async Task<byte[]> PublicKey(CancellationToken cancel)
    {
        using var key = await Open(cancel);
        return key.ExportSubjectPublicKeyInfo();
    }

    /// <summary>A key of the caller's own, to sign or to verify with; ECDsa objects are not safe for many threads.</summary>
    public async Task<ECDsa> Open(CancellationToken cancel)
    {
        // Two that make it at once read the same one afterwards.
        var privateKey = _privateKey ??= await Read(cancel) ?? await Make(cancel);
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(privateKey, out _);
        return key;
    }

    /// <summary>In DER, as OpenSSL reads it.</summary>
    public static byte[] Sign(ECDsa key, byte[] signed) => key.SignData(signed, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    /// <summary>False for anything but a signature of this key over these bytes.</summary>
    public static bool Verify(ECDsa key, byte[] signed, byte[] signature) =>
        key.VerifyData(signed, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    private async Task<byte[]?> Read(CancellationToken cancel) =>
        (await ring.Read(keyName, cancel)).FirstOrDefault(entry => entry.Name == keyName).Value;

    private async Task<byte[]> Make(CancellationToken cancel)
    {
        using var fresh = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // Whether this node or another was first: what is stored counts.
        await ring.Add(keyName, fresh.ExportPkcs8PrivateKey(), cancel);
        return await Read(cancel) ?? throw new PortalException(PortalError.Unavailable, $"The signing key {keyName} could not be stored.");
    }
}
