using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Services.Start;
using SecretsPortal.Storage;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Services.Tests;

/// <summary>The services on a real SQLite database and a real key file in a temporary folder, with a clock that a test moves.</summary>
internal sealed class TestPortal : IAsyncDisposable
{
    public const string AccessKeyId = "AKIATESTOFSERVICES01";
    public const string SecretAccessKey = "secret-half-of-the-tests-access-key";
    public const string Region = "us-east-1";
    public const string Account = "123456789012";

    private readonly TemporaryDirectory? _owned;
    private readonly ServiceProvider _services;

    private TestPortal(TemporaryDirectory? owned, PortalOptions options, FakeTimeProvider clock, Action<IServiceCollection>? configure = null)
    {
        _owned = owned;
        Options = options;
        Clock = clock;
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(clock);
        services.AddSingleton<IRotationQueue>(Queue);
        services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddSecretsPortal(options);
        configure?.Invoke(services);
        _services = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true });
    }

    public PortalOptions Options { get; }

    public FakeTimeProvider Clock { get; }

    public ListQueue Queue { get; } = new();

    /// <summary>May do everything.</summary>
    public CallContext Admin { get; private set; } = null!;

    public SecretWriter Writer => Get<SecretWriter>();

    public SecretTagger Tagger => Get<SecretTagger>();

    public SecretReader Reader => Get<SecretReader>();

    public static PortalOptions OptionsIn(string directory) => new()
    {
        DataDirectory = directory,
        AccountId = Account,
        Region = Region,
        Regions = [Region, "eu-central-1", "ap-southeast-2"],
        BootstrapAdminPassword = new SecretText("a password of the tests"),
        BootstrapAccessKeyId = AccessKeyId,
        BootstrapSecretAccessKey = new SecretText(SecretAccessKey),
    };

    public static Task<TestPortal> Start(Action<IServiceCollection>? configure = null)
    {
        var directory = new TemporaryDirectory();
        return Start(Unstarted(OptionsIn(directory.Path), directory, configure));
    }

    /// <summary>A portal in a folder of its own with other options.</summary>
    public static Task<TestPortal> StartOwned(Func<PortalOptions, PortalOptions> with)
    {
        var directory = new TemporaryDirectory();
        return Start(Unstarted(with(OptionsIn(directory.Path)), directory));
    }

    /// <summary>A portal by the machine's own clock, for what is measured.</summary>
    public static Task<TestPortal> StartReal(PortalOptions options, Action<IServiceCollection> configure) =>
        Start(Unstarted(options, owned: null, services =>
        {
            services.AddSingleton(TimeProvider.System);
            configure(services);
        }));

    /// <summary>A portal with options of the test's own.</summary>
    public static Task<TestPortal> StartWith(PortalOptions options, Action<IServiceCollection>? configure = null) => Start(Unstarted(options, owned: null, configure));

    /// <summary>Another node on the database and the key of this one, with a clock of its own.</summary>
    public Task<TestPortal> StartNode() => Start(Unstarted(Options));

    private static async Task<TestPortal> Start(TestPortal portal)
    {
        await portal.Get<PortalStart>().Run(default);
        var admin = await portal.Get<CallerStore>().Find(CallerKind.User, "admin", default);
        portal.Admin = portal.CallOf(CallerArn.CallerOf(admin!, Account, null));
        return portal;
    }

    public static TestPortal Unstarted(PortalOptions options, TemporaryDirectory? owned = null, Action<IServiceCollection>? configure = null) =>
        new(owned, options, new FakeTimeProvider(new DateTimeOffset(2026, 3, 4, 10, 30, 0, TimeSpan.Zero)), configure);

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    /// <summary>The administrator in another region.</summary>
    public CallContext AdminIn(string region) => Admin with { Region = region };

    public CallContext CallOf(Caller caller) => new(caller, Region, "203.0.113.7", "request-1");

    /// <summary>A user with one policy of these statements.</summary>
    public async Task<CallContext> UserWith(string name, string statements)
    {
        var now = Clock.GetUtcNow();
        var user = new StoredCaller { Id = Guid.CreateVersion7(now).ToString("N"), Kind = CallerKind.User, Name = name, CreatedAt = now };
        var added = await Get<CallerStore>().Add(
            new CallerAddition
            {
                Callers = [user],
                Policies = [new StoredPolicy($"of-{name}", $$"""{"Version":"2012-10-17","Statement":[{{statements}}]}""")],
                Attachments = [(user.Id, $"of-{name}")],
            },
            Get<AuditRecorder>().For(Admin, "test:AddUser", name, AuditOutcome.Succeeded), default);
        Assert.True(added);
        return CallOf(CallerArn.CallerOf(user, Account, null));
    }

    public async Task<Secret> Create(string name, string? value = "first value", string? token = null) =>
        (await Writer.Create(Admin, new CreateSecretRequest { Name = name, ClientRequestToken = token ?? Token(1), Value = value is null ? null : SecretValue.FromText(value) }, default)).Secret;

    public Task<WrittenSecret> Put(string id, string value, string token, params string[]? stages) => Writer.PutValue(
        Admin, new PutSecretValueRequest(id, token, SecretValue.FromText(value), stages is { Length: > 0 } ? stages : null), default);

    public async Task<string> Value(string id, string? versionId = null, string? stage = null) =>
        (await Reader.GetValue(Admin, id, versionId, stage, default)).Value.Text;

    /// <summary>The log, oldest first.</summary>
    public async Task<IReadOnlyList<AuditRecord>> Log() =>
        [.. (await Get<AuditStore>().Search(new AuditQuery { Limit = 500 }, default)).Select(e => e.Record).Reverse()];

    /// <summary>Changes the database as another node would, which raises the number that caches are checked by.</summary>
    public Task Execute(string sql) => ExecuteUnseen($"{sql}; UPDATE change_epoch SET value = value + 1 WHERE name = 'access'");

    /// <summary>Changes the database as only somebody with a tool of the database could: nobody is told.</summary>
    public async Task ExecuteUnseen(string sql) => Assert.NotEqual(0, await ExecuteUnseenAlways(sql));

    /// <summary>As <see cref="ExecuteUnseen"/>, for what changes no rows.</summary>
    public async Task<int> ExecuteUnseenAlways(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(Options.DataDirectory, "portal.db")}");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>A number out of the database.</summary>
    public async Task<long> Number(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(Options.DataDirectory, "portal.db")}");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>A token of the right form that tests can tell apart.</summary>
    public static string Token(int number) => $"00000000-0000-4000-8000-{number:D12}";

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _owned?.Dispose();
    }
}

/// <summary>Keeps what would be executed until the test executes it.</summary>
internal sealed class ListQueue : IRotationQueue
{
    public List<string> RunIds { get; } = [];

    public void Enqueue(string runId) => RunIds.Add(runId);
}
