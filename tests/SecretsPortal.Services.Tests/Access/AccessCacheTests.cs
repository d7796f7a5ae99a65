using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Services.Access;

namespace SecretsPortal.Services.Tests.Access;

/// <summary>What is kept in memory saves the store, and outlives no change.</summary>
public sealed class AccessCacheTests
{
    private const string Read = "secretsmanager:GetSecretValue";
    private const string ReadAll = """{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}""";

    private static readonly SigningCredentials s_credentials = new(TestPortal.AccessKeyId, new SecretText(TestPortal.SecretAccessKey));

    /// <summary>A change that nobody is told of shows what is kept; the same change told shows that it is dropped.</summary>
    [Theory]
    [InlineData("UPDATE access_key SET is_disabled = 1")]
    [InlineData("UPDATE caller SET is_disabled = 1 WHERE name = 'bootstrap'")]
    [InlineData("DELETE FROM access_key")]
    public async Task A_key_is_kept_until_a_change(string change)
    {
        await using var portal = await TestPortal.Start();
        await SignedCall.Authenticate(portal, s_credentials);

        await portal.ExecuteUnseen(change);
        await SignedCall.Authenticate(portal, s_credentials);

        await portal.ExecuteUnseen("UPDATE change_epoch SET value = value + 1");
        Assert.Equal(PortalError.UnrecognizedClient, (await Assert.ThrowsAsync<PortalException>(() => SignedCall.Authenticate(portal, s_credentials))).Error);
    }

    [Theory]
    [InlineData("DELETE FROM caller_policy WHERE policy_name = 'of-ann'")]
    [InlineData("""UPDATE policy SET document = '{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}' WHERE name = 'of-ann'""")]
    [InlineData("DELETE FROM caller WHERE name = 'ann'")]
    public async Task Policies_are_kept_until_a_change(string change)
    {
        await using var portal = await TestPortal.Start();
        var ann = await portal.UserWith("ann", ReadAll);
        Assert.True(await May(portal, ann));

        await portal.ExecuteUnseen($"PRAGMA foreign_keys = ON; {change}");
        Assert.True(await May(portal, ann));

        await portal.ExecuteUnseen("UPDATE change_epoch SET value = value + 1");
        Assert.False(await May(portal, ann));
    }

    [Fact]
    public async Task A_key_ends_at_its_time_though_nothing_changes()
    {
        await using var portal = await TestPortal.Start();
        var end = portal.Clock.GetUtcNow().AddMinutes(2);
        await portal.Execute($"UPDATE access_key SET expires_at = {(end - DateTimeOffset.UnixEpoch).Ticks / 10}");
        await SignedCall.Authenticate(portal, s_credentials);

        portal.Clock.Advance(TimeSpan.FromMinutes(2) - TimeSpan.FromMilliseconds(1));
        await SignedCall.Authenticate(portal, s_credentials);
        portal.Clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(PortalError.UnrecognizedClient, (await Assert.ThrowsAsync<PortalException>(() => SignedCall.Authenticate(portal, s_credentials))).Error);
    }

    [Fact]
    public async Task What_another_node_changes_counts_on_the_next_decision_here()
    {
        await using var portal = await TestPortal.Start();
        await using var other = await portal.StartNode();
        var ann = await portal.UserWith("ann", ReadAll);
        Assert.True(await May(portal, ann));
        Assert.True(await May(other, ann));

        for (var i = 0; i < 20; i++)
        {
            await other.Execute("DELETE FROM caller_policy WHERE policy_name = 'of-ann'");
            Assert.False(await May(portal, ann));
            await portal.Execute($"INSERT INTO caller_policy (caller_id, policy_name) VALUES ('{ann.Caller.Id}', 'of-ann')");
            Assert.True(await May(other, ann));
        }
    }

    [Fact]
    public async Task A_groups_policies_count_until_the_caller_leaves_it()
    {
        await using var portal = await TestPortal.Start();
        var ann = await portal.UserWith("ann", """{"Effect":"Allow","Action":"secretsmanager:ListSecrets","Resource":"*"}""");
        await portal.UserWith("bob", ReadAll);
        await portal.Execute("""
            INSERT INTO caller_group (id, name, created_at) VALUES ('g', 'readers', 0);
            INSERT INTO group_policy (group_id, policy_name) VALUES ('g', 'of-bob')
            """);
        Assert.False(await May(portal, ann));

        await portal.Execute($"INSERT INTO group_member (group_id, caller_id) VALUES ('g', '{ann.Caller.Id}')");
        Assert.True(await May(portal, ann));
        await portal.Execute("DELETE FROM group_member");
        Assert.False(await May(portal, ann));
    }

    [Fact]
    public async Task A_policy_that_cannot_be_read_denies_everything_until_it_is_mended()
    {
        await using var portal = await TestPortal.Start();
        var ann = await portal.UserWith("ann", ReadAll);
        await portal.Execute($"INSERT INTO policy (name, document) VALUES ('broken', '['); INSERT INTO caller_policy VALUES ('{ann.Caller.Id}', 'broken')");

        var refused = await portal.Get<Authorizer>().Decide(ann, Read, "*", secret: null, default);
        Assert.Equal((false, "The policy broken can't be read, so nothing is allowed."), (refused.IsAllowed, refused.Reason));

        await portal.Execute($"UPDATE policy SET document = (SELECT document FROM policy WHERE name = 'of-ann') WHERE name = 'broken'");
        Assert.True(await May(portal, ann));
    }

    [Fact]
    public void A_policy_is_parsed_once_and_a_full_cache_stays_within_its_bound()
    {
        var cache = new PolicyCache(capacity: 200);
        var first = cache.Read(Document(1), isResourcePolicy: false);

        Assert.Same(first, cache.Read(Document(1), isResourcePolicy: false));
        // As a resource policy it lacks a Principal; that is remembered, too.
        Assert.Null(cache.Read(Document(1), isResourcePolicy: true));
        Assert.Equal(2, cache.Count);
        cache.Read(Document(2), isResourcePolicy: false);
        cache.Read(Document(3), isResourcePolicy: false);
        Assert.InRange(cache.Count, 1, 2);
        Assert.NotNull(cache.Read(Document(1), isResourcePolicy: false));
    }

    [Fact]
    public async Task Made_up_key_ids_drive_out_none_that_is_in_use()
    {
        await using var portal = await TestPortal.Start();
        var cache = portal.Get<AccessCache>();
        var known = await Key(TestPortal.AccessKeyId);
        Assert.NotNull(known);

        for (var i = 0; i < 10_050; i++)
            Assert.Null(await Key($"AKIA{i:D16}"));

        Assert.Same(known, await Key(TestPortal.AccessKeyId));

        async Task<KnownKey?> Key(string id) => await cache.FindKey(id, (await cache.Now(default)).Access, default);
    }

    private static async Task<bool> May(TestPortal portal, CallContext call) =>
        (await portal.Get<Authorizer>().Decide(call, Read, "arn:aws:secretsmanager:us-east-1:123456789012:secret:s-AbCdEf", secret: null, default)).IsAllowed;

    private static string Document(int number) =>
        $$$"""{"Statement":{"Sid":"s{{{number}}}","Effect":"Allow","Action":"*","Resource":"*"}}""";
}
