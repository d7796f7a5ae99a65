using System.IO.Compression;
using System.Text.Json;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Services.Audit;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Services.Tests.Audit;

public sealed class AuditArchiverTests
{
    [Fact]
    public async Task What_is_old_lies_in_a_file_and_the_chain_goes_on()
    {
        await using var portal = await TestPortal.Start();
        for (var i = 0; i < 2500; i++)
            await Record(portal, $"old-{i}");
        var old = (await portal.Get<Storage.AuditStore>().Search(new AuditQuery { Limit = 1 }, default))[0].Sequence;
        portal.Clock.Advance(TimeSpan.FromDays(10));
        await Record(portal, "new");

        var anchor = await portal.Get<AuditArchiver>().Archive(portal.Admin, portal.Clock.GetUtcNow().AddDays(-1), default);

        Assert.Equal((1L, old), (anchor!.First, anchor.Last));
        var file = Path.Combine(portal.Options.DataDirectory, "audit-archive", anchor.FileName);
        await using (var gzip = new GZipStream(File.OpenRead(file), CompressionMode.Decompress))
        using (var text = new StreamReader(gzip))
            Assert.Equal(old, (await text.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("sequence").GetInt64()).Count());
        Assert.True(File.Exists(AuditArchiveFile.ManifestOf(file)));
        var log = await portal.Log();
        Assert.Equal(["new", "secretsportal:ArchiveAudit"], log.Select(record => record.Action));
        Assert.Equal($"records 1 to {old} into {anchor.FileName}", log[^1].Detail);
        Assert.True((await portal.Get<AuditVerifier>().Verify([], null, default)).IsIntact);
        Assert.All(await portal.Get<AuditArchiver>().VerifyFiles(default), seen => Assert.Null(seen.Wrong));

        // A second range joins the first.
        portal.Clock.Advance(TimeSpan.FromDays(10));
        await Record(portal, "newest");
        var next = await portal.Get<AuditArchiver>().Archive(portal.Admin, portal.Clock.GetUtcNow().AddDays(-1), default);
        Assert.Equal(old + 1, next!.First);
        Assert.True((await portal.Get<AuditVerifier>().Verify([], null, default)).IsIntact);
    }

    [Fact]
    public async Task Nothing_is_archived_without_a_retention_and_by_itself_with_one()
    {
        await using var keeping = await TestPortal.Start();
        await Record(keeping, "old");
        keeping.Clock.Advance(TimeSpan.FromDays(1000));
        await keeping.Get<AuditUpkeep>().Tick(default);
        Assert.Contains("old", (await keeping.Log()).Select(record => record.Action));

        using var directory = new TemporaryDirectory();
        await using var portal = await TestPortal.StartWith(TestPortal.OptionsIn(directory.Path) with { Audit = new AuditOptions { RetentionDays = 30, ArchiveDirectory = directory["elsewhere"] } });
        await Record(portal, "old");
        portal.Clock.Advance(TimeSpan.FromDays(31));
        await Record(portal, "new");

        await portal.Get<AuditUpkeep>().Tick(default);

        Assert.Equal(["new", "secretsportal:ArchiveAudit"], (await portal.Log()).Select(record => record.Action));
        Assert.Equal(2, Directory.GetFiles(directory["elsewhere"]).Length);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_to_leaves_the_log_as_it_is()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory["a-file"], "");
        await using var portal = await TestPortal.StartWith(TestPortal.OptionsIn(directory.Path) with { Audit = new AuditOptions { ArchiveDirectory = directory["a-file"] } });
        await Record(portal, "old");
        portal.Clock.Advance(TimeSpan.FromDays(2));

        var refused = await Assert.ThrowsAsync<PortalException>(() => portal.Get<AuditArchiver>().Archive(portal.Admin, portal.Clock.GetUtcNow(), default));

        Assert.Contains("Nothing was archived", refused.Message, StringComparison.Ordinal);
        Assert.Contains("old", (await portal.Log()).Select(record => record.Action));
        Assert.True((await portal.Get<AuditVerifier>().Verify([], null, default)).IsIntact);
    }

    [Fact]
    public async Task A_log_that_does_not_verify_is_not_archived()
    {
        await using var portal = await TestPortal.Start();
        await Record(portal, "old");
        using var log = new LogFile(portal);
        log.Execute("UPDATE audit_record SET caller = 'x' WHERE sequence = 1");
        portal.Clock.Advance(TimeSpan.FromDays(2));

        var refused = await Assert.ThrowsAsync<PortalException>(() => portal.Get<AuditArchiver>().Archive(portal.Admin, portal.Clock.GetUtcNow(), default));

        Assert.Contains("record 1 is not what was recorded there", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changed_archive_is_found()
    {
        await using var portal = await TestPortal.Start();
        await Record(portal, "old");
        portal.Clock.Advance(TimeSpan.FromDays(2));
        var anchor = await portal.Get<AuditArchiver>().Archive(portal.Admin, portal.Clock.GetUtcNow().AddDays(-1), default);
        var file = Path.Combine(portal.Options.DataDirectory, "audit-archive", anchor!.FileName);
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[^9] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);

        Assert.Contains("was changed", Assert.Single(await portal.Get<AuditArchiver>().VerifyFiles(default)).Wrong, StringComparison.Ordinal);
        File.Delete(file);
        Assert.Contains("is not in", Assert.Single(await portal.Get<AuditArchiver>().VerifyFiles(default)).Wrong, StringComparison.Ordinal);
    }

    private static Task Record(TestPortal portal, string action) => portal.Get<AuditLog>().Record(portal.Get<AuditLog>().For(portal.Admin, action, null, AuditOutcome.Succeeded), default);
}
