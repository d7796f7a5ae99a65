using MongoDB.Bson;
using MongoDB.Driver;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>A user's log-in to MongoDB or DocumentDB. Each command about users changes all or nothing.</summary>
internal sealed class MongoSession(MongoTarget target, MongoClient client, DatabaseCredential credential, IDatabaseEngine engine) : IDatabaseSession
{
    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Ping(CancellationToken cancel) => Run(MongoCommands.Ping, cancel);

    /// <inheritdoc/>
    public Task SetOwnPassword(SecretText password, CancellationToken cancel) => Run(MongoCommands.SetPassword(credential.Username, password), cancel);

    /// <inheritdoc/>
    public async Task<PreflightFinding> CheckOwnPassword(CancellationToken cancel)
    {
        await CheckPrimary(cancel);
        return MongoCommands.May(await Run(MongoCommands.OwnPrivileges, cancel), credential.Database, "changeOwnPassword", "changePassword") switch
        {
            true => Finding(PreflightState.Passed, $"{Place} may change its own password."),
            false => Finding(PreflightState.Failed, $"{Place} may not change its own password. Give it a role with the action changeOwnPassword on the database {credential.Database}."),
            _ => Finding(PreflightState.Warning, $"{Place} does not tell what the user may do. The rotation works if it may change its own password."),
        };
    }

    /// <inheritdoc/>
    public async Task<CloneState> FindClone(UserPair users, CancellationToken cancel)
    {
        if (await Find(users.Original, cancel) is not { } original)
            return CloneState.NoOriginal;
        if (await Find(users.Clone, cancel) is not { } clone)
            return CloneState.NoClone;
        // Nothing ties the two. Whoever has any user called like an administrator's clone would be given the administrator's password.
        return MongoCommands.IsAdministrator(original) && !MongoCommands.IsAdministrator(clone) ? CloneState.Unrelated : CloneState.Both;
    }

    /// <inheritdoc/>
    public async Task CreateClone(UserPair users, SecretText password, CancellationToken cancel)
    {
        var original = await Find(users.Original, cancel) ?? throw Gone(users.Original);
        await Run(MongoCommands.CreateUser(users.Clone, password, original), cancel);
    }

    /// <inheritdoc/>
    public Task SetPassword(string user, SecretText password, CancellationToken cancel) => Run(MongoCommands.SetPassword(user, password), cancel);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> CompareUsers(UserPair users, CancellationToken cancel) => MongoCommands.Differences(
        users, await Find(users.Original, cancel) ?? throw Gone(users.Original), await Find(users.Clone, cancel) ?? throw Gone(users.Clone));

    /// <inheritdoc/>
    public async Task<PreflightFinding> CheckMaster(UserPair users, CloneState state, CancellationToken cancel)
    {
        await CheckPrimary(cancel);
        var privileges = await Run(MongoCommands.OwnPrivileges, cancel);
        string[] needed = state == CloneState.NoClone ? ["viewUser", "changePassword", "createUser", "grantRole"] : ["viewUser", "changePassword"];
        if (MongoCommands.May(privileges, credential.Database, needed) is null)
            return Finding(PreflightState.Warning, $"{Place} does not tell what the user may do. The rotation works if it may manage users (userAdmin).");
        var missing = needed.Where(action => MongoCommands.May(privileges, credential.Database, action) != true).ToList();
        return missing.Count == 0
            ? Finding(PreflightState.Passed, $"{Place} has the rights that the rotation takes.")
            : Finding(PreflightState.Failed, $"{Place} lacks the actions {string.Join(", ", missing)} on the database {credential.Database}. Give it the role userAdmin there.");
    }

    private string Place => credential.Place(engine);

    private static PreflightFinding Finding(PreflightState state, string message) => new(PreflightCheck.Privileges, state, message);

    private RotationException Gone(string user) => new($"{Place}: there is no user {user} in the database {credential.Database}. Put the database in which it was created into \"dbname\".", isFinal: true)
    {
        Concerns = PreflightCheck.Clone,
    };

    private async Task CheckPrimary(CancellationToken cancel)
    {
        if (!(await Run(MongoCommands.Hello, cancel)).GetValue("isWritablePrimary", true).ToBoolean())
            throw MongoTarget.NoPrimary(Place);
    }

    private Task<BsonDocument> Run(BsonDocument command, CancellationToken cancel) => target.Guarded(credential, () => Send(command, cancel));

    private async Task<BsonDocument?> Find(string user, CancellationToken cancel) => MongoCommands.UserOf(await target.Guarded(credential, async () =>
    {
        try
        {
            return await Send(MongoCommands.User(user, credential.Database, withRestrictions: true), cancel);
        }
        catch (MongoCommandException fault) when (fault.Code is 2 or 9 or 303 or 304 or 40415)
        {
            // DocumentDB does not know the question for restrictions.
            return await Send(MongoCommands.User(user, credential.Database, withRestrictions: false), cancel);
        }
    }));

    private Task<BsonDocument> Send(BsonDocument command, CancellationToken cancel) =>
        client.GetDatabase(credential.Database).RunCommandAsync<BsonDocument>(command, cancellationToken: cancel);
}
