using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsPortal.Core.Keys;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Services;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Start;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Web.Tests.Drills;

/// <summary>
/// kill -9 of the real portal while it re-wraps: the job goes on where it stopped and every value opens. A few kills here; tests/drill.sh rewrap
/// asks for many by the environment.
/// </summary>
public sealed class RewrapDrillTests
{
    private const string KeyLabel = "drill";
    private const int VersionsOfSecret = 10;

    private static readonly int? s_kills = int.TryParse(Environment.GetEnvironmentVariable("REWRAP_KILLS"), CultureInfo.InvariantCulture, out var n) ? n : null;
    private static readonly int s_versions = int.TryParse(Environment.GetEnvironmentVariable("REWRAP_VERSIONS"), CultureInfo.InvariantCulture, out var n) ? n : 300;

    [Theory]
    [InlineData("local")]
    [InlineData("pkcs11")]
    public async Task Every_value_opens_after_each_kill_and_the_job_goes_on_where_it_stopped(string provider)
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("REWRAP_PROVIDER") is { Length: > 0 } asked && asked != provider, "Another provider was asked for.");
        var kills = s_kills ?? 2;
        await using var hsm = provider == "pkcs11" ? await SoftHsm.Start() : null;
        if (hsm is not null)
            await hsm.AddKey(KeyLabel, "01");
        await using var portal = await PortalProcess.StartWith(
            hsm is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["SOFTHSM2_CONF"] = hsm.Configuration }, Settings(hsm));
        await CreateVersions(portal);
        var run = new Run(portal, hsm);
        var resumed = 0;
        for (var kill = 1; kill <= kills; kill++)
        {
            var job = await run.OpenJob() ?? await run.NewVersion();
            // At a point of its own each time: so many rows further, and then in the middle of whatever is under way.
            var until = job.Done + RandomNumberGenerator.GetInt32(Math.Max(1, Math.Min(s_versions * 2 / kills, s_versions / 2)));
            while (await run.Find(job.JobId) is { } now && now.FinishedAt is null && now.Done < until)
                await Task.Delay(10);
            await Task.Delay(RandomNumberGenerator.GetInt32(30));
            await portal.Kill();
            var left = (await run.Find(job.JobId))!;
            resumed += left.FinishedAt is null && left.Done > 0 ? 1 : 0;
            await portal.StartAgain(Settings(hsm));
            if (s_kills is not null)
                Console.WriteLine($"rewrap {provider}: kill {kill} of {kills}, job {left.JobId[^6..]} at {left.Done} of {left.Total}");
        }

        var last = await run.Ended((await run.OpenJob() ?? await run.NewVersion()).JobId);
        Assert.Equal((RewrapState.Succeeded, 0L, last.Total), (last.State, last.Failed, last.Done));
        Assert.Equal(0, await run.VersionsNotUnder(last.TargetVersion));
        Assert.All(await run.Jobs(), job => Assert.Equal((RewrapState.Succeeded, 0L), (job.State, job.Failed)));
        await ReadAll(portal);
        Console.WriteLine($"rewrap {provider}: {kills} kills, {resumed} of them in the middle of a job, {s_versions} versions, all read; now under version {last.TargetVersion}");
    }

    private static string[] Settings(SoftHsm? hsm) =>
    [
        "--Logging:LogLevel:Default=Warning",
        .. hsm is null ? (string[])[] :
        [
            "--Portal:Kms:Provider=pkcs11", $"--Portal:Kms:KeyReference={KeyLabel}", $"--Portal:Kms:Pkcs11:ModulePath={SoftHsm.Module}",
            $"--Portal:Kms:Pkcs11:TokenLabel={SoftHsm.TokenLabel}", $"--Portal:Kms:Pkcs11:PinFile={hsm.PinFile}",
        ],
    ];

    private static string Token(int secret, int version) => $"{secret:x8}-0000-4000-8000-{version:x12}";

    private static SigningClient Client(PortalProcess portal) =>
        new(portal.Address, new SigningCredentials(PortalProcess.AccessKeyId, new SecretText(PortalProcess.SecretAccessKey)), "us-east-1");

    private static async Task CreateVersions(PortalProcess portal)
    {
        using var aws = Client(portal);
        await Parallel.ForAsync(0, s_versions / VersionsOfSecret, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (secret, _) =>
        {
            await aws.Ok("CreateSecret", new { Name = $"drill/{secret}", ClientRequestToken = Token(secret, 0), SecretString = $"value {secret}/0" });
            for (var version = 1; version < VersionsOfSecret; version++)
                await aws.Ok("PutSecretValue", new { SecretId = $"drill/{secret}", ClientRequestToken = Token(secret, version), SecretString = $"value {secret}/{version}" });
        });
    }

    private static async Task ReadAll(PortalProcess portal)
    {
        using var aws = Client(portal);
        await Parallel.ForAsync(0, s_versions, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, _) =>
        {
            var (secret, version) = (number / VersionsOfSecret, number % VersionsOfSecret);
            var answer = await aws.Ok("GetSecretValue", new { SecretId = $"drill/{secret}", VersionId = Token(secret, version) });
            Assert.Equal($"value {secret}/{version}", answer["SecretString"]);
        });
    }

    /// <summary>The jobs as the database has them, whether or not the portal runs.</summary>
    private sealed class Run(PortalProcess portal, SoftHsm? hsm)
    {
        private int _version = 1;

        public async Task<RewrapJob?> OpenJob() => (await Jobs()).FirstOrDefault(job => job.FinishedAt is null);

        public async Task<RewrapJob?> Find(string id) => (await Jobs()).FirstOrDefault(job => job.JobId == id);

        public async Task<RewrapJob> Ended(string id)
        {
            for (var i = 0; i < 3000; i++)
            {
                if (await Find(id) is { FinishedAt: not null } ended)
                    return ended;
                await Task.Delay(100);
            }

            throw new InvalidOperationException($"The re-wrapping did not end. The portal printed:\n{portal.Output}");
        }

        /// <summary>A new version of the key: in the token, which a started portal asks, or of the local key, as an administrator.</summary>
        public async Task<RewrapJob> NewVersion()
        {
            _version++;
            if (hsm is null)
                await RotateLocal();
            else
            {
                await hsm.AddKey(KeyLabel, _version.ToString("x2", CultureInfo.InvariantCulture));
                // A portal asks at its start, and then every five minutes.
                await portal.Kill();
                await portal.StartAgain(Settings(hsm));
            }

            for (var i = 0; i < 600; i++)
            {
                if (await OpenJob() is { } job)
                    return job;
                if ((await Jobs()).Count >= _version - 1)
                    return (await Jobs())[0];
                await Task.Delay(100);
            }

            throw new InvalidOperationException($"The new version was not found. The portal printed:\n{portal.Output}");
        }

        public async Task<IReadOnlyList<RewrapJob>> Jobs()
        {
            var jobs = new List<RewrapJob>();
            await Query("SELECT id, source_key_id, target_version, state, total, done, failed, finished_at, message FROM rewrap_job ORDER BY created_at DESC, id DESC", row => jobs.Add(new RewrapJob
            {
                JobId = row.GetString(0),
                SourceKeyId = row.GetString(1),
                TargetKeyId = row.GetString(1),
                TargetVersion = row.GetString(2),
                State = Enum.Parse<RewrapState>(row.GetString(3)),
                Total = row.GetInt64(4),
                Done = row.GetInt64(5),
                Failed = row.GetInt64(6),
                FinishedAt = row.IsDBNull(7) ? null : DateTimeOffset.UnixEpoch,
                Message = row.IsDBNull(8) ? null : row.GetString(8),
                StartedBy = "",
                CreatedAt = DateTimeOffset.UnixEpoch,
            }));
            return jobs;
        }

        public async Task<long> VersionsNotUnder(string version)
        {
            var count = 0L;
            await Query($"SELECT COUNT(*) FROM secret_version WHERE kms_key_version <> '{version}'", row => count = row.GetInt64(0));
            return count;
        }

        private async Task Query(string sql, Action<SqliteDataReader> read)
        {
            await using var connection = new SqliteConnection($"Data Source={Path.Combine(portal.DataDirectory, "portal.db")};Mode=ReadOnly;Pooling=False;Default Timeout=30");
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            await using var rows = await command.ExecuteReaderAsync();
            while (await rows.ReadAsync())
                read(rows);
        }

        /// <summary>By the services on the same database and key file, as another node would: no door offers it yet.</summary>
        private async Task RotateLocal()
        {
            var services = new ServiceCollection();
            services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
            services.AddSingleton<IRotationQueue, NoQueue>();
            services.AddSecretsPortal(new PortalOptions { DataDirectory = portal.DataDirectory });
            await using var node = services.BuildServiceProvider();
            await node.GetRequiredService<PortalStart>().Run(default);
            var signedIn = await node.GetRequiredService<SignInService>().SignIn(
                PortalProcess.AdminUser, new SecretText(PortalProcess.AdminPassword), new SignInOrigin("127.0.0.1", "drill"), default);
            var call = new CallContext(signedIn.Session!.User, "us-east-1", "127.0.0.1", Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString());
            await node.GetRequiredService<RewrapService>().Rotate(call, "alias/aws/secretsmanager", default);
        }
    }

    private sealed class NoQueue : IRotationQueue
    {
        public void Enqueue(string runId)
        {
        }
    }
}
