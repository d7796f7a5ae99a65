using System.Security.Cryptography;
using System.Text;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Crypto;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Kms;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>A request whose signature holds.</summary>
/// <param name="Caller">Who signed it.</param>
/// <param name="Region">The scope's region, one that the portal serves.</param>
public sealed record AuthenticatedRequest(Caller Caller, string Region)
{
    /// <summary>As of when the caller was found; see <see cref="CallContext.AsOf"/>.</summary>
    internal ChangeNumbers AsOf { get; init; }

    /// <summary>The one call that this request is.</summary>
    /// <param name="sourceAddress">Where it came from.</param>
    /// <param name="requestId">The id that the answer carries.</param>
    /// <param name="isSecure">Whether it came over TLS.</param>
    public CallContext ToCall(string sourceAddress, string requestId, bool isSecure) =>
        new(Caller, Region, sourceAddress, requestId) { IsSecure = isSecure, AsOf = AsOf };
}

/// <summary>Turns a signed request into a caller.</summary>
public sealed class RequestAuthenticator
{
    private const string Service = "secretsmanager";

    private readonly AccessCache _access;
    private readonly PolicyCache _policies;
    private readonly SigningKeyCache _signingKeys;
    private readonly TemporaryCredentials _temporary;
    private readonly AccessKeyUses _uses;
    private readonly AuditRecorder _recorder;
    private readonly PortalOptions _options;
    private readonly TimeProvider _clock;

    internal RequestAuthenticator(
        AccessCache access, PolicyCache policies, SigningKeyCache signingKeys, TemporaryCredentials temporary, AccessKeyUses uses,
        AuditRecorder recorder, PortalOptions options, TimeProvider clock)
    {
        _access = access;
        _policies = policies;
        _signingKeys = signingKeys;
        _temporary = temporary;
        _uses = uses;
        _recorder = recorder;
        _options = options;
        _clock = clock;
    }

    /// <summary>
    /// Verifies SigV4 in full, refuses unknown and disabled keys and callers, session tokens that are not good, and unknown regions; records a
    /// refusal in the log.
    /// </summary>
    /// <param name="request">The request as it came.</param>
    /// <param name="action">What it asks for, for the record of a refusal.</param>
    /// <param name="sourceAddress">Where it came from.</param>
    /// <param name="requestId">The id that the answer carries.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<AuthenticatedRequest> Authenticate(
        SignedRequest request, string action, string sourceAddress, string requestId, CancellationToken cancel)
    {
        SigV4Claim? claim = null;
        try
        {
            claim = SigV4Verifier.Read(request, Service, _clock.GetUtcNow());
            return await Verify(request, claim, cancel);
        }
        catch (PortalException refusal) when (refusal.Error is not (PortalError.Unavailable or PortalError.Internal))
        {
            var anonymous = CallerArn.Anonymous(KeyIdOrNull(claim?.AccessKeyId), claim?.Region ?? _options.Region, sourceAddress, requestId);
            await _recorder.Record(_recorder.For(anonymous, action, resource: null, AuditOutcome.Denied, refusal.Error.ToString()), CancellationToken.None);
            throw;
        }
    }

    private async Task<AuthenticatedRequest> Verify(SignedRequest request, SigV4Claim claim, CancellationToken cancel)
    {
        if (!_options.Regions.Contains(claim.Region, StringComparer.Ordinal))
            throw new PortalException(PortalError.InvalidSignature,
                $"Credential should be scoped to a valid region. This portal serves: {string.Join(", ", _options.Regions)}.");
        // Asked for at one place, for the whole of the request.
        var asOf = await _access.Now(cancel);
        var (caller, signingKey) = await (claim.SessionToken is { } token ? OfSession(claim, token, asOf, cancel) : OfAccessKey(claim, asOf, cancel));
        PortalException? refusal = null;
        try
        {
            SigV4Verifier.Verify(request, claim, signingKey);
        }
        catch (PortalException mismatch)
        {
            refusal = mismatch;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(signingKey);
        }

        // Unknown and disabled keys and session tokens that are not good read alike. A wrong signature of a good key has an error of its own, as AWS
        // gives it, and takes as long, but for a key's first request of a day, which asks the KMS. See tests/drill.sh timing.
        if (caller is null)
            throw Unrecognized();
        if (refusal is not null)
        {
            await _access.LookForNobody(claim.AccessKeyId, cancel);
            throw refusal;
        }

        if (claim.SessionToken is null)
            _uses.Note(claim.AccessKeyId, claim.Region);
        return new AuthenticatedRequest(caller, claim.Region) { AsOf = asOf };
    }

    private async ValueTask<(Caller? Caller, byte[] SigningKey)> OfAccessKey(SigV4Claim claim, ChangeNumbers asOf, CancellationToken cancel)
    {
        if (await _access.FindKey(claim.AccessKeyId, asOf.Access, cancel) is not { } known || !known.IsGoodAt(_clock.GetUtcNow()))
            return (null, _signingKeys.OfNobody(claim));
        return (known.Signer, await _signingKeys.Get(known.Key, known.SealedHash, claim, cancel));
    }

    private async ValueTask<(Caller? Caller, byte[] SigningKey)> OfSession(SigV4Claim claim, string token, ChangeNumbers asOf, CancellationToken cancel)
    {
        if (await _temporary.Open(claim.AccessKeyId, token, cancel) is not { } session
            || await _access.FindCaller(session.CallerId, asOf.Access, cancel) is not { IsDisabled: false } known)
            return (null, _signingKeys.OfNobody(claim));
        var owner = known.Caller.Kind == CallerKind.Function ? known.Caller.In(_options.AccountId, claim.Region) : known.Caller;
        var caller = owner with { AccessKeyId = claim.AccessKeyId, SessionPolicy = SessionPolicy(session) };
        return (caller, SigningKey.Derive(session.Secret, claim.Date, claim.Region, claim.Service));
    }

    // Read when it was issued, so one that can't be read now is from a portal that knew more.
    private PolicyDocument? SessionPolicy(TemporarySession session) => session.Policy is null
        ? null
        : _policies.Read(session.Policy, isResourcePolicy: false) ?? throw Unrecognized();

    private static PortalException Unrecognized() => new(PortalError.UnrecognizedClient, "The security token included in the request is invalid.");

    // What stands there may be anything, a secret half pasted into the wrong place too; only the form of an id is recorded.
    private static string? KeyIdOrNull(string? text) => text is not null && AccessKeySealer.IsKeyId(text) ? text : null;
}

/// <summary>Seals and opens the secret halves of access keys: SigV4 needs them back.</summary>
internal sealed class AccessKeySealer(Envelope envelope, KeyRegistry keys, PortalOptions options)
{
    /// <summary>True for 16–128 upper-case ASCII letters and digits.</summary>
    public static bool IsKeyId(string text) => text.Length is >= 16 and <= 128 && text.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c));

    /// <summary>Seals under the home region's default key.</summary>
    public async Task<byte[]> Seal(string accessKeyId, SecretText secret, CancellationToken cancel)
    {
        var key = await keys.Resolve(null, options.Region, cancel);
        return (await envelope.Seal(Encoding.UTF8.GetBytes(secret.Reveal()), key, ContextOf(accessKeyId), cancel)).Bytes;
    }

    /// <summary>Opens.</summary>
    public async Task<SecretText> Open(string accessKeyId, byte[] sealedSecret, CancellationToken cancel)
    {
        var bytes = await envelope.Open(sealedSecret, ContextOf(accessKeyId), cancel);
        try
        {
            return new SecretText(Encoding.UTF8.GetString(bytes));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private EncryptionContext ContextOf(string accessKeyId) => SealedContexts.OfAccessKey(options, accessKeyId);
}
