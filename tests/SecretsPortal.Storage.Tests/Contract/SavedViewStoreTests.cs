using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Storage.Tests.Contract;

public abstract class SavedViewStoreTests(DatabaseProvider provider) : AccessTests(provider)
{
    private SavedViewStore Views => new(Database);

    [Fact]
    public async Task A_user_keeps_views_of_their_own_with_their_records()
    {
        var (ada, bob) = (await AddUser("ada"), await AddUser("bob"));
        var records = await Test.CountOf("audit_outbox");
        var failed = new SavedView(Samples.NewId(), "Failed", "status=Failed");

        Assert.True(await Add(ada.Id, failed));
        Assert.True(await Add(bob.Id, new SavedView(Samples.NewId(), "Failed", "q=mine")));
        Assert.True(await Add(ada.Id, new SavedView(Samples.NewId(), "All of prod", "folder=prod/")));

        Assert.Equal(["All of prod", "Failed"], (await Views.List(ada.Id, Cancel)).Select(view => view.Name));
        Assert.Equal("q=mine", Assert.Single(await Views.List(bob.Id, Cancel)).Query);
        Assert.False(await Add(ada.Id, new SavedView(Samples.NewId(), "Failed", "")));
        Assert.Null(await Views.Add(ada.Id, new SavedView(Samples.NewId(), "one more", ""), Now, most: 2, Samples.Audit(), Cancel));

        Assert.True(await Views.Update(ada.Id, failed with { Name = "Broken" }, Samples.Audit(), Cancel));
        Assert.False(await Views.Update(ada.Id, failed with { Name = "All of prod" }, Samples.Audit(), Cancel));
        Assert.Null(await Views.Update(bob.Id, failed with { Name = "stolen" }, Samples.Audit(), Cancel));
        Assert.False(await Views.Remove(bob.Id, failed.Id, Samples.Audit(), Cancel));
        Assert.Equal(["All of prod", "Broken"], (await Views.List(ada.Id, Cancel)).Select(view => view.Name));

        Assert.True(await Views.Remove(ada.Id, failed.Id, Samples.Audit(), Cancel));
        Assert.Equal(["All of prod"], (await Views.List(ada.Id, Cancel)).Select(view => view.Name));
        Assert.Equal(records + 5, await Test.CountOf("audit_outbox"));
    }

    private Task<bool?> Add(string callerId, SavedView view) => Views.Add(callerId, view, Now, most: 50, Samples.Audit(), Cancel);
}

public sealed class SavedViewStoreOnSqlite() : SavedViewStoreTests(DatabaseProvider.Sqlite);

public sealed class SavedViewStoreOnSqlServer() : SavedViewStoreTests(DatabaseProvider.SqlServer);
