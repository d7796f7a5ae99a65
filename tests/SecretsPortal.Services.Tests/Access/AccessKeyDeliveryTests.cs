using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SecretsPortal.Core;
using SecretsPortal.Services.Access;

namespace SecretsPortal.Services.Tests.Access;

public sealed class AccessKeyDeliveryTests
{
    [Fact]
    public async Task A_fault_after_the_value_was_stored_takes_the_key_from_nobody()
    {
        var clock = new FaultyClock();
        await using var portal = await TestPortal.Start(services => services.AddSingleton<TimeProvider>(clock));
        await portal.AddClient("app");
        await portal.Create("s");
        clock.FaultBeyond(portal, await portal.Number("SELECT COUNT(*) FROM secret_version"));

        var delivered = await portal.Get<AccessKeyDelivery>().Create(portal.Admin, "app", new CreateAccessKeyRequest(), "s", default);

        Assert.Equal(1, clock.Faults);
        Assert.Equal(delivered.Key.AccessKeyId, Assert.Single((await portal.Clients().Get(portal.Admin, "app", default)).Client.AccessKeys).AccessKeyId);
        Assert.Contains(delivered.Key.AccessKeyId, await portal.Value("s"), StringComparison.Ordinal);
        Assert.Contains(delivered.Key.AccessKeyId, await portal.Value("s", delivered.VersionId), StringComparison.Ordinal);
    }

    /// <summary>Both are written by one transaction: what breaks it off at either leaves nothing of the other.</summary>
    [Theory]
    [InlineData("secret_version")]
    [InlineData("access_key")]
    public async Task A_key_is_never_there_without_its_value_nor_the_value_without_its_key(string table)
    {
        await using var portal = await TestPortal.Start();
        await portal.AddClient("app");
        await portal.Create("s");
        await portal.ExecuteUnseenAlways($"CREATE TRIGGER full AFTER INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'no'); END");

        await Assert.ThrowsAnyAsync<Exception>(() => portal.Get<AccessKeyDelivery>().Create(portal.Admin, "app", new CreateAccessKeyRequest(), "s", default));

        Assert.Empty((await portal.Clients().Get(portal.Admin, "app", default)).Client.AccessKeys);
        Assert.Equal("first value", await portal.Value("s"));
    }

    [Fact]
    public async Task A_third_key_is_refused_and_the_secret_keeps_its_value()
    {
        await using var portal = await TestPortal.Start();
        await portal.AddClient("app");
        await portal.Create("s");
        var delivery = portal.Get<AccessKeyDelivery>();
        for (var i = 0; i < 2; i++)
            await delivery.Create(portal.Admin, "app", new CreateAccessKeyRequest(), "s", default);
        var before = await portal.Value("s");

        var refused = await Assert.ThrowsAsync<PortalException>(() => delivery.Create(portal.Admin, "app", new CreateAccessKeyRequest(), "s", default));

        Assert.Equal(PortalError.LimitExceeded, refused.Error);
        Assert.Equal(before, await portal.Value("s"));
        Assert.Equal(2, (await portal.Clients().Get(portal.Admin, "app", default)).Client.AccessKeys.Count);
    }

    /// <summary>Fails once, when it is first asked after a version was committed: whoever has just written one is asking.</summary>
    private sealed class FaultyClock() : FakeTimeProvider(new DateTimeOffset(2026, 3, 4, 10, 30, 0, TimeSpan.Zero))
    {
        private string? _database;
        private long _versions;

        public int Faults { get; private set; }

        public void FaultBeyond(TestPortal portal, long versions)
        {
            _versions = versions;
            _database = Path.Combine(portal.Options.DataDirectory, "portal.db");
        }

        public override DateTimeOffset GetUtcNow()
        {
            if (_database is { } database && Versions(database) > _versions)
            {
                _database = null;
                Faults++;
                throw new IOException("The clock is lost.");
            }

            return base.GetUtcNow();
        }

        private static long Versions(string database)
        {
            using var connection = new SqliteConnection($"Data Source={database}");
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT COUNT(*) FROM secret_version";
            return (long)command.ExecuteScalar()!;
        }
    }
}
