using System.IO.Compression;
using System.Text;
using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Backups;
using SecretsPortal.Services.Start;
using SecretsPortal.Services.Tests.Rotation;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Services.Tests.Backups;

/// <summary>Backups of a real database, restored and opened.</summary>
public sealed class BackupTests
{
    [Fact]
    public async Task A_backup_made_while_the_portal_writes_is_restored_with_its_values_and_a_whole_log()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("before", "canary of before");
        using var stop = new CancellationTokenSource();
        var writing = WriteOn(portal, stop.Token);
        var backup = await portal.Get<PortalBackups>().Create(portal.Admin, default);
        await stop.CancelAsync();
        var written = await writing;
        await portal.Create("after", "canary of after");

        using var folder = new TemporaryDirectory();
        await Unpack(portal, backup, folder.Path);
        await using var restored = await TestPortal.StartWith(portal.Options with { DataDirectory = folder.Path, LocalKeyFile = Path.Combine(portal.Options.DataDirectory, "local-kms.key") });

        Assert.Equal("canary of before", await restored.Value("before"));
        await Assert.ThrowsAsync<PortalException>(() => restored.Value("after"));
        Assert.True((await restored.Get<AuditVerifier>().Verify(restored.Admin, null, default)).IsIntact);
        // Each secret of the backup has its record there, once. The log was copied later, so it may tell of secrets that are not in the backup.
        var names = await restored.Number("SELECT COUNT(*) FROM secret WHERE name LIKE 'during/%'");
        Assert.InRange(names, 0, written);
        var told = (await restored.Log()).Where(record => record.Action == SecretActions.CreateSecret && record.Resource!.Contains(":during/", StringComparison.Ordinal)).Select(record => record.Resource).ToList();
        Assert.Equal(told.Count, told.Distinct(StringComparer.Ordinal).Count());
        for (var i = 0; i < names; i++)
            Assert.Contains((await restored.Secret($"during/{i}")).Arn.ToString(), told);
        Assert.Equal([backup.Name], (await portal.Get<PortalBackups>().List(portal.Admin, default)).Backups.Select(one => one.Name));
    }

    [Fact]
    public async Task A_backup_holds_neither_values_nor_keys_and_is_its_owners_alone()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("secret", "canary of a value");

        var backup = await portal.Get<PortalBackups>().Create(portal.Admin, default);

        var file = Path.Combine(portal.Options.DataDirectory, "backups", backup.Name);
        using var folder = new TemporaryDirectory();
        await ZipFile.ExtractToDirectoryAsync(file, folder.Path);
        Assert.Equal(["about.json", "audit.db", "portal.db"], Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var key = await File.ReadAllTextAsync(Path.Combine(portal.Options.DataDirectory, "local-kms.key"));
        foreach (var part in Directory.GetFiles(folder.Path))
        {
            var text = await File.ReadAllTextAsync(part, Encoding.Latin1);
            Assert.DoesNotContain("canary of a value", text, StringComparison.Ordinal);
            Assert.DoesNotContain(key.Trim().Split('\n')[^1], text, StringComparison.Ordinal);
        }

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(file)!));
        }

        Assert.Single(Directory.GetFileSystemEntries(Path.GetDirectoryName(file)!));
    }

    [Fact]
    public async Task Each_action_is_allowed_by_its_own_permission_and_recorded()
    {
        await using var portal = await TestPortal.Start();
        var backups = portal.Get<PortalBackups>();
        var made = await backups.Create(portal.Admin, default);
        var maker = await portal.UserWith("maker", """{"Effect":"Allow","Action":["secretsportal:CreateBackup","secretsportal:ListBackups"],"Resource":"*"}""");

        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        await backups.Create(maker, default);
        Assert.Equal(2, (await backups.List(maker, default)).Backups.Count);
        foreach (var refused in (Func<Task>[])[() => backups.Open(maker, made.Name, default), () => backups.Delete(maker, made.Name, default)])
            Assert.Equal(PortalError.AccessDenied, (await Assert.ThrowsAsync<PortalException>(refused)).Error);
        await backups.Delete(portal.Admin, made.Name, default);

        Assert.Single((await backups.List(portal.Admin, default)).Backups);
        var log = await portal.Log();
        Assert.Contains(log, record => record.Action == PortalActions.CreateBackup && record.Detail!.StartsWith(made.Name, StringComparison.Ordinal));
        Assert.Contains(log, record => record.Action == PortalActions.DeleteBackup && record.Detail == made.Name);
    }

    [Theory]
    [InlineData("../local-kms.key")]
    [InlineData("secrets-portal-20260304T103000.000Z.zip")]
    [InlineData("secrets-portal-20260304T103000.000Z.zip\n")]
    [InlineData("")]
    public async Task Nothing_but_a_backup_can_be_named(string name)
    {
        await using var portal = await TestPortal.Start();

        var open = await Assert.ThrowsAsync<PortalException>(() => portal.Get<PortalBackups>().Open(portal.Admin, name, default));
        var delete = await Assert.ThrowsAsync<PortalException>(() => portal.Get<PortalBackups>().Delete(portal.Admin, name, default));

        Assert.Equal((PortalError.ResourceNotFound, PortalError.ResourceNotFound), (open.Error, delete.Error));
        Assert.True(File.Exists(Path.Combine(portal.Options.DataDirectory, "local-kms.key")));
    }

    [Fact]
    public async Task A_folder_that_can_not_be_written_to_is_said_with_the_remedy_and_leaves_nothing()
    {
        await using var portal = await TestPortal.Start();
        await File.WriteAllTextAsync(Path.Combine(portal.Options.DataDirectory, "backups"), "a file in the folder's place");

        var fault = await Assert.ThrowsAsync<PortalException>(() => portal.Get<PortalBackups>().Create(portal.Admin, default));

        Assert.Equal(PortalError.Unavailable, fault.Error);
        Assert.Contains("Let the portal's user read and write there", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_writes_a_new_file_and_never_over_another()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("secret", "value");
        using var folder = new TemporaryDirectory();

        await portal.Get<BackupCommand>().Write(folder["copy.zip"], default);
        var again = await Assert.ThrowsAsync<PortalException>(() => portal.Get<BackupCommand>().Write(folder["copy.zip"], default));

        Assert.Equal(PortalError.ResourceExists, again.Error);
        Assert.Equal(["copy.zip"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName));
        Assert.Contains(await portal.Log(), record => record.Action == PortalActions.CreateBackup && record.Detail == "copy.zip");
    }

    [Fact]
    public async Task The_status_tells_versions_parts_and_settings()
    {
        await using var portal = await TestPortal.Start();

        var detail = await portal.Get<PortalStatus>().Detail(portal.Admin, default);

        Assert.True(detail.Status.IsReady);
        Assert.Matches("^3\\.[0-9]+\\.", detail.Database!.Value.Version);
        Assert.Equal(await portal.Number("SELECT MAX(number) FROM schema_migration"), detail.Database.Value.Schema);
        Assert.True(Assert.Single(detail.Kms).IsReachable);
        Assert.True(detail.Audit!.Records > 0);
    }

    private static async Task<int> WriteOn(TestPortal portal, CancellationToken stop)
    {
        var count = 0;
        while (!stop.IsCancellationRequested)
        {
            await portal.Create($"during/{count}", "value", TestPortal.Token(count + 10));
            count++;
        }

        return count;
    }

    private static async Task Unpack(TestPortal portal, Backup backup, string folder)
    {
        await using var stream = await portal.Get<PortalBackups>().Open(portal.Admin, backup.Name, default);
        await ZipFile.ExtractToDirectoryAsync(stream, folder);
    }
}
