using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;

namespace SecretsPortal.Storage.Tests.Contract;

public abstract class CallerAndKeyStoreTests(DatabaseProvider provider) : ContractTests(provider)
{
    private CallerStore Callers => new(Database);

    private KeyStore Keys => new(Database);

    [Fact]
    public async Task An_added_caller_is_found_with_its_key_and_policies()
    {
        Assert.True(await Callers.IsEmpty(Cancel));
        var user = Caller("ada") with { PasswordHash = "hash", IsDisabled = true };
        var key = AccessKey("AKIAEXAMPLE", user);

        Assert.True(await Callers.Add(
            new CallerAddition
            {
                Callers = [user],
                AccessKeys = [key],
                Policies = [new("zulu", "{}"), new("alpha", "[]")],
                Attachments = [(user.Id, "zulu"), (user.Id, "alpha")],
            },
            Samples.Audit(), Cancel));

        Assert.False(await Callers.IsEmpty(Cancel));
        Assert.Equal(user, await Callers.Find(CallerKind.User, "ada", Cancel));
        Assert.Equal(user, await Callers.FindById(user.Id, Cancel));
        Assert.Equal(
            [new EffectivePolicy("alpha", "[]", Group: null), new EffectivePolicy("zulu", "{}", Group: null)],
            (await Callers.FindAccess(user.Id, Cancel)).Policies);
        var found = await Callers.FindAccessKey("AKIAEXAMPLE", Cancel);
        Assert.Equal(user, found!.Value.Caller);
        Assert.Equivalent(key, found.Value.Key, strict: true);
    }

    [Theory]
    [InlineData("Ada")]
    [InlineData("ada ")]
    [InlineData("nobody")]
    public async Task Names_and_keys_compare_by_ordinal(string other)
    {
        var user = Caller("ada");
        await Callers.Add(new CallerAddition { Callers = [user], AccessKeys = [AccessKey("ada", user)] }, Samples.Audit(), Cancel);

        Assert.Null(await Callers.Find(CallerKind.User, other, Cancel));
        Assert.Null(await Callers.FindAccessKey(other, Cancel));
        Assert.Null(await Callers.Find(CallerKind.Client, "ada", Cancel));
    }

    [Fact]
    public async Task A_taken_name_or_key_adds_nothing()
    {
        var user = Caller("ada");
        await Callers.Add(new CallerAddition { Callers = [user], AccessKeys = [AccessKey("AKIA1", user)] }, Samples.Audit(), Cancel);
        var other = Caller("bob");

        Assert.False(await Callers.Add(new CallerAddition { Callers = [other, Caller("ada")] }, Samples.Audit(), Cancel));
        Assert.False(await Callers.Add(new CallerAddition { Callers = [other], AccessKeys = [AccessKey("AKIA1", other)] }, Samples.Audit(), Cancel));

        Assert.Null(await Callers.Find(CallerKind.User, "bob", Cancel));
        Assert.Single(await new AuditStore(Database).Search(new AuditQuery(), Cancel));
    }

    [Fact]
    public async Task A_key_of_nobody_is_a_fault_and_a_name_that_ends_in_a_blank_is_refused()
    {
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() =>
            Callers.Add(new CallerAddition { AccessKeys = [AccessKey("AKIA1", Caller("ghost"))] }, Samples.Audit(), Cancel));
        var refused = await Assert.ThrowsAsync<PortalException>(() =>
            Callers.Add(new CallerAddition { Callers = [Caller("ada ")] }, Samples.Audit(), Cancel));

        Assert.Equal(PortalError.Validation, refused.Error);
        Assert.True(await Callers.IsEmpty(Cancel));
    }

    [Fact]
    public async Task Of_first_starts_at_once_one_makes_the_administrator()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ =>
            Task.Run(() => Callers.Add(new CallerAddition { Callers = [Caller("admin")] }, Samples.Audit(), Cancel), Cancel)));

        Assert.Single(results, won => won);
    }

    [Fact]
    public async Task KMS_keys_are_found_by_region_and_id()
    {
        var key = Samples.Key();
        var other = Samples.Key("eu-west-1") with { KeyId = "other" };
        Assert.True(await Keys.AddKey(key, Cancel));
        Assert.True(await Keys.AddKey(other, Cancel));

        Assert.Equal([key], await Keys.FindKeys(Samples.Region, Cancel));
        Assert.Equal(other, await Keys.FindKey("other", Cancel));
        Assert.Null(await Keys.FindKey("Other", Cancel));
        Assert.Empty(await Keys.FindKeys("nowhere", Cancel));
    }

    [Fact]
    public async Task A_KMS_key_has_an_id_of_its_own_and_an_alias_of_its_own_in_its_region()
    {
        var key = Samples.Key() with { IsDefault = false };
        await Keys.AddKey(key, Cancel);

        Assert.False(await Keys.AddKey(key with { Alias = "another" }, Cancel));
        Assert.False(await Keys.AddKey(key with { KeyId = "another" }, Cancel));
        Assert.True(await Keys.AddKey(key with { KeyId = "k1", Alias = "k1", IsDefault = true }, Cancel));
        Assert.False(await Keys.AddKey(key with { KeyId = "k4", Alias = "k4", IsDefault = true }, Cancel));
        Assert.True(await Keys.AddKey(key with { KeyId = "k2", Alias = null }, Cancel));
        Assert.True(await Keys.AddKey(key with { KeyId = "k3", Alias = null }, Cancel));
    }

    [Fact]
    public async Task Portal_keys_are_found_by_prefix_and_added_once()
    {
        Assert.True(await Keys.AddPortalKey("cookie/b", [2], Now, Cancel));
        Assert.True(await Keys.AddPortalKey("cookie/a", [1], Now, Cancel));
        Assert.True(await Keys.AddPortalKey("Cookie/c", [3], Now, Cancel));
        Assert.True(await Keys.AddPortalKey("cookiejar", [4], Now, Cancel));

        Assert.False(await Keys.AddPortalKey("cookie/a", [9], Now, Cancel));

        var found = await Keys.FindPortalKeys("cookie/", Cancel);
        Assert.Equal(["cookie/a", "cookie/b"], found.Select(key => key.Name));
        Assert.Equal(new byte[] { 1 }, found[0].Sealed);
        Assert.Empty(await Keys.FindPortalKeys("cookie_", Cancel));
    }

    private static StoredCaller Caller(string name) => new() { Id = Samples.NewId(), Kind = CallerKind.User, Name = name, CreatedAt = Now };

    private static StoredAccessKey AccessKey(string id, StoredCaller caller) =>
        new() { AccessKeyId = id, CallerId = caller.Id, SealedSecret = [1, 2, 3], CreatedAt = Now };
}

public sealed class CallerAndKeyStoreOnSqlite() : CallerAndKeyStoreTests(DatabaseProvider.Sqlite);

public sealed class CallerAndKeyStoreOnSqlServer() : CallerAndKeyStoreTests(DatabaseProvider.SqlServer);
