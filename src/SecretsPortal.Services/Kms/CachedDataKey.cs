using System.Security.Cryptography;
using SecretsPortal.Core.Crypto;

namespace SecretsPortal.Services.Kms;

/// <summary>
/// A data key in memory, with a cipher that is kept between uses: making one costs more than decrypting a short value. Cleared once the cache has
/// let go of it and nobody uses it any more.
/// </summary>
internal sealed class CachedDataKey(byte[] bytes)
{
    // An AesGcm serves one thread at a time, so whoever uses it takes it out. One that comes back to a taken place is let go.
    private AesGcm? _spare;

    // The cache's own hold, and one for each user.
    private int _holds = 1;

    /// <summary>True once its bytes are zero.</summary>
    public bool IsCleared => Volatile.Read(ref _holds) == 0;

    /// <summary>Keeps the key from being cleared; false where it has been.</summary>
    public bool TryHold()
    {
        for (var holds = Volatile.Read(ref _holds); holds > 0;)
        {
            var seen = Interlocked.CompareExchange(ref _holds, holds + 1, holds);
            if (seen == holds)
                return true;
            holds = seen;
        }

        return false;
    }

    /// <summary>Ends a hold; the last one clears the key.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _holds) > 0)
            return;
        CryptographicOperations.ZeroMemory(bytes);
        Interlocked.Exchange(ref _spare, null)?.Dispose();
    }

    /// <summary>Opens a value whose wrap has been checked; only under a hold.</summary>
    public byte[] Open(SealedValue value, EncryptionContext context)
    {
        var cipher = Interlocked.Exchange(ref _spare, null) ?? new AesGcm(bytes, SealedValue.TagSize);
        try
        {
            return AesGcmSealer.Open(value, cipher, context);
        }
        finally
        {
            if (Interlocked.CompareExchange(ref _spare, cipher, null) is not null)
                cipher.Dispose();
        }
    }
}
