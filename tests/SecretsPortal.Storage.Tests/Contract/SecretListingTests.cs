using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Storage.Tests.Contract;

public abstract class SecretListingTests(DatabaseProvider provider) : ContractTests(provider)
{
    private static readonly SecretListing s_all = new() { Region = Samples.Region };

    private SecretStore Store => new(Database);

    private SecretListStore Lists => new(Database);

    protected override Task SetUp() => new KeyStore(Database).AddKey(Samples.Key(), Cancel);

    [Theory]
    [InlineData("", "test/mailKey|Prod/api|prod/eu/db|prod/db")]
    [InlineData("db", "prod/eu/db|prod/db")]
    [InlineData("DB", "prod/eu/db|prod/db")]
    [InlineData("prod/db", "prod/eu/db|prod/db")]
    [InlineData("eu db", "prod/eu/db")]
    [InlineData("customer", "prod/db")]
    [InlineData("cust DAT", "prod/db")]
    [InlineData("ustomer", "")]
    [InlineData("key", "test/mailKey|Prod/api")]
    [InlineData("mailk", "test/mailKey")]
    [InlineData("live", "Prod/api|prod/db")]
    [InlineData("environment", "Prod/api")]
    [InlineData("password", "prod/db")]
    [InlineData("token prod", "Prod/api")]
    [InlineData("never-there", "")]
    [InlineData("%", "")]
    [InlineData("größe", "prod/eu/db")]
    [InlineData("GRÖSSE", "")]
    public async Task Words_are_found_in_names_descriptions_tags_and_the_names_of_members(string text, string names)
    {
        await CreateFour();

        Assert.Equal(Split(names), await Names(s_all with { Text = text }));
    }

    [Fact]
    public async Task Emoji_and_control_characters_are_found_and_hurt_nothing()
    {
        await Create("odd", 0, "a 🔑 key\u0000end", [new("blank ", "x "), new("blank", "x")]);

        Assert.Equal(["odd"], await Names(s_all with { Text = "🔑" }));
        Assert.Equal(["odd"], await Names(s_all with { Text = "key\u0000e" }));
        Assert.Equal(["odd"], await Names(s_all with { Tags = ["blank "] }));
        Assert.Equal(["odd"], await Names(s_all with { Tags = ["blank =x "] }));
        Assert.Empty(await Names(s_all with { Tags = ["blank=x  "] }));
    }

    [Theory]
    [InlineData("env", "prod/db")]
    [InlineData("Env", "")]
    [InlineData("env=live", "prod/db")]
    [InlineData("env=Live", "")]
    [InlineData("environment=Live", "Prod/api")]
    [InlineData("en", "")]
    [InlineData("env|team", "prod/db")]
    [InlineData("env|environment", "")]
    [InlineData("env=live|env=test", "prod/db")]
    [InlineData("env|env=test", "")]
    [InlineData("env=test|env=live|team=a b", "prod/db")]
    [InlineData("env=live|team=c", "")]
    public async Task Tags_are_matched_as_they_are_written(string tags, string names)
    {
        await CreateFour();

        Assert.Equal(Split(names), await Names(s_all with { Tags = Split(tags) }));
    }

    [Fact]
    public async Task Kinds_keys_and_folders_narrow()
    {
        await new KeyStore(Database).AddKey(Samples.Key() with { KeyId = "other-key", Alias = "other", IsDefault = false, ProviderReference = "key-2" }, Cancel);
        await CreateFour();
        var moved = await Create("prod/moved", 9);
        await Store.Change(moved.Id, before => new SecretChange(
            before with { Versions = [before.Versions[0] with { KmsKeyId = "other-key", Kind = SecretKind.RdsDatabase }] }, Samples.Audit()) { Values = [Samples.Value(Samples.V1)] }, Cancel);

        Assert.Equal(["prod/moved"], await Names(s_all with { Kinds = [SecretKind.RdsDatabase] }));
        Assert.Empty(await Names(s_all with { Kinds = [SecretKind.Text] }));
        Assert.Equal(["prod/moved"], await Names(s_all with { KeyId = "other-key" }));
        Assert.DoesNotContain("prod/moved", await Names(s_all with { KeyId = Samples.KeyId }));
        Assert.Equal(["prod/moved", "prod/eu/db", "prod/db"], await Names(s_all with { Folder = "prod/" }));
        Assert.Equal(["prod/db", "prod/eu/db", "prod/moved"], await Names(s_all with { Folder = "prod/", ByName = true }));
        Assert.Equal(["prod/db"], await Names(s_all with { Folder = "prod/", Text = "customer" }));
    }

    [Fact]
    public async Task A_status_is_that_of_the_rotation_or_of_the_secret()
    {
        await CreateFour();
        await Create("rotating/ok", 10, rotation: new RotationSettings { Enabled = true, Schedule = RotationSchedule.Parse("rate(30 days)", null, null), NextWindowStart = Now.AddDays(30), NextWindowEnd = Now.AddDays(31) });
        await Create("rotating/off", 11, rotation: new RotationSettings { Enabled = false });
        await Create("replica", 12, primaryRegion: "eu-west-1");
        var gone = await Create("gone", 13);
        await Store.Change(gone.Id, before => new SecretChange(before with { DeletedAt = Now, PurgeAt = Now.AddDays(7) }, Samples.Audit()), Cancel);

        Assert.Equal(["rotating/ok"], await Names(s_all with { Statuses = [SecretStatus.Healthy] }));
        Assert.Empty(await Names(s_all with { Statuses = [SecretStatus.Failed] }));
        Assert.Equal(["replica", "rotating/off", "test/mailKey", "Prod/api", "prod/eu/db", "prod/db"], await Names(s_all with { Statuses = [SecretStatus.Off] }));
        Assert.Equal(["replica"], await Names(s_all with { Statuses = [SecretStatus.Replica] }));
        Assert.Equal(["gone"], await Names(s_all with { Statuses = [SecretStatus.Deleted] }));
        Assert.DoesNotContain("gone", await Names(s_all));
        Assert.Equal(["gone", "rotating/ok"], await Names(s_all with { Statuses = [SecretStatus.Healthy, SecretStatus.Deleted, SecretStatus.Failed] }));
        Assert.Equal(["gone", "replica"], await Names(s_all with { Statuses = [SecretStatus.Deleted, SecretStatus.Replica] }));
        Assert.Equal(["replica", "rotating/ok"], await Names(s_all with { Statuses = [SecretStatus.Replica, SecretStatus.Healthy] }));
        Assert.Equal(["rotating/ok"], await Names(s_all with { Statuses = [SecretStatus.Healthy, SecretStatus.Due], Text = "rotating" }));
        Assert.Equal(6, (await Names(s_all with { Statuses = [SecretStatus.Off] })).Count);
        Assert.Equal(7, (await Names(s_all with { Statuses = [SecretStatus.Off, SecretStatus.Healthy] })).Count);

        await Store.Change(gone.Id, before => new SecretChange(before with { DeletedAt = null, PurgeAt = null }, Samples.Audit()), Cancel);
        Assert.Empty(await Names(s_all with { Statuses = [SecretStatus.Deleted] }));
        Assert.Contains("gone", await Names(s_all));
    }

    [Fact]
    public async Task A_secret_is_found_by_what_it_is_like_now_and_by_the_members_of_its_current_value()
    {
        var secret = await Create("app", 0, "old words", [new("a", "b")], fields: ["user", "password"]);

        await Store.Change(secret.Id, before => new SecretChange(before with { Description = "new words", Tags = [] }, Samples.Audit()), Cancel);
        Assert.Empty(await Names(s_all with { Text = "old" }));
        Assert.Equal(["app"], await Names(s_all with { Text = "new" }));
        Assert.Empty(await Names(s_all with { Tags = ["a"] }));

        await Store.Change(secret.Id, before => Samples.Put(before, Samples.V2) is var put
            ? put with { After = put.After with { Versions = [before.Versions[0], put.After.Versions[1] with { FieldNames = ["token"] }] } } : null, Cancel);
        Assert.Equal(["app"], await Names(s_all with { Text = "token" }));
        Assert.Empty(await Names(s_all with { Text = "password" }));

        // Back to the version before, whose names are still known.
        await Store.Change(secret.Id, before => new SecretChange(before with { Labels = before.Labels.Move("AWSCURRENT", Samples.V1, Samples.V2) }, Samples.Audit()), Cancel);
        Assert.Equal(["app"], await Names(s_all with { Text = "password" }));
        Assert.Equal(["user", "password"], (await Store.FindById(secret.Id, Cancel))!.FieldNames);

        await Store.Remove(secret.Id, null, Samples.Audit(), Cancel);
        Assert.Empty(await Names(s_all with { Text = "app" }));
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 0)]
    [InlineData(true, 2100)]
    [InlineData(false, 2100)]
    public async Task Pages_follow_each_other_without_gap_or_repeat(bool byName, int others)
    {
        // With more than two thousand that fit each part, the secrets are walked in their order; with few, they are looked at one by one.
        await Fill(others, "wanted");
        for (var i = 0; i < 25; i++)
            await Create($"x/{(i * 7) % 25:00}", i / 10, "wanted");
        var listing = s_all with { Text = "wanted", ByName = byName, Limit = 4 };
        var all = await Names(listing with { Limit = 5000 });

        var paged = new List<string>();
        SecretPageKey? after = null;
        while ((await Lists.Find(listing with { After = after }, Cancel)).Secrets is { Count: > 0 } page && paged.Count < 60)
        {
            paged.AddRange(page.Select(secret => secret.Name));
            after = SecretPageKey.Of(page[^1], byName ? SecretOrder.Name : SecretOrder.Created);
        }

        Assert.Equal(25 + others, all.Count);
        Assert.Equal(all.Take(paged.Count), paged);
        Assert.Equal(others == 0 ? 25 : null, (await Lists.Find(listing, Cancel)).Total);
    }

    [Fact]
    public async Task Parts_that_each_fit_many_and_together_one_find_it()
    {
        await Fill(2050, "left");
        await Fill(2050, "right");
        await Create("both", -5, "left right");

        Assert.Equal(["both"], await Names(s_all with { Text = "left right" }));
        Assert.Equal(["both"], await Names(s_all with { Text = "right left", ByName = true }));
        Assert.Empty(await Names(s_all with { Text = "right left filler" }));
    }

    [Fact]
    public async Task Values_of_one_part_are_alternatives_and_all_parts_hold_together()
    {
        await Create("one", 0, tags: [new("env", "prod"), new("team", "data")], kind: SecretKind.RdsDatabase);
        await Create("two", 1, tags: [new("env", "stage"), new("team", "data")], kind: SecretKind.KeyValue);
        await Create("three", 2, tags: [new("env", "dev"), new("team", "data")], kind: SecretKind.Text);
        await Create("four", 3, tags: [new("env", "prod"), new("team", "web")], kind: SecretKind.Text);

        Assert.Equal(["two", "one"], await Names(s_all with { Kinds = [SecretKind.RdsDatabase, SecretKind.KeyValue] }));
        Assert.Equal(["four", "two", "one"], await Names(s_all with { Tags = ["env=prod", "env=stage"] }));
        Assert.Equal(["two", "one"], await Names(s_all with { Tags = ["env=prod", "team=data", "env=stage"] }));
        Assert.Equal(["four", "two", "one"], await Names(s_all with { Tags = ["env", "env=prod", "env=stage"] }));
        Assert.Equal(["one"], await Names(s_all with { Tags = ["env=prod", "env=dev"], Kinds = [SecretKind.RdsDatabase, SecretKind.KeyValue] }));
        Assert.Equal(["four", "three", "two", "one"], await Names(s_all with { Kinds = Enum.GetValues<SecretKind>() }));
        await Assert.ThrowsAsync<ArgumentException>(() => Names(s_all with { Tags = [.. Enumerable.Range(0, 9).Select(i => $"env={i}")] }));
    }

    [Fact]
    public async Task Alternatives_that_each_fit_many_and_together_few_find_them()
    {
        for (var i = 0; i < 2050; i++)
            await Create($"data/{i:0000}", i, tags: [new("env", i % 2 == 0 ? "prod" : "stage")], kind: SecretKind.Text);
        for (var i = 0; i < 2050; i++)
            await Create($"web/{i:0000}", i, tags: [new("env", "dev")], kind: i % 2 == 0 ? SecretKind.KeyValue : SecretKind.RdsDatabase);
        await Create("both", -5, tags: [new("env", "prod")], kind: SecretKind.KeyValue);
        var both = s_all with { Tags = ["env=prod", "env=stage"], Kinds = [SecretKind.KeyValue, SecretKind.RdsDatabase] };

        Assert.Equal(["both"], await Names(both));
        Assert.Equal(["both"], await Names(both with { Text = "both", ByName = true }));
        Assert.Empty(await Names(both with { Text = "data" }));
        // Many together: walked in their order, page by page.
        var many = s_all with { Tags = ["env=prod", "env=stage"], Kinds = [SecretKind.Text, SecretKind.DocumentDb], Limit = 3 };
        var first = (await Lists.Find(many, Cancel)).Secrets;
        Assert.Equal(["data/2049", "data/2048", "data/2047"], first.Select(secret => secret.Name));
        Assert.Equal("data/2046", (await Names(many with { After = SecretPageKey.Of(first[^1], SecretOrder.Created) }))[0]);
    }

    [Fact]
    public async Task All_are_counted_but_those_marked_for_deletion()
    {
        await CreateFour();
        var gone = await Create("gone", 13);
        await Store.Change(gone.Id, before => new SecretChange(before with { DeletedAt = Now, PurgeAt = Now.AddDays(7) }, Samples.Audit()), Cancel);
        await Store.Create(Samples.WithValue(Samples.Secret("elsewhere", region: "eu-west-1")), Cancel);

        Assert.Equal(4, (await Lists.Find(s_all with { Limit = 1 }, Cancel)).Total);
        Assert.Equal(2, (await Lists.Find(s_all with { Limit = 1, Text = "db" }, Cancel)).Total);
        Assert.Equal(["elsewhere"], await Names(s_all with { Region = "eu-west-1", Text = "else" }));
        Assert.Empty(await Names(s_all with { Text = "else" }));
    }

    [Fact]
    public async Task Folders_are_what_names_have_in_common_up_to_a_slash()
    {
        foreach (var name in new[] { "a", "b/1", "b/2", "b/c/3", "b/c/d/4", "b-x", "c", "d/", "d/5", "/e", "//f" })
            await Create(name, 0);

        Assert.Equal([new("/", 2), new("b/", 4), new("d/", 2)], await Lists.FindFolders(Samples.Region, "", null, 10, Cancel));
        Assert.Equal([new("b/c/", 2)], await Lists.FindFolders(Samples.Region, "b/", null, 10, Cancel));
        Assert.Equal([new("//", 1)], await Lists.FindFolders(Samples.Region, "/", null, 10, Cancel));
        Assert.Empty(await Lists.FindFolders(Samples.Region, "a", null, 10, Cancel));
        Assert.Equal([new("/", 2)], await Lists.FindFolders(Samples.Region, "", null, 1, Cancel));
        Assert.Equal([new("b/", 4), new("d/", 2)], await Lists.FindFolders(Samples.Region, "", "/", 10, Cancel));
        Assert.Empty(await Lists.FindFolders("eu-west-1", "", null, 10, Cancel));
    }

    [Fact]
    public async Task What_was_stored_before_terms_were_kept_is_found_after_they_are_written()
    {
        await CreateFour();
        await Test.Execute("DELETE FROM secret_term");
        await Test.Execute("UPDATE secret SET has_terms = 0");
        Assert.Empty(await Names(s_all with { Text = "db" }));

        Assert.Equal(3, await Lists.WriteMissingTerms(3, Cancel));
        Assert.Equal(1, await Lists.WriteMissingTerms(3, Cancel));
        Assert.Equal(0, await Lists.WriteMissingTerms(3, Cancel));

        Assert.Equal(["prod/eu/db", "prod/db"], await Names(s_all with { Text = "db" }));
        Assert.Equal(["prod/db"], await Names(s_all with { Tags = ["env=live"] }));
    }

    private async Task CreateFour()
    {
        await Create("prod/db", 0, "Customer data", [new("env", "live"), new("team", "a b")], fields: ["username", "db_password"]);
        await Create("prod/eu/db", 1, "größe");
        await Create("Prod/api", 2, "the key's old", [new("environment", "Live")], fields: ["Token"]);
        await Create("test/mailKey", 3, tags: []);
    }

    private async Task Fill(int count, string description)
    {
        for (var i = 0; i < count; i++)
            await Create($"filler/{description}/{i:0000}", i, description);
    }

    private async Task<Secret> Create(
        string name, int seconds, string? description = null, IReadOnlyList<SecretTag>? tags = null, IReadOnlyList<string>? fields = null,
        RotationSettings? rotation = null, string? primaryRegion = null, SecretKind? kind = null)
    {
        var change = Samples.WithValue(Samples.Secret(name, Now.AddSeconds(seconds)) with
        {
            Description = description, Tags = tags, Rotation = rotation, PrimaryRegion = primaryRegion,
        });
        change = change with { After = change.After with { Versions = [change.After.Versions[0] with { FieldNames = fields, Kind = kind ?? change.After.Versions[0].Kind }] } };
        Assert.True(await Store.Create(change, Cancel));
        return change.After;
    }

    private async Task<List<string>> Names(SecretListing listing) => [.. (await Lists.Find(listing, Cancel)).Secrets.Select(secret => secret.Name)];

    private static string[] Split(string names) => names.Length == 0 ? [] : names.Split('|');
}

public sealed class SecretListingOnSqlite() : SecretListingTests(DatabaseProvider.Sqlite);

public sealed class SecretListingOnSqlServer() : SecretListingTests(DatabaseProvider.SqlServer);
