using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services;
using SecretsPortal.Services.Audit;
using SecretsPortal.Storage;

namespace SecretsPortal.Web.Tests.Drills;

/// <summary>
/// A client that reads a secret, and ways to take that from it, one after the other. Each change is made on one host, and the next request goes
/// to the other one, which has answered the client a moment before and so has everything in memory.
/// </summary>
internal sealed class RevocationDrill
{
    private const string PolicyName = "drill";
    private const string Allow = """{"Statement":{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}}""";
    private const string Deny = """{"Statement":{"Effect":"Deny","Action":"secretsmanager:GetSecretValue","Resource":"*"}}""";
    private const int MostPolicies = 10;

    private readonly TestPortal[] _hosts;
    private readonly AuditRecord _audit;
    private readonly StoredCaller _client;
    private readonly StoredAccessKey _key;
    private readonly Way[] _ways;
    private readonly Dictionary<string, (int Refused, int Late)> _found = [];
    private readonly List<double> _milliseconds = [];

    private RevocationDrill(TestPortal[] hosts, AuditRecord audit, StoredCaller client, StoredAccessKey key, StoredGroup group)
    {
        (_hosts, _audit, _client, _key) = (hosts, audit, client, key);
        _ways =
        [
            new("disable the key", s => SetKey(s, isDisabled: true), s => SetKey(s, isDisabled: false)),
            new("delete the key", s => s.Get<ClientStore>().DeleteKey(client.Id, key.AccessKeyId, audit, default), AddKey),
            new("disable the client", s => SetClient(s, isDisabled: true), s => SetClient(s, isDisabled: false)),
            new("delete the client", s => s.Get<ClientStore>().Delete(client.Id, audit, default), AddClient),
            new("detach the policy", s => Detach(s, Client), s => Attach(s, Client)),
            new("change the policy", s => SetPolicy(s, Deny), s => SetPolicy(s, Allow)),
            new("leave the group", s => Membership(s, joined: [], left: [group.Id]), _ => Task.CompletedTask)
            {
                Prepare = async s =>
                {
                    await Membership(s, joined: [group.Id], left: []);
                    await Detach(s, Client);
                },
                Restore = s => Attach(s, Client),
            },
        ];
    }

    /// <summary>How many revocations were seen by the first request after them.</summary>
    public int Refused => _found.Values.Sum(f => f.Refused);

    /// <summary>How many were not.</summary>
    public int Late => _found.Values.Sum(f => f.Late);

    private PolicyHolder Client => new(_client.Id, CallerKind.Client, _client.Name);

    /// <summary>Makes the secret, the group and the client's policy. The client and its key are those of the first start.</summary>
    public static async Task<RevocationDrill> Begin(TestPortal first, TestPortal second)
    {
        await first.Aws.Ok("CreateSecret", new { Name = "drill", ClientRequestToken = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString(), SecretString = "value" });
        var audit = first.Services.GetRequiredService<AuditLog>().For(
            new CallContext(await first.SignIn(), TestPortal.Region, "127.0.0.1", "drill"), "test:Drill", null, AuditOutcome.Succeeded);
        var services = first.Services;
        var (key, client) = (await services.Get<CallerStore>().FindAccessKey(TestPortal.AccessKeyId, default))!.Value;
        var group = new StoredGroup { Id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString("N"), Name = "drill", CreatedAt = client.CreatedAt };
        await services.Get<GroupStore>().Add(group, audit, default);
        await services.Get<PolicyStore>().Add(new StoredPolicy(PolicyName, Allow), audit, default);
        var drill = new RevocationDrill([first, second], audit, client, key, group);
        foreach (var attached in await services.Get<PolicyStore>().FindAttached(client.Id, default))
            await services.Get<PolicyStore>().Detach(drill.Client, attached, audit, rule: null, default);
        await drill.Attach(services, drill.Client);
        await services.Get<PolicyStore>().Attach(new PolicyHolder(group.Id, null, group.Name), PolicyName, MostPolicies, audit, rule: null, default);
        return drill;
    }

    /// <summary>One revocation: allowed on both hosts before, refused on both after, and allowed again once it is undone.</summary>
    public async Task Round(int round)
    {
        var way = _ways[round % _ways.Length];
        var (here, other) = (_hosts[round / _ways.Length % 2], _hosts[(round / _ways.Length + 1) % 2]);
        await way.Prepare(here.Services);
        Assert.Equal(HttpStatusCode.OK, (await Read(here)).Status);
        Assert.Equal(HttpStatusCode.OK, (await Read(other)).Status);

        await way.Revoke(here.Services);
        var started = Stopwatch.GetTimestamp();
        var answers = (ApiAnswer[])[await Read(other), await Read(here)];
        _milliseconds.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds / answers.Length);

        var isRefused = answers.All(a => a is { Status: HttpStatusCode.BadRequest, ErrorType: "AccessDeniedException" or "UnrecognizedClientException" });
        var (refused, late) = _found.GetValueOrDefault(way.Name);
        _found[way.Name] = isRefused ? (refused + 1, late) : (refused, late + 1);
        await way.Undo(here.Services);
        await way.Restore(here.Services);
    }

    public override string ToString() =>
        $"{Refused + Late} revocations, {Refused} refused on the first request on each of two hosts, {Late} not; a refusal took {_milliseconds.Order().ElementAt(_milliseconds.Count / 2):0.0} ms (median)\n"
        + string.Join('\n', _found.Select(f => $"  {f.Key}: {f.Value.Refused} refused, {f.Value.Late} not"));

    private static Task<ApiAnswer> Read(TestPortal host) => host.Aws.Call("GetSecretValue", new { SecretId = "drill" });

    private async Task SetKey(IServiceProvider services, bool isDisabled) => Assert.NotNull(await services.Get<ClientStore>().ChangeKey(
        _client.Id, _key.AccessKeyId, k => new KeyChange(k with { IsDisabled = isDisabled }, _audit), default));

    private async Task SetClient(IServiceProvider services, bool isDisabled) => Assert.NotNull(await services.Get<ClientStore>().Change(
        _client.Id, c => new CallerChange(c with { IsDisabled = isDisabled }, _audit), default));

    private async Task AddKey(IServiceProvider services) =>
        Assert.Equal(KeyAddition.Added, await services.Get<ClientStore>().AddKey(_key, most: 2, _audit, default));

    private async Task AddClient(IServiceProvider services) => Assert.True(await services.Get<CallerStore>().Add(
        new CallerAddition { Callers = [_client], AccessKeys = [_key], Attachments = [(_client.Id, PolicyName)] }, _audit, default));

    private async Task Attach(IServiceProvider services, PolicyHolder holder) =>
        Assert.True(await services.Get<PolicyStore>().Attach(holder, PolicyName, MostPolicies, _audit, rule: null, default));

    private async Task Detach(IServiceProvider services, PolicyHolder holder) =>
        Assert.True(await services.Get<PolicyStore>().Detach(holder, PolicyName, _audit, rule: null, default));

    private async Task SetPolicy(IServiceProvider services, string document) => Assert.NotNull(await services.Get<PolicyStore>().Change(
        PolicyName, p => (p with { Document = document }, _audit), rule: null, default));

    private async Task Membership(IServiceProvider services, string[] joined, string[] left) => Assert.True(
        await services.Get<GroupStore>().ChangeMemberships(_client.Id, joined, left, most: 10, _audit, rule: null, default));

    /// <summary>A way to take access away, and to give it back.</summary>
    private sealed record Way(string Name, Func<IServiceProvider, Task> Revoke, Func<IServiceProvider, Task> Undo)
    {
        public Func<IServiceProvider, Task> Prepare { get; init; } = _ => Task.CompletedTask;

        public Func<IServiceProvider, Task> Restore { get; init; } = _ => Task.CompletedTask;
    }
}

file static class ServiceExtensions
{
    public static T Get<T>(this IServiceProvider services) where T : notnull => services.GetRequiredService<T>();
}
