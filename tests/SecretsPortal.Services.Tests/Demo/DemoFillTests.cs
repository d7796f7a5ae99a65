using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Demo;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Rotation.Functions;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Services.Start;
using SecretsPortal.Storage;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Services.Tests.Demo;

/// <summary>A demonstration, filled once for all the tests.</summary>
public sealed class DemoFillTests(DemoFillTests.Filled filled) : IClassFixture<DemoFillTests.Filled>
{
    [Fact]
    public async Task The_log_of_thirty_days_verifies_and_has_what_was_refused_too()
    {
        var seen = await filled.Get<AuditVerifier>().Verify([], progress: null, default);

        Assert.Empty(seen.Findings);
        Assert.InRange(seen.Records, 1500, 20_000);
        Assert.True(seen.Checkpoints > 50, $"{seen.Checkpoints} checkpoints");
        var log = filled.Get<AuditStore>();
        var newest = await log.Search(new AuditQuery { Limit = 1 }, default);
        var oldest = await log.Search(new AuditQuery { Before = 2, Limit = 1 }, default);
        Assert.InRange((newest[0].Record.At - oldest[0].Record.At).TotalDays, 29.9, 30.1);
        Assert.NotEmpty(await log.Search(new AuditQuery { Outcome = AuditOutcome.Denied, Limit = 5 }, default));
        Assert.NotEmpty(await log.Search(new AuditQuery { Outcome = AuditOutcome.Failed, Limit = 5 }, default));
    }

    [Fact]
    public async Task Rotations_are_in_every_state_that_somebody_must_know()
    {
        var page = await filled.Get<RotationOverview>().List(await filled.Admin(), health: null, maxResults: 100, nextToken: null, default);

        foreach (var health in new[] { RotationHealth.Failed, RotationHealth.Retrying, RotationHealth.Overdue, RotationHealth.OutOfSync })
            Assert.True(page.Counts.GetValueOrDefault(health) > 0, $"none is {health}: {string.Join(", ", page.Counts)}");
        Assert.True(page.Counts[RotationHealth.Healthy] >= 15);
    }

    [Fact]
    public async Task Secrets_are_of_all_kinds_with_folders_tags_and_copies_elsewhere()
    {
        var secrets = new List<Secret>();
        for (string? next = null; secrets.Count == 0 || next is not null;)
        {
            var page = await filled.Get<SecretReader>().List(await filled.Admin(), new ListSecretsRequest { MaxResults = 100, NextToken = next, IncludePlannedDeletion = true }, default);
            secrets.AddRange(page.Secrets);
            next = page.NextToken;
        }

        Assert.InRange(secrets.Count, 60, 120);
        Assert.Equal(Enum.GetValues<SecretKind>().Order(), secrets.Select(secret => secret.Kind!.Value).Distinct().Order());
        Assert.All(secrets, secret => Assert.True(secret.Name.Contains('/', StringComparison.Ordinal) && secret.Tags is { Count: > 0 }));
        Assert.Contains(secrets, secret => secret.DeletedAt is not null);
        Assert.Contains(secrets, secret => secret.Replicas.Count > 0);
    }

    [Fact]
    public async Task There_are_people_groups_programs_policies_and_functions()
    {
        var names = new NameQuery { Limit = 100 };
        var users = (await filled.Get<UserService>().List(await filled.Admin(), names, default)).Users;
        Assert.True(users.Count > 8);
        // Whoever is in the log has been seen; one left before the first day.
        Assert.Equal(["ext.kruger"], users.Where(user => user.LastSeenAt is null).Select(user => user.Name));
        Assert.True((await filled.Get<GroupService>().List(await filled.Admin(), names, default)).Groups.Count > 5);
        Assert.True((await filled.Get<ClientService>().List(await filled.Admin(), names, default)).Clients.Count > 8);
        Assert.Contains((await filled.Get<PolicyService>().List(await filled.Admin(), names, default)).Policies, policy => policy.Name == "TeamSecrets");
        Assert.Equal(2, (await filled.Get<FunctionService>().List(await filled.Admin(), names, default)).Functions.Count);
    }

    [Fact]
    public void The_clock_is_the_systems_afterwards() =>
        Assert.InRange((filled.Get<TimeProvider>().GetUtcNow() - TimeProvider.System.GetUtcNow()).TotalSeconds, -1, 1);

    [Fact]
    public async Task What_a_function_of_the_demonstration_put_was_put_by_its_own_credentials()
    {
        var puts = await filled.Get<AuditStore>().Search(new AuditQuery { Action = "secretsmanager:PutSecretValue", Limit = 100 }, default);

        Assert.Contains(puts, put => put.Record.Caller.EndsWith(":function:rotate-partner-api", StringComparison.Ordinal) && put.Record.Outcome == AuditOutcome.Succeeded);
    }

    [Fact]
    public async Task A_store_that_is_not_empty_is_refused_and_left_alone()
    {
        await using var again = Filled.Services(filled.Options);
        var first = await again.GetRequiredService<PortalStart>().Run(default);
        var before = await again.GetRequiredService<AuditStore>().Search(new AuditQuery { Limit = 1 }, default);

        var refused = await Assert.ThrowsAsync<PortalStartException>(() => again.GetRequiredService<DemoFill>().Run(first, functions: null, default));

        Assert.Contains("is not empty", refused.Message, StringComparison.Ordinal);
        Assert.True(DemoFill.IsFilled(filled.Options.DataDirectory));
        Assert.Equal(before[0].Sequence, (await again.GetRequiredService<AuditStore>().Search(new AuditQuery { Limit = 1 }, default))[0].Sequence);
    }

    public sealed class Filled : IAsyncLifetime
    {
        private readonly TemporaryDirectory _directory = new();
        private ServiceProvider _services = default!;

        internal PortalOptions Options { get; private set; } = default!;

        internal T Get<T>() where T : notnull => _services.GetRequiredService<T>();

        internal async Task<CallContext> Admin()
        {
            var admin = await Get<CallerStore>().Find(CallerKind.User, "admin", default);
            return new CallContext(CallerArn.CallerOf(admin!, Options.AccountId, null), Options.Region, "127.0.0.1", "test");
        }

        internal static ServiceProvider Services(PortalOptions options) => new ServiceCollection()
            .AddSingleton<IRotationQueue, NoQueue>()
            .AddSingleton(typeof(ILogger<>), typeof(NullLogger<>))
            .AddSecretsPortal(options)
            .AddDemo()
            .BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true });

        public async ValueTask InitializeAsync()
        {
            Options = new PortalOptions { DataDirectory = _directory.Path, IsDemo = true, Regions = ["us-east-1", "eu-central-1"], BootstrapAdminPassword = new SecretText("a password of the tests") };
            _services = Services(Options);
            await Get<DemoFill>().Run(await Get<PortalStart>().Run(default), functions: null, default);
        }

        public async ValueTask DisposeAsync()
        {
            await _services.DisposeAsync();
            _directory.Dispose();
        }
    }

    private sealed class NoQueue : IRotationQueue
    {
        public void Enqueue(string runId) => throw new InvalidOperationException("While the history is filled in, the host's queue has nothing to do.");
    }
}
