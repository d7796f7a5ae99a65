using SecretsPortal.Core;

namespace SecretsPortal.Storage.Tests.Contract;

public abstract class ClientStoreTests(DatabaseProvider provider) : AccessTests(provider)
{
    [Fact]
    public async Task A_client_has_two_keys_at_most_even_of_eight_at_once()
    {
        var client = await AddClient("app");

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => Add(Key($"AKIA{i}", client)), Cancel)));

        Assert.Equal(2, answers.Count(answer => answer == KeyAddition.Added));
        Assert.Equal(6, answers.Count(answer => answer == KeyAddition.Full));
        Assert.Equal(2, (await Clients.FindKeys([client.Id], Cancel)).Count);
    }

    [Fact]
    public async Task A_key_of_a_taken_id_or_of_nobody_is_not_added()
    {
        var (client, user) = (await AddClient("app"), await AddUser("ada"));
        Assert.Equal(KeyAddition.Added, await Observed(audit => Clients.AddKey(Key("AKIA1", client), 2, audit, Cancel)));

        Assert.Equal(KeyAddition.Taken, await Add(Key("AKIA1", await AddClient("other"))));
        Assert.Equal(KeyAddition.NoClient, await Observed(audit => Clients.AddKey(Key("AKIA2", user), 2, audit, Cancel), isRecorded: false));
        Assert.Null(await Callers.FindAccessKey("AKIA2", Cancel));
    }

    [Fact]
    public async Task A_key_is_changed_and_deleted_by_its_client_only()
    {
        var (client, other) = (await AddClient("app"), await AddClient("other"));
        var key = Key("AKIA1", client) with { Description = "for the tests", ExpiresAt = Now.AddDays(1) };
        await Add(key);
        Assert.Equivalent(key, (await Callers.FindAccessKey("AKIA1", Cancel))!.Value.Key, strict: true);

        Assert.Null(await Clients.ChangeKey(other.Id, "AKIA1", before => new KeyChange(before with { IsDisabled = true }, Samples.Audit()), Cancel));
        Assert.False(await Observed(audit => Clients.DeleteKey(other.Id, "AKIA1", audit, Cancel), isRecorded: false));
        var changed = await Observed(audit => Clients.ChangeKey(
            client.Id, "AKIA1", before => new KeyChange(before with { IsDisabled = true, Description = null, ExpiresAt = null }, audit), Cancel));
        Assert.Equivalent(changed, (await Callers.FindAccessKey("AKIA1", Cancel))!.Value.Key, strict: true);
        Assert.True(changed is { IsDisabled: true, Description: null, ExpiresAt: null });
        Assert.True(await Observed(audit => Clients.DeleteKey(client.Id, "AKIA1", audit, Cancel)));

        Assert.Null(await Callers.FindAccessKey("AKIA1", Cancel));
    }

    [Fact]
    public async Task The_use_of_a_key_is_noted_without_raising_the_access_number()
    {
        var client = await AddClient("app");
        await Add(Key("AKIA1", client));
        var epoch = await AccessEpoch();

        await Clients.NoteKeyUse("AKIA1", Now.AddMinutes(2), "eu-central-1", Cancel);
        await Clients.NoteKeyUse("AKIA1", Now.AddMinutes(1), "us-east-1", Cancel);

        var key = Assert.Single(await Clients.FindKeys([client.Id], Cancel));
        Assert.Equal((Now.AddMinutes(2), "eu-central-1"), (key.LastUsedAt, key.LastUsedRegion));
        Assert.Equal(epoch, await AccessEpoch());
    }

    [Fact]
    public async Task A_deleted_client_takes_its_keys_along_and_a_name_may_be_used_again_with_another_id()
    {
        var client = await AddClient("app");
        await Add(Key("AKIA1", client));

        Assert.True(await Observed(audit => Clients.Delete(client.Id, audit, Cancel)));

        Assert.Null(await Callers.FindAccessKey("AKIA1", Cancel));
        Assert.NotEqual(client.Id, (await AddClient("app")).Id);
    }

    [Fact]
    public async Task Keys_of_many_clients_come_together()
    {
        var clients = new List<StoredCaller>();
        for (var i = 0; i < SqlByIds.Capacity + 5; i++)
        {
            clients.Add(await AddClient($"app{i}"));
            await Add(Key($"AKIA{i}", clients[i]));
        }

        Assert.Equal(
            clients.Select(c => c.Id).Order(StringComparer.Ordinal),
            (await Clients.FindKeys([.. clients.Select(c => c.Id)], Cancel)).Select(k => k.CallerId).Order(StringComparer.Ordinal));
        Assert.Empty(await Clients.FindKeys([], Cancel));
    }

    [Fact]
    public async Task A_key_id_that_ends_in_a_blank_is_refused()
    {
        var client = await AddClient("app");

        Assert.Equal(PortalError.Validation, (await Assert.ThrowsAsync<PortalException>(() => Add(Key("AKIA1 ", client)))).Error);
    }

    private Task<KeyAddition> Add(StoredAccessKey key) => Clients.AddKey(key, 2, Samples.Audit(), Cancel);

    private static StoredAccessKey Key(string id, StoredCaller client) => new() { AccessKeyId = id, CallerId = client.Id, SealedSecret = [1, 2, 3], CreatedAt = Now };
}

public sealed class ClientStoreOnSqlite() : ClientStoreTests(DatabaseProvider.Sqlite);

public sealed class ClientStoreOnSqlServer() : ClientStoreTests(DatabaseProvider.SqlServer);
