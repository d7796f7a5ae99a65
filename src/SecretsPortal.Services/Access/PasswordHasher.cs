using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Konscious.Security.Cryptography;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Access;

/// <summary>
/// Argon2id (RFC 9106) with 19 MiB, 2 passes and 1 lane, OWASP's recommended least cost, kept in the PHC string format
/// <c>$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH</c>.
/// </summary>
internal static class PasswordHasher
{
    // In UTF-16 units, after normalisation: what the rules allow at most, all of it outside the first 65,536 characters.
    private const int LongestText = 2 * PasswordRules.Longest;

    private const int MemoryKiB = 19_456;
    private const int Passes = 2;
    private const int Lanes = 1;
    private const int SaltSize = 16;
    private const int HashSize = 32;

    // Each computation holds 19 MiB: no more at once than there are cores to compute them.
    private static readonly SemaphoreSlim s_turn = new(Environment.ProcessorCount);

    /// <summary>A hash that no password fits, of the same cost: what unknown users are checked against.</summary>
    public static string Dummy { get; } = Format(new byte[SaltSize], new byte[HashSize]);

    /// <summary>Hashes a password that the rules allow, in its normal form, with a fresh salt.</summary>
    public static async Task<string> Hash(SecretText password, CancellationToken cancel)
    {
        if (Possible(password) is not { } normal)
            throw new ArgumentException("The rules allow no such password.", nameof(password));
        var salt = RandomNumberGenerator.GetBytes(SaltSize);
        return Format(salt, await Compute(normal, new StoredHash(MemoryKiB, Passes, Lanes, salt, new byte[HashSize]), cancel));
    }

    /// <summary>True where the password fits; false also for a stored hash that cannot be read.</summary>
    public static async Task<bool> Fits(SecretText password, string stored, CancellationToken cancel)
    {
        if (Parse(stored) is not { } hash)
            return false;
        // An impossible password costs the same time as any other.
        var normal = Possible(password);
        var computed = await Compute(normal ?? "-", hash, cancel);
        return CryptographicOperations.FixedTimeEquals(computed, hash.Hash) && normal is not null;
    }

    private static string? Possible(SecretText password) =>
        password.Reveal().Length <= LongestText && PasswordRules.Normalize(password) is { Length: > 0 and <= LongestText } normal ? normal : null;

    private static async Task<byte[]> Compute(string password, StoredHash hash, CancellationToken cancel)
    {
        var bytes = Encoding.UTF8.GetBytes(password);
        await s_turn.WaitAsync(cancel);
        try
        {
            using var argon = new Argon2id(bytes) { Salt = hash.Salt, MemorySize = hash.MemoryKiB, Iterations = hash.Passes, DegreeOfParallelism = hash.Lanes };
            return await argon.GetBytesAsync(hash.Hash.Length);
        }
        finally
        {
            s_turn.Release();
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static string Format(byte[] salt, byte[] hash) => string.Create(CultureInfo.InvariantCulture,
        $"$argon2id$v=19$m={MemoryKiB},t={Passes},p={Lanes}${Convert.ToBase64String(salt).TrimEnd('=')}${Convert.ToBase64String(hash).TrimEnd('=')}");

    private static StoredHash? Parse(string text)
    {
        if (text.Split('$') is not ["", "argon2id", "v=19", var parameters, var salt, var hash]
            || parameters.Split(',') is not [var m, var t, var p]
            || Number("m=", m) is not { } memory || Number("t=", t) is not { } passes || Number("p=", p) is not { } lanes
            || Bytes(salt) is not { Length: >= 8 } saltBytes || Bytes(hash) is not { Length: >= 16 } hashBytes)
            return null;
        return new StoredHash(memory, passes, lanes, saltBytes, hashBytes);
    }

    private static int? Number(string prefix, string text) =>
        text.StartsWith(prefix, StringComparison.Ordinal)
        && int.TryParse(text.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number is > 0 and <= 1_048_576 ? number : null;

    private static byte[]? Bytes(string unpadded)
    {
        var padded = unpadded.PadRight((unpadded.Length + 3) / 4 * 4, '=');
        var bytes = new byte[padded.Length];
        return Convert.TryFromBase64String(padded, bytes, out var length) ? bytes[..length] : null;
    }

    private sealed record StoredHash(int MemoryKiB, int Passes, int Lanes, byte[] Salt, byte[] Hash);
}
