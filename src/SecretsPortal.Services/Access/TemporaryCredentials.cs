using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Start;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>Credentials for a while.</summary>
/// <param name="AccessKeyId"><c>ASIA</c> and 16 upper-case letters and digits.</param>
/// <param name="SecretAccessKey">40 letters and digits.</param>
/// <param name="SessionToken">Travels with each request in X-Amz-Security-Token; opaque, at most 16,384 ASCII characters.</param>
/// <param name="ExpiresAt">From then on they are refused.</param>
public sealed record TemporaryAccess(string AccessKeyId, SecretText SecretAccessKey, SecretText SessionToken, DateTimeOffset ExpiresAt);

/// <summary>
/// Issues temporary credentials for a stored caller. Nothing is stored: the session token holds all that is needed, sealed under a key of the
/// portal's own. They cannot be taken back one by one; disabling the caller ends all of its own at once.
/// </summary>
public sealed class TemporaryCredentials
{
    /// <summary>15 minutes.</summary>
    public static readonly TimeSpan ShortestLifetime = TimeSpan.FromMinutes(15);

    /// <summary>12 hours.</summary>
    public static readonly TimeSpan LongestLifetime = TimeSpan.FromHours(12);

    /// <summary>The longest session policy, in characters.</summary>
    public const int LongestPolicy = 2048;

    /// <summary>What their access key ids begin with.</summary>
    internal const string KeyIdPrefix = "ASIA";

    private const int LongestToken = 16_384;

    // What is read back is our own, so a policy need not be made longer with escapes for web pages.
    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly CallerStore _callers;
    private readonly PortalTokens _tokens;
    private readonly TimeProvider _clock;

    internal TemporaryCredentials(CallerStore callers, PortalTokens tokens, TimeProvider clock)
    {
        _callers = callers;
        _tokens = tokens;
        _clock = clock;
    }

    /// <summary>Issues. Who may ask for it, and the record of it, are the asking service's business.</summary>
    /// <param name="callerId">Whose permissions the credentials have, as they are at each request.</param>
    /// <param name="lifetime">15 minutes to 12 hours; <see cref="PortalError.InvalidParameter"/> otherwise.</param>
    /// <param name="sessionPolicy">
    /// An identity policy in IAM's JSON, at most 2,048 characters, or null: only what it allows as well is allowed.
    /// <see cref="PortalError.MalformedPolicyDocument"/> where it does not parse.
    /// </param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<TemporaryAccess> Issue(string callerId, TimeSpan lifetime, string? sessionPolicy, CancellationToken cancel)
    {
        if (lifetime < ShortestLifetime || lifetime > LongestLifetime)
            throw new PortalException(PortalError.InvalidParameter, "The lifetime of temporary credentials must be 15 minutes to 12 hours.");
        if (sessionPolicy?.Length > LongestPolicy)
            throw new PortalException(PortalError.MalformedPolicyDocument, $"The session policy must have at most {LongestPolicy} characters.");
        if (sessionPolicy is not null)
            PolicyDocument.Parse(sessionPolicy, isResourcePolicy: false);
        if (await _callers.FindById(callerId, cancel) is not { IsDisabled: false })
            throw new PortalException(PortalError.InvalidParameter, "Temporary credentials are for a user or client that exists and is not disabled.");

        var accessKeyId = KeyIdPrefix + RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16);
        var secret = RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 40);
        var expiresAt = _clock.Now() + lifetime;
        var plaintext = JsonSerializer.SerializeToUtf8Bytes(new TemporarySession(callerId, secret, expiresAt, sessionPolicy), s_json);
        try
        {
            var token = await _tokens.Seal(PortalKeys.SessionToken, plaintext, Encoding.UTF8.GetBytes(accessKeyId), cancel);
            return new TemporaryAccess(accessKeyId, new SecretText(secret), new SecretText(token), expiresAt);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    /// <summary>
    /// What a session token holds; null for one that was not issued here with this access key id. <see cref="PortalError.ExpiredToken"/>
    /// once its time is over.
    /// </summary>
    internal async Task<TemporarySession?> Open(string accessKeyId, string sessionToken, CancellationToken cancel)
    {
        var plaintext = await _tokens.Open(PortalKeys.SessionToken, sessionToken, LongestToken, Encoding.UTF8.GetBytes(accessKeyId), cancel);
        if (plaintext is null)
            return null;
        try
        {
            var session = JsonSerializer.Deserialize<TemporarySession>(plaintext, s_json)!;
            return _clock.GetUtcNow() < session.ExpiresAt
                ? session
                : throw new PortalException(PortalError.ExpiredToken, "The security token included in the request is expired");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }
}

/// <summary>What a session token holds.</summary>
/// <param name="CallerId">Whose.</param>
/// <param name="Secret">The secret half.</param>
/// <param name="ExpiresAt">The first instant at which it is refused.</param>
/// <param name="Policy">The session policy as issued.</param>
internal sealed record TemporarySession(string CallerId, string Secret, DateTimeOffset ExpiresAt, string? Policy)
{
    /// <summary>Nothing that is secret.</summary>
    public override string ToString() => $"{nameof(TemporarySession)} {{ {CallerId}, {ExpiresAt:O} }}";
}
