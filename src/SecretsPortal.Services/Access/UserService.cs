using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Audit;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>A new user.</summary>
public sealed record CreateUserRequest
{
    /// <summary>1–64 ASCII letters, digits and <c>+=,.@_-</c>; it cannot be changed.</summary>
    public required string Name { get; init; }

    /// <summary>At most 256 characters.</summary>
    public string? DisplayName { get; init; }

    /// <summary>At most 320 characters.</summary>
    public string? Email { get; init; }

    /// <summary>At most 2,048 characters.</summary>
    public string? Description { get; init; }

    /// <summary>At most 50.</summary>
    public IReadOnlyList<CallerTag> Tags { get; init; } = [];

    /// <summary>The first password of a local user, to be changed at the first sign-in; null to have one made.</summary>
    public SecretText? Password { get; init; }

    /// <summary>The identity provider's URL for a user who signs in there; null for a local user.</summary>
    public string? Issuer { get; init; }

    /// <summary>What the identity provider calls the user.</summary>
    public string? Subject { get; init; }
}

/// <summary>Changes of a user; members that are null leave what is there, an empty text removes it.</summary>
public sealed record UpdateUserRequest
{
    /// <inheritdoc cref="CreateUserRequest.DisplayName"/>
    public string? DisplayName { get; init; }

    /// <inheritdoc cref="CreateUserRequest.Email"/>
    public string? Email { get; init; }

    /// <inheritdoc cref="CreateUserRequest.Description"/>
    public string? Description { get; init; }

    /// <summary>All tags that the user shall have.</summary>
    public IReadOnlyList<CallerTag>? Tags { get; init; }

    /// <summary>A disabled user is refused everywhere, at once, and its sessions end.</summary>
    public bool? IsDisabled { get; init; }

    /// <summary>The revision that the change was made upon; null changes whatever is there.</summary>
    public long? Revision { get; init; }
}

/// <summary>Portal users, for those who administer them. Their own accounts are the business of the account service.</summary>
public sealed class UserService
{
    private readonly AccessAdministration _access;
    private readonly CallerStore _callers;
    private readonly UserStore _users;
    private readonly SecondFactorStore _factors;
    private readonly FormerPrincipals _former;
    private readonly LastAdministrator _administrator;
    private readonly AuditRecorder _recorder;

    internal UserService(
        AccessAdministration access, CallerStore callers, UserStore users, SecondFactorStore factors, FormerPrincipals former, LastAdministrator administrator,
        AuditRecorder recorder)
    {
        _access = access;
        _callers = callers;
        _users = users;
        _factors = factors;
        _former = former;
        _administrator = administrator;
        _recorder = recorder;
    }

    /// <summary>A page of the users, by name.</summary>
    public async Task<UserPage> List(CallContext call, NameQuery query, CancellationToken cancel)
    {
        var (rows, next) = await _access.List(
            call, PortalActions.ListUsers, "users", query, (prefix, after, limit) => _callers.List(CallerKind.User, prefix, after, limit, cancel),
            user => user.Name, cancel);
        return new UserPage([.. rows.Select(user => UserSummary.Of(user, ArnOf(user.Name)))], next);
    }

    /// <summary>One user.</summary>
    public Task<UserDetail> Get(CallContext call, string name, CancellationToken cancel) =>
        On(call, PortalActions.GetUser, name, async op => await Detail(await Find(name, cancel), cancel), cancel);

    /// <summary>Adds a user. A local user's password is returned once where it was made here.</summary>
    public Task<NewUser> Create(CallContext call, CreateUserRequest request, CancellationToken cancel) =>
        On(call, PortalActions.CreateUser, request.Name, async op =>
        {
            var user = NewUser(request);
            SecretText? password = user.Issuer is null ? request.Password ?? AccessRules.NewPassword() : null;
            if (password is { } given)
            {
                PasswordRules.Check(given, request.Name);
                user = user with { PasswordHash = await PasswordHasher.Hash(given, cancel), PasswordChangedAt = user.CreatedAt, MustChangePassword = true };
            }

            await _former.RefuseNamed(op.Resource!, cancel);
            op.Detail = user.Issuer is null ? null : $"of {user.Issuer}";
            if (!await _users.Add(user, AccessRules.Tags(request.Tags), groupIds: [], _recorder.Success(op), cancel))
                throw new PortalException(PortalError.ResourceExists,
                    "A user of this name, or of one that differs in case alone, or of this issuer and subject is there already. Choose another one.");
            op.IsRecorded = true;
            return new NewUser(await Detail(user, cancel), request.Password is null ? password : null);
        }, cancel);

    /// <summary>Changes a user; <see cref="PortalError.PreconditionNotMet"/> where somebody else did meanwhile.</summary>
    public Task<UserDetail> Update(CallContext call, string name, UpdateUserRequest request, CancellationToken cancel) =>
        On(call, PortalActions.UpdateUser, name, async op =>
        {
            var user = await Find(name, cancel);
            if (request.IsDisabled == true)
                AccessAdministration.RefuseOnOneself(op, user.Id, "disable");
            var tags = request.Tags is null ? null : AccessRules.Tags(request.Tags);
            var after = await _users.Change(user.Id, before =>
            {
                AccessRules.Revision(request.Revision, before.Revision);
                var changed = Changed(before, request);
                op.Detail = AccessAdministration.Describe(before, changed, tags);
                return new CallerChange(changed, _recorder.Success(op)) { Tags = tags };
            }, _administrator.RuleFor(call), cancel) ?? throw AccessAdministration.Missing(CallerKind.User);
            op.IsRecorded = true;
            return await Detail(after, cancel);
        }, cancel);

    /// <summary>Deletes a user; its sessions end at once.</summary>
    public Task<bool> Delete(CallContext call, string name, CancellationToken cancel) =>
        On(call, PortalActions.DeleteUser, name, async op =>
        {
            var user = await Find(name, cancel);
            AccessAdministration.RefuseOnOneself(op, user.Id, "delete");
            if (!await _users.Delete(user.Id, _recorder.Success(op), _administrator.RuleFor(call), cancel))
                throw AccessAdministration.Missing(CallerKind.User);
            return op.IsRecorded = true;
        }, cancel);

    /// <summary>Gives a local user a new password, to be changed at the next sign-in, and ends all sessions. It is returned once where it was made here. Nobody's own: that is the account service's.</summary>
    public Task<SecretText?> ResetPassword(CallContext call, string name, SecretText? password, CancellationToken cancel) =>
        On<SecretText?>(call, PortalActions.ResetUserPassword, name, async op =>
        {
            var user = await Find(name, cancel);
            AccessAdministration.RefuseResetOfOneself(op, user.Id, "password");
            if (user.Issuer is not null)
                throw new PortalException(PortalError.InvalidRequest, $"The user signs in at {user.Issuer} and has no password here. Reset it there.");
            var given = password ?? AccessRules.NewPassword();
            PasswordRules.Check(given, user.Name);
            var change = new PasswordChange(await PasswordHasher.Hash(given, cancel), _access.Now, MustChange: true, KeptSessionId: null);
            if (!await _users.SetPassword(user.Id, change, _recorder.Success(op), cancel))
                throw AccessAdministration.Missing(CallerKind.User);
            op.IsRecorded = true;
            return password is null ? given : null;
        }, cancel);

    /// <summary>Takes the second factor of a user who has lost it, with its recovery codes, and ends all sessions. No error where there is none. Nobody's own, as for the password.</summary>
    public Task<bool> ResetSecondFactor(CallContext call, string name, CancellationToken cancel) =>
        On(call, PortalActions.ResetUserSecondFactor, name, async op =>
        {
            var user = await Find(name, cancel);
            AccessAdministration.RefuseResetOfOneself(op, user.Id, "second factor");
            return op.IsRecorded = await _factors.Remove(user.Id, keptSessionId: null, _recorder.Success(op), cancel);
        }, cancel);

    /// <summary>Ends all sessions of a user.</summary>
    public Task<bool> EndSessions(CallContext call, string name, CancellationToken cancel) =>
        On(call, PortalActions.EndUserSessions, name, async op =>
        {
            var user = await Find(name, cancel);
            if (!await _users.EndSessions(user.Id, keptSessionId: null, _recorder.Success(op), cancel))
                throw AccessAdministration.Missing(CallerKind.User);
            return op.IsRecorded = true;
        }, cancel);

    private Task<T> On<T>(CallContext call, string action, string name, Func<RecordedCall, Task<T>> body, CancellationToken cancel) =>
        _access.On(call, action, name, ArnOf, body, cancel);

    private string ArnOf(string name) => _access.Arns.Caller(CallerKind.User, name);

    private Task<StoredCaller> Find(string name, CancellationToken cancel) => _access.FindCaller(CallerKind.User, name, cancel);

    private StoredCaller NewUser(CreateUserRequest request)
    {
        var (issuer, subject) = AccessRules.Binding(request.Issuer, request.Subject);
        if (issuer is not null && request.Password is not null)
            throw AccessRules.Broken("password can't be given beside issuer: the user signs in at the identity provider.");
        var now = _access.Now;
        return new StoredCaller
        {
            Id = AccessRules.NewId(now),
            Kind = CallerKind.User,
            Name = request.Name,
            DisplayName = AccessRules.DisplayName(request.DisplayName),
            Email = AccessRules.Email(request.Email),
            Description = AccessRules.Description(request.Description),
            Issuer = issuer,
            Subject = subject,
            CreatedAt = now,
        };
    }

    private static StoredCaller Changed(StoredCaller before, UpdateUserRequest request)
    {
        var isDisabled = request.IsDisabled ?? before.IsDisabled;
        return before with
        {
            DisplayName = request.DisplayName is null ? before.DisplayName : AccessRules.DisplayName(request.DisplayName),
            Email = request.Email is null ? before.Email : AccessRules.Email(request.Email),
            Description = request.Description is null ? before.Description : AccessRules.Description(request.Description),
            IsDisabled = isDisabled,
            // Sessions from before do not come back when the user is enabled again.
            SessionEpoch = isDisabled && !before.IsDisabled ? before.SessionEpoch + 1 : before.SessionEpoch,
        };
    }

    private async Task<UserDetail> Detail(StoredCaller user, CancellationToken cancel) =>
        UserDetail.Of(user, ArnOf(user.Name), await _access.PartsOf(user.Id, cancel));
}
