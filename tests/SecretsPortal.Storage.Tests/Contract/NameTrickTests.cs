using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Storage.Tests.Contract;

/// <summary>Names are told apart by ordinal, in both databases alike; SQL Server by itself takes a blank at the end for nothing.</summary>
public abstract class NameTrickTests(DatabaseProvider provider) : ContractTests(provider)
{
    public static TheoryData<string> Alike =>
    [
        "Anna-i", "ANNA-I", "anna-i ", " anna-i", "anna-i\u00a0", "anna-i\t", "anna-i\0", "\uff41nna-i", "a\u200bnna-i", "a\u0301nna-i", "anna-\u0131", "anna-\u0130",
        "\u0430nna-i", "a\u00adnna-i", "\u202eanna-i", "ann\u00aa-i",
    ];

    [Theory]
    [MemberData(nameof(Alike))]
    public async Task What_looks_like_a_callers_name_is_not_that_caller(string alike)
    {
        var callers = new CallerStore(Database);
        var anna = new StoredCaller { Id = Samples.NewId(), Kind = CallerKind.User, Name = "anna-i", CreatedAt = Now };
        Assert.True(await callers.Add(new CallerAddition { Callers = [anna] }, Samples.Audit(), Cancel));

        Assert.Null(await callers.Find(CallerKind.User, alike, Cancel));
        Assert.Null(await callers.Find(CallerKind.Client, "anna-i", Cancel));
        Assert.Equal(anna.Id, (await callers.Find(CallerKind.User, "anna-i", Cancel))?.Id);
        if (alike.EndsWith(' '))
            Assert.Equal(PortalError.Validation, (await Assert.ThrowsAsync<PortalException>(() => AddNamed(callers, alike))).Error);
        else
            Assert.True(await AddNamed(callers, alike));
    }

    [Theory]
    [MemberData(nameof(Alike))]
    public async Task What_looks_like_an_access_keys_id_is_not_that_key(string alike)
    {
        var callers = new CallerStore(Database);
        var robot = new StoredCaller { Id = Samples.NewId(), Kind = CallerKind.Client, Name = "robot", CreatedAt = Now };
        var key = new StoredAccessKey { AccessKeyId = "anna-i", CallerId = robot.Id, SealedSecret = [1], CreatedAt = Now };
        Assert.True(await callers.Add(new CallerAddition { Callers = [robot], AccessKeys = [key] }, Samples.Audit(), Cancel));

        Assert.Null(await callers.FindAccessKey(alike, Cancel));
        Assert.NotNull(await callers.FindAccessKey("anna-i", Cancel));
    }

    [Fact]
    public async Task Secrets_whose_names_differ_in_case_alone_stand_beside_each_other()
    {
        var secrets = new SecretStore(Database);
        await new KeyStore(Database).AddKey(Samples.Key(), Cancel);
        var (one, two) = (Samples.Secret("prod/Db"), Samples.Secret("prod/db"));
        await secrets.Create(Samples.WithValue(one), Cancel);
        await secrets.Create(Samples.WithValue(two, Samples.V2), Cancel);

        Assert.Equal(one.Id, (await secrets.Find(Samples.Region, SecretId.Parse("prod/Db"), Cancel))?.Id);
        Assert.Equal(two.Id, (await secrets.Find(Samples.Region, SecretId.Parse("prod/db"), Cancel))?.Id);
        Assert.Null(await secrets.Find(Samples.Region, SecretId.Parse("PROD/DB"), Cancel));
    }

    private static Task<bool> AddNamed(CallerStore callers, string name) => callers.Add(
        new CallerAddition { Callers = [new StoredCaller { Id = Samples.NewId(), Kind = CallerKind.User, Name = name, CreatedAt = Now }] }, Samples.Audit(), Cancel);
}

public sealed class NameTricksOnSqlite() : NameTrickTests(DatabaseProvider.Sqlite);

public sealed class NameTricksOnSqlServer() : NameTrickTests(DatabaseProvider.SqlServer);
