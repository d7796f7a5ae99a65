using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;

namespace SecretsPortal.Storage.Tests.Contract;

/// <summary>The stores of who may what, with callers to begin with.</summary>
public abstract class AccessTests(DatabaseProvider provider) : ContractTests(provider)
{
    private protected CallerStore Callers => new(Database);

    private protected UserStore Users => new(Database);

    private protected ClientStore Clients => new(Database);

    private protected GroupStore Groups => new(Database);

    private protected PolicyStore Policies => new(Database);

    private protected static StoredCaller NewUser(string name) =>
        new() { Id = Samples.NewId(), Kind = CallerKind.User, Name = name, PasswordHash = $"hash of {name}", CreatedAt = Now };

    private protected async Task<StoredCaller> AddUser(string name)
    {
        var user = NewUser(name);
        Assert.True(await Users.Add(user, [], [], Samples.Audit(), Cancel));
        return user;
    }

    private protected async Task<StoredCaller> AddClient(string name)
    {
        var client = new StoredCaller { Id = Samples.NewId(), Kind = CallerKind.Client, Name = name, CreatedAt = Now };
        Assert.True(await Clients.Add(client, [], Samples.Audit(), Cancel));
        return client;
    }

    private protected async Task<StoredGroup> AddGroup(string name)
    {
        var group = new StoredGroup { Id = Samples.NewId(), Name = name, CreatedAt = Now };
        Assert.True(await Groups.Add(group, Samples.Audit(), Cancel));
        return group;
    }

    private protected async Task AddPolicy(string name, string document = "{}") =>
        Assert.True(await Policies.Add(new StoredPolicy(name, document), Samples.Audit(), Cancel));

    private protected static PolicyHolder HolderOf(StoredCaller caller) => new(caller.Id, caller.Kind, caller.Name);

    private protected static PolicyHolder HolderOf(StoredGroup group) => new(group.Id, Kind: null, group.Name);

    private protected Task<bool> Attach(PolicyHolder holder, string policy, AdministratorRule? rule = null) =>
        Policies.Attach(holder, policy, most: 10, Samples.Audit(), rule, Cancel);

    private protected Task<bool> Join(StoredCaller caller, StoredGroup group) =>
        Groups.ChangeMemberships(caller.Id, [group.Id], [], most: 10, Samples.Audit(), rule: null, Cancel);

    private protected Task<long> AccessEpoch() => Database.Read(session => session.Number(SqliteChangeCounter.AccessEpoch), Cancel);

    /// <summary>Asserts that a change raises the access number and leaves its record, or that it does neither.</summary>
    private protected async Task<T> Observed<T>(Func<AuditRecord, Task<T>> change, bool isRecorded = true)
    {
        var epoch = await AccessEpoch();
        var audit = Samples.Audit($"test:{Samples.NewId()}");

        var result = await change(audit);

        Assert.Equal(isRecorded, (await new AuditStore(Database).Search(new AuditQuery { Action = audit.Action }, Cancel)).Count == 1);
        if (isRecorded)
            Assert.True(await AccessEpoch() > epoch);
        return result;
    }
}
