using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OtpNet;
using SecretsPortal.Core.Crypto;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Start;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>What a code proved.</summary>
internal enum CodeProof
{
    /// <summary>Nothing: it is wrong, or was taken already.</summary>
    None,

    /// <summary>The second factor, by a code of the authenticator.</summary>
    Code,

    /// <summary>The second factor, by a recovery code, which is used up.</summary>
    RecoveryCode,
}

/// <summary>
/// Time-based one-time passwords (RFC 6238: SHA-1, 6 digits, 30 seconds) and the recovery codes that stand in for them. A code of the step before or
/// after counts too, for clocks that are a little off, and each counts once.
/// </summary>
internal sealed class SecondFactors(SecondFactorStore store, Envelope envelope, KeyRegistry keys, PortalKeys portalKeys, PortalOptions options, TimeProvider clock)
{
    /// <summary>How many recovery codes there are.</summary>
    public const int RecoveryCodes = 10;

    private const int SecretSize = 20;
    private const int StepSeconds = 30;

    // So many steps away, a code is told to be of another time: ten minutes.
    private const int FarSteps = 20;

    // Without letters and digits that look alike: 32 characters, 5 bits each.
    private const string CodeCharacters = "abcdefghjkmnpqrstuvwxyz023456789";
    private const int CodeLength = 10;
    private const int LongestCode = 64;

    private static readonly VerificationWindow s_near = new(previous: 1, future: 1);
    private static readonly VerificationWindow s_far = new(previous: FarSteps, future: FarSteps);

    /// <summary>A new secret of an authenticator, 20 random bytes; the caller clears it.</summary>
    public static byte[] NewSecret() => RandomNumberGenerator.GetBytes(SecretSize);

    /// <summary>What an authenticator is given: the secret in base 32, and the whole as the address that its QR code holds.</summary>
    public static (SecretText Key, SecretText Address) ForAuthenticator(byte[] secret, string userName)
    {
        var key = Base32Encoding.ToString(secret).TrimEnd('=');
        var label = Uri.EscapeDataString($"Secrets Portal:{userName}");
        return (new SecretText(key), new SecretText($"otpauth://totp/{label}?secret={key}&issuer={Uri.EscapeDataString("Secrets Portal")}"));
    }

    /// <summary>Seals a secret for its user.</summary>
    public async Task<byte[]> Seal(string callerId, byte[] secret, CancellationToken cancel) =>
        (await envelope.Seal(secret, await keys.Resolve(null, options.Region, cancel), ContextOf(callerId), cancel)).Bytes;

    /// <summary>Opens a user's secret; the caller clears it.</summary>
    public ValueTask<byte[]> Open(StoredCaller user, CancellationToken cancel) => envelope.Open(user.TotpSealed!, ContextOf(user.Id), cancel);

    /// <summary>The time step of a code that counts now; null where it is none.</summary>
    public long? StepOf(byte[] secret, string code) => Find(secret, code, s_near);

    /// <summary>
    /// Says that the clock of the authenticator is off, and by how much, where the code is one of a time nearby; null otherwise. For the eyes of
    /// the right person only.
    /// </summary>
    public string? ClockHint(byte[] secret, string code)
    {
        if (Find(secret, code, s_far) is not { } step)
            return null;
        var steps = step - (clock.GetUtcNow().ToUnixTimeSeconds() / StepSeconds);
        if (Math.Abs(steps) <= 1)
            return "This code was used already. Wait for the next one.";
        var minutes = Math.Max(1, (int)Math.Round(Math.Abs(steps) * StepSeconds / 60.0, MidpointRounding.AwayFromZero));
        return $"This is a code of another time: the clock of your device, or the portal's, is off by about {minutes} minute{(minutes == 1 ? "" : "s")}. "
            + "Let your device set its clock by itself, then try a new code.";
    }

    /// <summary>As <see cref="ClockHint(byte[], string)"/>, of a user's own secret.</summary>
    public async Task<string?> ClockHint(StoredCaller user, string code, CancellationToken cancel)
    {
        var secret = await Open(user, cancel);
        try
        {
            return ClockHint(secret, code);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>Takes a code of the authenticator, or a recovery code, so that it counts once on all nodes together.</summary>
    public async Task<CodeProof> Take(StoredCaller user, string code, CancellationToken cancel)
    {
        var plain = Plain(code);
        if (IsNumber(plain))
        {
            var secret = await Open(user, cancel);
            try
            {
                return StepOf(secret, plain) is { } step && await store.TakeStep(user.Id, step, cancel) ? CodeProof.Code : CodeProof.None;
            }
            finally
            {
                CryptographicOperations.ZeroMemory(secret);
            }
        }

        return plain.Length == CodeLength && await TakeRecoveryCode(user.Id, plain, cancel) ? CodeProof.RecoveryCode : CodeProof.None;
    }

    /// <summary>New recovery codes, in two halves for the eye, and the hashes to store.</summary>
    public async Task<(IReadOnlyList<SecretText> Codes, IReadOnlyList<string> Hashes)> NewRecoveryCodes(string callerId, CancellationToken cancel)
    {
        var codes = new List<SecretText>();
        var hashes = new List<string>();
        while (codes.Count < RecoveryCodes)
        {
            var code = RandomNumberGenerator.GetString(CodeCharacters, CodeLength);
            // All digits, it would be taken for a code of the authenticator.
            if (IsNumber(code))
                continue;
            codes.Add(new SecretText($"{code[..(CodeLength / 2)]}-{code[(CodeLength / 2)..]}"));
            hashes.Add(await HashOf(callerId, code, cancel));
        }

        return (codes, hashes);
    }

    /// <summary>A code as it counts: without blanks and hyphens, in lower case.</summary>
    public static string Plain(string code) => code.Length > LongestCode
        ? ""
        : string.Concat(code.Where(c => !char.IsWhiteSpace(c) && c != '-')).ToLower(CultureInfo.InvariantCulture);

    private async Task<bool> TakeRecoveryCode(string callerId, string plain, CancellationToken cancel)
    {
        var hash = Encoding.ASCII.GetBytes(await HashOf(callerId, plain, cancel));
        StoredRecoveryCode? found = null;
        foreach (var code in await store.FindCodes(callerId, cancel))
        {
            if (CryptographicOperations.FixedTimeEquals(hash, Encoding.ASCII.GetBytes(code.Hash)) && code.UsedAt is null)
                found = code;
        }

        return found is not null && await store.UseCode(callerId, found, clock.Now(), cancel);
    }

    private static bool IsNumber(string plain) => plain.All(char.IsAsciiDigit);

    private long? Find(byte[] secret, string code, VerificationWindow window)
    {
        var plain = Plain(code);
        if (plain.Length != 6 || !IsNumber(plain))
            return null;
        var totp = new Totp(secret, StepSeconds);
        return totp.VerifyTotp(clock.GetUtcNow().UtcDateTime, plain, out var step, window) ? step : null;
    }

    // They are 50 random bits, so a keyed hash is enough: nobody tries them all who has not got the portal's key.
    private async Task<string> HashOf(string callerId, string plain, CancellationToken cancel) => Convert.ToHexStringLower(
        HMACSHA256.HashData(await portalKeys.Get(PortalKeys.RecoveryCode, cancel), Encoding.UTF8.GetBytes($"{callerId}\0{plain}")));

    private EncryptionContext ContextOf(string callerId) => SealedContexts.OfSecondFactor(options, callerId);
}
