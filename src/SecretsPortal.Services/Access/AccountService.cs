using System.Security.Cryptography;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Audit;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>A user's own account.</summary>
/// <param name="Name">The user name.</param>
public sealed record AccountView(string Name)
{
    /// <summary>The name for people; null where there is none.</summary>
    public string? DisplayName { get; init; }

    /// <summary>Null where there is none.</summary>
    public string? Email { get; init; }

    /// <summary>The user signs in by an identity provider, which also looks after password and second factor.</summary>
    public bool IsFederated { get; init; }

    /// <summary>When the password was last changed by the user; null where it never was.</summary>
    public DateTimeOffset? PasswordChangedAt { get; init; }

    /// <summary>Since when the second factor is asked for; null without one.</summary>
    public DateTimeOffset? SecondFactorSince { get; init; }

    /// <summary>How many recovery codes are still good.</summary>
    public int RecoveryCodesLeft { get; init; }
}

/// <summary>How a user proves again who they are, in a session that is open.</summary>
public enum ProofKind
{
    /// <summary>By the password.</summary>
    Password,

    /// <summary>By a code of the second factor.</summary>
    SecondFactor,

    /// <summary>By signing in anew at the identity provider.</summary>
    Provider,
}

/// <summary>What an authenticator is given when a second factor is set up.</summary>
/// <param name="Key">The secret in base 32, to be typed.</param>
/// <param name="Address">The same as an <c>otpauth</c> address, to be drawn as a QR code.</param>
public sealed record SecondFactorSetup(SecretText Key, SecretText Address);

/// <summary>An open session for its user's eyes.</summary>
/// <param name="Id">Names it to <see cref="AccountService.EndSession"/>.</param>
/// <param name="Since">When it began.</param>
/// <param name="LastSeen">When it was last used, to a minute.</param>
/// <param name="SourceAddress">Where it was opened from.</param>
/// <param name="UserAgent">What the browser said it is.</param>
public sealed record SessionView(string Id, DateTimeOffset Since, DateTimeOffset LastSeen, string SourceAddress, string? UserAgent);

/// <summary>
/// What every signed-in user may do with the own account, whatever the policies say. Whoever has an open session need not be its user, so a change
/// of password or second factor asks for the password again.
/// </summary>
public sealed class AccountService
{
    private const string PasswordProof = "password";

    private readonly CallerStore _callers;
    private readonly UserStore _users;
    private readonly SecondFactorStore _factors;
    private readonly SessionStore _sessions;
    private readonly SecondFactors _secondFactors;
    private readonly SignInThrottle _throttle;
    private readonly AuditRecorder _recorder;
    private readonly TimeProvider _clock;

    internal AccountService(
        CallerStore callers, UserStore users, SecondFactorStore factors, SessionStore sessions, SecondFactors secondFactors, SignInThrottle throttle, AuditRecorder recorder,
        TimeProvider clock)
    {
        _callers = callers;
        _users = users;
        _factors = factors;
        _sessions = sessions;
        _secondFactors = secondFactors;
        _throttle = throttle;
        _recorder = recorder;
        _clock = clock;
    }

    /// <summary>The account.</summary>
    public Task<AccountView> View(CallContext call, CancellationToken cancel) => Recording(call, PortalActions.ViewAccount, async (_, user) =>
        new AccountView(user.Name)
        {
            DisplayName = user.DisplayName,
            Email = user.Email,
            IsFederated = user.Issuer is not null,
            PasswordChangedAt = user.PasswordChangedAt,
            SecondFactorSince = user.TotpConfirmedAt,
            RecoveryCodesLeft = user.TotpConfirmedAt is null ? 0 : (await _factors.FindCodes(user.Id, cancel)).Count(code => code.UsedAt is null),
        }, cancel);

    /// <summary>
    /// Changes the password and ends all sessions of the user but this one. <see cref="PortalError.InvalidParameter"/> where the present password is
    /// wrong or the rules refuse the new one; <see cref="PortalError.Throttling"/> after repeated failures.
    /// </summary>
    public Task ChangePassword(CallContext call, string sessionId, SecretText present, SecretText wanted, CancellationToken cancel) =>
        Recording(call, PortalActions.ChangeOwnPassword, async (op, user) =>
        {
            PasswordRules.Check(wanted, user.Name);
            await ProvePassword(op, user, present, cancel);
            if (present == wanted)
                throw new PortalException(PortalError.InvalidParameter, "The new password is the present one. Choose another one.");
            var hash = await PasswordHasher.Hash(wanted, cancel);
            var change = new PasswordChange(hash, _clock.Now(), MustChange: false, sessionId);
            Changed(op, await _users.SetPassword(user.Id, change, _recorder.Success(op), cancel));
            return true;
        }, cancel);

    /// <summary>
    /// Begins to set up a second factor; it is not asked for before <see cref="ConfirmSecondFactor"/>. <see cref="PortalError.InvalidRequest"/> where
    /// there is one already.
    /// </summary>
    public Task<SecondFactorSetup> BeginSecondFactor(CallContext call, SecretText password, CancellationToken cancel) =>
        Recording(call, PortalActions.ManageOwnSecondFactor, async (op, user) =>
        {
            await ProvePassword(op, user, password, cancel);
            var secret = SecondFactors.NewSecret();
            try
            {
                if (!await _factors.Begin(user.Id, await _secondFactors.Seal(user.Id, secret, cancel), cancel))
                    throw new PortalException(PortalError.InvalidRequest, "There is a second factor already. Turn it off before you set up another one.");
                op.Detail = "began to set up";
                var (key, address) = SecondFactors.ForAuthenticator(secret, user.Name);
                return new SecondFactorSetup(key, address);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(secret);
            }
        }, cancel);

    /// <summary>
    /// Turns the second factor on with a code of the authenticator, and ends all sessions of the user but this one; gives the recovery codes, which are shown this once.
    /// <see cref="PortalError.InvalidParameter"/> where the code does not fit, with a word where only a clock is off.
    /// </summary>
    public Task<IReadOnlyList<SecretText>> ConfirmSecondFactor(CallContext call, string sessionId, SecretText code, CancellationToken cancel) =>
        Recording(call, PortalActions.ManageOwnSecondFactor, async (op, user) =>
        {
            if (user is not { TotpSealed: { } sealedSecret, TotpConfirmedAt: null })
                throw new PortalException(PortalError.InvalidRequest, "No second factor is being set up. Begin anew.");
            await _throttle.BeginProof(nameof(SignInStep.SecondFactor), user.Id, cancel);
            var secret = await _secondFactors.Open(user, cancel);
            try
            {
                if (_secondFactors.StepOf(secret, code.Reveal()) is not { } step)
                    throw new PortalException(PortalError.InvalidParameter, _secondFactors.ClockHint(secret, code.Reveal()) ?? "The code does not fit. Wait for the next one and try again.");
                await _throttle.ProofFits(nameof(SignInStep.SecondFactor), user.Id, cancel);
                var (codes, hashes) = await _secondFactors.NewRecoveryCodes(user.Id, cancel);
                op.Detail = "turned on";
                Changed(op, await _factors.Confirm(user.Id, sealedSecret, step, hashes, _clock.Now(), sessionId, _recorder.Success(op), cancel));
                return codes;
            }
            finally
            {
                CryptographicOperations.ZeroMemory(secret);
            }
        }, cancel);

    /// <summary>Turns the second factor off, with its recovery codes, and ends all sessions of the user but this one; takes the password and a code, which may be a recovery code.</summary>
    public Task RemoveSecondFactor(CallContext call, string sessionId, SecretText password, SecretText code, CancellationToken cancel) =>
        Recording(call, PortalActions.ManageOwnSecondFactor, async (op, user) =>
        {
            await ProveBoth(op, user, password, code, cancel);
            op.Detail = "turned off";
            Changed(op, await _factors.Remove(user.Id, sessionId, _recorder.Success(op), cancel));
            return true;
        }, cancel);

    /// <summary>New recovery codes instead of all former ones, shown this once; takes the password and a code.</summary>
    public Task<IReadOnlyList<SecretText>> NewRecoveryCodes(CallContext call, SecretText password, SecretText code, CancellationToken cancel) =>
        Recording(call, PortalActions.ManageOwnSecondFactor, async (op, user) =>
        {
            await ProveBoth(op, user, password, code, cancel);
            var (codes, hashes) = await _secondFactors.NewRecoveryCodes(user.Id, cancel);
            op.Detail = "new recovery codes";
            await _factors.ReplaceCodes(user.Id, hashes, _recorder.Success(op), cancel);
            op.IsRecorded = true;
            return codes;
        }, cancel);

    /// <summary>How the user proves again who they are.</summary>
    public async Task<ProofKind> HowToProve(CallContext call, CancellationToken cancel) => await _callers.FindById(call.Caller.Id, cancel) switch
    {
        { Issuer: not null } => ProofKind.Provider,
        { TotpConfirmedAt: not null } => ProofKind.SecondFactor,
        _ => ProofKind.Password,
    };

    /// <summary>
    /// Notes that the user has proved again who they are, for the session; see <see cref="PortalOptions.ProofLifetime"/>.
    /// <see cref="PortalError.InvalidParameter"/> where the proof does not fit; <see cref="PortalError.Throttling"/> after repeated failures.
    /// </summary>
    /// <param name="call">Who asks.</param>
    /// <param name="sessionId">The session that it counts for.</param>
    /// <param name="proof">The password, or a code of the second factor where there is one.</param>
    /// <param name="cancel">Ends the wait.</param>
    public Task ProveIdentity(CallContext call, string sessionId, SecretText proof, CancellationToken cancel) =>
        Recording(call, PortalActions.ProveIdentity, async (op, user) =>
        {
            if (user.TotpConfirmedAt is not null)
                await ProveCode(op, user, proof, cancel);
            else
                await ProvePassword(op, user, proof, cancel);
            op.Detail = user.TotpConfirmedAt is not null ? "with a second factor" : "with the password";
            Changed(op, await _sessions.Prove(sessionId, user.Id, _clock.Now(), _recorder.Success(op), cancel));
            return true;
        }, cancel);

    /// <summary>The user's open sessions, the newest first.</summary>
    public async Task<IReadOnlyList<SessionView>> Sessions(CallContext call, CancellationToken cancel)
    {
        var now = _clock.Now();
        var open = await _sessions.FindOpen(call.Caller.Id, now - SessionService.Absolute, cancel);
        return [.. open.Where(s => now - s.LastSeenAt < SessionService.Idle).Select(s => new SessionView(s.Id, s.CreatedAt, s.LastSeenAt, s.SourceAddress, s.UserAgent))];
    }

    /// <summary>Ends one of the user's own sessions; one of somebody else's is not found.</summary>
    public Task EndSession(CallContext call, string sessionId, CancellationToken cancel) =>
        Recording(call, PortalActions.EndOwnSessions, async (op, user) =>
        {
            op.IsRecorded = await _sessions.End(sessionId, user.Id, _clock.Now(), _recorder.Success(op), cancel);
            return op.IsRecorded ? true : throw new PortalException(PortalError.ResourceNotFound, "This session has ended already.");
        }, cancel);

    /// <summary>Ends all sessions of the user but this one.</summary>
    public Task EndOtherSessions(CallContext call, string sessionId, CancellationToken cancel) =>
        Recording(call, PortalActions.EndOwnSessions, async (op, user) =>
        {
            op.Detail = "all others";
            Changed(op, await _users.EndSessions(user.Id, sessionId, _recorder.Success(op), cancel));
            return true;
        }, cancel);

    private Task<T> Recording<T>(CallContext call, string action, Func<RecordedCall, StoredCaller, Task<T>> body, CancellationToken cancel) =>
        _recorder.Recording(call, action, call.Caller.Name, async op =>
            await _callers.FindById(call.Caller.Id, cancel) is { Kind: CallerKind.User, IsDisabled: false } user
                ? await body(op, user)
                : throw new PortalException(PortalError.AccessDenied, "Only a portal user has an account."), cancel);

    private async Task ProvePassword(RecordedCall op, StoredCaller user, SecretText password, CancellationToken cancel)
    {
        if (user.PasswordHash is not { } hash)
            throw new PortalException(PortalError.InvalidRequest, "This account has no password here: its identity provider looks after password and second factor.");
        await _throttle.BeginProof(PasswordProof, user.Id, cancel);
        if (!await PasswordHasher.Fits(password, hash, cancel))
            throw await Denied(op, "wrong password", "The password is wrong.");
        await _throttle.ProofFits(PasswordProof, user.Id, cancel);
    }

    private async Task ProveBoth(RecordedCall op, StoredCaller user, SecretText password, SecretText code, CancellationToken cancel)
    {
        if (user.TotpConfirmedAt is null)
            throw new PortalException(PortalError.InvalidRequest, "There is no second factor.");
        await ProvePassword(op, user, password, cancel);
        await ProveCode(op, user, code, cancel);
    }

    private async Task ProveCode(RecordedCall op, StoredCaller user, SecretText code, CancellationToken cancel)
    {
        await _throttle.BeginProof(nameof(SignInStep.SecondFactor), user.Id, cancel);
        if (await _secondFactors.Take(user, code.Reveal(), cancel) == CodeProof.None)
            throw await Denied(op, "wrong second factor", await _secondFactors.ClockHint(user, code.Reveal(), cancel) ?? "The code does not fit. Wait for the next one and try again.");
        await _throttle.ProofFits(nameof(SignInStep.SecondFactor), user.Id, cancel);
    }

    private async Task<PortalException> Denied(RecordedCall op, string reason, string message)
    {
        await _recorder.Record(_recorder.For(op.Call, op.Action, op.Resource, AuditOutcome.Denied, reason), CancellationToken.None);
        op.IsRecorded = true;
        return new PortalException(PortalError.InvalidParameter, message);
    }

    // The record is in the change's transaction; without the change there is none yet.
    private static void Changed(RecordedCall op, bool isChanged)
    {
        op.IsRecorded = isChanged;
        if (!isChanged)
            throw new PortalException(PortalError.InvalidRequest, "The account was changed meanwhile. Load the page anew and try again.");
    }
}
