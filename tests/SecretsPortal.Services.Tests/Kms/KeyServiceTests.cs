using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Keys;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Services.Tests.Replicas;
using SecretsPortal.Services.Tests.Secrets;

namespace SecretsPortal.Services.Tests.Kms;

public sealed class KeyServiceTests
{
    [Fact]
    public async Task A_new_key_seals_what_names_it_by_any_of_its_names()
    {
        await using var portal = await TestPortal.Start();
        var key = await portal.CreateKey("mine");

        var number = 0;
        foreach (var name in (string[])[key.KeyId, key.Arn, "alias/mine", key.Arn.Replace($"key/{key.KeyId}", "alias/mine", StringComparison.Ordinal)])
        {
            var secret = await portal.CreateUnder($"s{++number}", name);
            Assert.Equal((name, key.KeyId), (secret.KmsKeyId, secret.Versions[0].KmsKeyId));
            Assert.Equal("one", await portal.Value(secret.Name));
            Assert.Equal(key, await portal.Keys().Get(portal.Admin, name, default));
        }

        Assert.Equal(2, (await portal.Keys().List(portal.Admin, null, null, default)).Keys.Count);
        Assert.Single(await portal.Log(), record => record.Action == "secretsportal:CreateKey" && record.Resource == key.Arn && record.Outcome == AuditOutcome.Succeeded);
    }

    [Fact]
    public async Task A_disabled_key_opens_and_seals_nothing_from_the_next_request_on_whichever_node()
    {
        await using var portal = await TestPortal.Start();
        await using var node = await portal.StartNode();
        var key = await portal.CreateKey("mine");
        await portal.CreateUnder("s", "alias/mine");
        Assert.Equal(["one", "one"], [await portal.Value("s"), await node.Value("s")]);

        await portal.Keys().Disable(portal.Admin, "alias/mine", default);

        foreach (var one in (TestPortal[])[portal, node])
        {
            await ReplicaTestExtensions.Refused(PortalError.DecryptionFailure,
                $"The stored value can't be decrypted: the KMS key {key.KeyId} that it lies under is disabled. Enable it to use the value.", () => one.Value("s"));
            await ReplicaTestExtensions.Refused(PortalError.EncryptionFailure,
                $"The value can't be encrypted: the KMS key {key.KeyId} is disabled. Enable it, or choose another key.", () => one.Put("s", "two", TestPortal.Token(2)));
        }

        await portal.Keys().Enable(portal.Admin, key.KeyId, default);
        Assert.Equal(["one", "one"], [await portal.Value("s"), await node.Value("s")]);
    }

    [Fact]
    public async Task What_the_portal_needs_is_neither_disabled_nor_deleted()
    {
        await using var portal = await TestPortal.Start();
        var former = (await portal.Keys().Get(portal.Admin, "alias/aws/secretsmanager", default)).KeyId;
        await Refused(portal, $"The default key of {TestPortal.Region} can't be disabled.", keys => keys.Disable(portal.Admin, former, default));
        await Refused(portal, $"The default key of {TestPortal.Region} can't be deleted.", keys => keys.ScheduleDeletion(portal.Admin, former, 7, default));

        var key = await portal.CreateKey("mine");
        await portal.Keys().Update(portal.Admin, key.KeyId, new UpdateKeyRequest { BecomesDefault = true }, default);

        Assert.Equal(key.KeyId, (await portal.Keys().Get(portal.Admin, "alias/aws/secretsmanager", default)).KeyId);
        Assert.Equal(key.KeyId, (await portal.Create("s")).Versions[0].KmsKeyId);
        await Refused(portal, "The portal's own keys, access keys or second factors lie under the key", keys => keys.Disable(portal.Admin, former, default));
        var job = await portal.Get<RewrapService>().Start(portal.Admin, former, key.KeyId, default);
        await portal.Get<RewrapRunner>().Tick(default);
        Assert.Equal(RewrapState.Succeeded, (await portal.Get<RewrapService>().Get(portal.Admin, job.JobId, default)).State);
        await portal.Keys().Disable(portal.Admin, former, default);
        await using var node = await portal.StartNode();
        Assert.Equal("first value", await node.Value("s"));
    }

    [Fact]
    public async Task A_key_in_use_says_by_what_and_is_removed_once_nothing_uses_it()
    {
        await using var portal = await TestPortal.Start();
        var key = await portal.CreateKey("mine");
        for (var i = 0; i < 5; i++)
            await portal.CreateUnder($"s{i}", "alias/mine");

        var uses = new List<KeyUse>();
        for (string? token = null; ;)
        {
            var page = await portal.Keys().ListUses(portal.Admin, "alias/mine", 3, token, default);
            Assert.True(page.Uses.Count <= 3);
            uses.AddRange(page.Uses);
            if ((token = page.NextToken) is null)
                break;
        }

        Assert.Equal([(KeyUseKind.SecretVersion, 5), (KeyUseKind.Secret, 5)], uses.CountBy(use => use.Kind).Select(pair => (pair.Key, pair.Value)));
        Assert.Equal(10, uses.Distinct().Count());
        var standings = await portal.Keys().Standings(portal.Admin, default);
        Assert.Equal(new KeyStanding(new KeyUseCount(key.KeyId, 5, 5, 0), portal.Clock.GetUtcNow(), Trouble: null), standings[key.KeyId]);
        // The portal's own keys lie under the default key, and no secret does.
        var own = standings.Values.Single(standing => standing.Uses.KeyId != key.KeyId).Uses;
        Assert.Equal((0, 0), (own.Secrets, own.Versions));
        Assert.True(own.OfPortal > 0);
        await Refused(portal, "The key is in use, first by version", keys => keys.ScheduleDeletion(portal.Admin, key.KeyId, 7, default));
        await Refused(portal, "Secrets name the key by alias/mine.", keys => keys.Update(portal.Admin, key.KeyId, new UpdateKeyRequest { Alias = "yours" }, default));

        for (var i = 0; i < 5; i++)
            await portal.Writer.Delete(portal.Admin, $"s{i}", null, force: true, default);
        var pending = await portal.Keys().ScheduleDeletion(portal.Admin, key.KeyId, 7, default);
        Assert.Equal((KmsKeyState.PendingDeletion, portal.Clock.GetUtcNow().AddDays(7)), (pending.State, pending.DeletionAt));
        await ReplicaTestExtensions.Refused(PortalError.InvalidParameter, "The KMS key alias/mine is pending deletion. Give another key, or cancel the deletion first.", () => portal.CreateUnder("t", "alias/mine"));
        await portal.Keys().CancelDeletion(portal.Admin, key.KeyId, default);
        await portal.Keys().Enable(portal.Admin, key.KeyId, default);
        await portal.Keys().ScheduleDeletion(portal.Admin, key.KeyId, 7, default);
        portal.Clock.Advance(TimeSpan.FromDays(7) - TimeSpan.FromSeconds(1));
        await portal.Get<KeyWatch>().Tick(default);
        Assert.Equal(KmsKeyState.PendingDeletion, (await portal.Keys().Get(portal.Admin, key.KeyId, default)).State);
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        await portal.Get<KeyWatch>().Tick(default);

        Assert.Equal(PortalError.ResourceNotFound, (await Assert.ThrowsAsync<PortalException>(() => portal.Keys().Get(portal.Admin, key.KeyId, default))).Error);
        Assert.Contains(await portal.Log(), record => record.Action == "secretsportal:KeyDeleted" && record.Resource == key.Arn);
    }

    [Fact]
    public async Task A_deletion_is_given_up_where_something_uses_the_key_by_then()
    {
        await using var portal = await TestPortal.Start();
        var key = await portal.CreateKey("mine");
        await portal.Create("s");
        await portal.Keys().ScheduleDeletion(portal.Admin, key.KeyId, 7, default);
        await portal.Execute("UPDATE secret SET kms_key_id = 'alias/mine' WHERE name = 's'");

        portal.Clock.Advance(TimeSpan.FromDays(8));
        await portal.Get<KeyWatch>().Tick(default);

        Assert.Equal(KmsKeyState.Disabled, (await portal.Keys().Get(portal.Admin, key.KeyId, default)).State);
    }

    [Theory]
    [InlineData("hsm", null, null, "The parameter provider must be one of those that are configured: local.")]
    [InlineData("local", "k", null, "The parameter reference must be left out: a local key has none of its own.")]
    [InlineData("local", null, "aws/mine", "The parameter alias can't begin with aws/.")]
    [InlineData("local", null, "my key", "The parameter alias must have 1 to 250 ASCII letters")]
    public async Task Bad_input_names_the_member(string provider, string? reference, string? alias, string message)
    {
        await using var portal = await TestPortal.Start();

        var fault = await Assert.ThrowsAsync<PortalException>(() => portal.Keys().Create(
            portal.Admin, new CreateKeyRequest { Provider = provider, Reference = reference, Alias = alias }, default));

        Assert.Equal(PortalError.InvalidParameter, fault.Error);
        Assert.StartsWith(message, fault.Message, StringComparison.Ordinal);
        Assert.Single((await portal.Keys().List(portal.Admin, null, null, default)).Keys);
    }

    [Fact]
    public async Task Each_call_needs_its_own_permission_on_the_key()
    {
        await using var portal = await TestPortal.Start();
        var (mine, yours) = (await portal.CreateKey("mine"), await portal.CreateKey("yours"));
        var user = await portal.UserWith("kim", $$"""{"Effect":"Allow","Action":["secretsportal:GetKey","secretsportal:DisableKey"],"Resource":"{{mine.Arn}}"}""");

        await portal.Keys().Get(user, "alias/mine", default);
        await portal.Keys().Disable(user, "alias/mine", default);
        foreach (var denied in (Func<KeyService, Task>[])[
            keys => keys.Get(user, yours.KeyId, default), keys => keys.Disable(user, "alias/yours", default), keys => keys.Enable(user, mine.KeyId, default),
            keys => keys.List(user, null, null, default), keys => keys.Standings(user, default), keys => keys.Create(user, new CreateKeyRequest { Provider = "local" }, default),
            keys => keys.Update(user, mine.KeyId, new UpdateKeyRequest { Description = "x" }, default), keys => keys.ScheduleDeletion(user, mine.KeyId, null, default),
            keys => keys.Get(user, "alias/none", default)])
            Assert.Equal(PortalError.AccessDenied, (await Assert.ThrowsAsync<PortalException>(() => denied(portal.Keys()))).Error);
        Assert.Equal(PortalError.AccessDenied, (await Assert.ThrowsAsync<PortalException>(() => portal.Get<RewrapService>().Rotate(user, mine.KeyId, default))).Error);
        Assert.Equal(10, (await portal.Log()).Count(record => record.Outcome == AuditOutcome.Denied));
    }

    private static async Task Refused(TestPortal portal, string message, Func<KeyService, Task> act)
    {
        var fault = await Assert.ThrowsAsync<PortalException>(() => act(portal.Keys()));
        Assert.Equal(PortalError.InvalidRequest, fault.Error);
        Assert.StartsWith(message, fault.Message, StringComparison.Ordinal);
    }
}

/// <summary>What tests of keys say often.</summary>
internal static class KeyTestExtensions
{
    public static KeyService Keys(this TestPortal portal) => portal.Get<KeyService>();

    public static Task<KeyDetail> CreateKey(this TestPortal portal, string alias) =>
        portal.Keys().Create(portal.Admin, new CreateKeyRequest { Provider = "local", Alias = alias }, default);

    public static async Task<Secret> CreateUnder(this TestPortal portal, string name, string key) => (await portal.Writer.Create(portal.Admin, new CreateSecretRequest
    {
        Name = name, ClientRequestToken = TestPortal.Token(1), Value = SecretValue.FromText("one"), KmsKeyId = key,
    }, default)).Secret;

    /// <summary>How many versions lie under a version of a key.</summary>
    public static Task<long> VersionsUnder(this TestPortal portal, string keyId, string version) =>
        new Rows(portal).Count($"SELECT COUNT(*) FROM secret_version WHERE kms_key_id = '{keyId}' AND kms_key_version = '{version}'");
}
