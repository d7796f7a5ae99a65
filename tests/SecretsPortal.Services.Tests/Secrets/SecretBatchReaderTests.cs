using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Tests.Secrets;

public sealed class SecretBatchReaderTests
{
    [Fact]
    public async Task What_can_be_read_comes_in_the_order_asked_for_and_the_rest_with_its_reason()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("b", "two");
        var first = await portal.Create("a", "one");
        await portal.Put("a", "one again", TestPortal.Token(2));
        await portal.Create("gone");
        await portal.Writer.Delete(portal.Admin, "gone", null, force: false, default);
        await portal.Create("empty", value: null);
        await portal.Create("hidden");
        await portal.Get<SecretPolicies>().Put(portal.Admin, "hidden", SecretPoliciesTests.Policy($$"""{"Effect":"Deny","Principal":{"AWS":"{{portal.Admin.Caller.Arn}}"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}"""), false, default);
        await Spoil(portal, await portal.Create("broken", "one"));

        var partial = first.Arn.ToString()[..^7];
        var batch = await Get(portal, portal.Admin, partial, "none", "b", "gone", "empty", "hidden", "broken", "not a name", "b");

        Assert.Equal(["one again", "two"], batch.Values.Select(v => v.Value.Text));
        Assert.Equal(
            [
                ("none", PortalError.ResourceNotFound), ("gone", PortalError.InvalidRequest), ("empty", PortalError.ResourceNotFound),
                ("hidden", PortalError.AccessDenied), ("broken", PortalError.DecryptionFailure), ("not a name", PortalError.Validation),
            ],
            batch.Failures.Select(f => (f.SecretId, f.Error)));
        Assert.Equal("Secrets Manager can't find the specified secret value for staging label: AWSCURRENT", batch.Failures[2].Message);
        Assert.EndsWith("on resource: hidden with an explicit deny in a resource-based policy", batch.Failures[3].Message, StringComparison.Ordinal);
        Assert.Null(batch.NextToken);
    }

    [Fact]
    public async Task Each_read_leaves_its_record_before_the_batchs_own_and_notes_its_day()
    {
        await using var portal = await TestPortal.Start();
        var (a, b) = (await portal.Create("a"), await portal.Create("b"));
        var before = (await portal.Log()).Count;

        await Get(portal, portal.Admin, "a", "b", "none");

        var log = (await portal.Log()).Skip(before).ToList();
        Assert.Equal(
            [
                ("secretsmanager:GetSecretValue", a.Arn.ToString(), AuditOutcome.Succeeded, $"version {TestPortal.Token(1)}, by secretsmanager:BatchGetSecretValue"),
                ("secretsmanager:GetSecretValue", b.Arn.ToString(), AuditOutcome.Succeeded, $"version {TestPortal.Token(1)}, by secretsmanager:BatchGetSecretValue"),
                ("secretsmanager:GetSecretValue", "none", AuditOutcome.Failed, "ResourceNotFound"),
                ("secretsmanager:BatchGetSecretValue", "*", AuditOutcome.Succeeded, "2 values, 1 failures"),
            ],
            log.Select(r => (r.Action, r.Resource!, r.Outcome, r.Detail!)));
        Assert.Equal(new DateOnly(2026, 3, 4), (await portal.Reader.Describe(portal.Admin, "b", default)).LastAccessedOn);
    }

    [Fact]
    public async Task Each_permission_is_needed()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("prod/a", "one");
        await portal.Create("test/a", "two");
        var reader = await portal.UserWith("reader", """{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}""");
        var batcher = await portal.UserWith("batcher", """
            {"Effect":"Allow","Action":"secretsmanager:BatchGetSecretValue","Resource":"*"},
            {"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:*:*:secret:test/*"}
            """);
        var lister = await portal.UserWith("lister", """{"Effect":"Allow","Action":["secretsmanager:BatchGetSecretValue","secretsmanager:ListSecrets"],"Resource":"*"}""");
        var byName = new BatchGetSecretValueRequest { Filters = [new SecretFilter("name", ["prod"])] };

        Assert.Equal(PortalError.AccessDenied, (await Assert.ThrowsAsync<PortalException>(() => Get(portal, reader, "test/a"))).Error);
        var mixed = await Get(portal, batcher, "prod/a", "test/a");
        Assert.Equal("two", Assert.Single(mixed.Values).Value.Text);
        Assert.Equal(("prod/a", PortalError.AccessDenied), (Assert.Single(mixed.Failures).SecretId, mixed.Failures[0].Error));
        var unlisted = await Assert.ThrowsAsync<PortalException>(() => portal.Get<SecretBatchReader>().GetValues(batcher, byName, default));
        Assert.Contains("secretsmanager:ListSecrets", unlisted.Message, StringComparison.Ordinal);
        var listed = await portal.Get<SecretBatchReader>().GetValues(lister, byName, default);
        Assert.Empty(listed.Values);
        Assert.StartsWith("arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/a-", Assert.Single(listed.Failures).SecretId, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Filters_page_with_tokens_of_their_own()
    {
        await using var portal = await TestPortal.Start();
        for (var i = 0; i < 25; i++)
        {
            portal.Clock.Advance(TimeSpan.FromSeconds(1));
            await portal.Create($"s{i:D2}", $"value {i:D2}");
        }

        await portal.Create("other");
        IReadOnlyList<SecretFilter> filters = [new SecretFilter("name", ["s"])];
        var batches = portal.Get<SecretBatchReader>();

        var first = await batches.GetValues(portal.Admin, new BatchGetSecretValueRequest { Filters = filters }, default);
        var second = await batches.GetValues(portal.Admin, new BatchGetSecretValueRequest { Filters = filters, NextToken = first.NextToken }, default);

        Assert.Equal([20, 5], new[] { first.Values.Count, second.Values.Count });
        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"value {i:D2}"), first.Values.Concat(second.Values).Select(v => v.Value.Text));
        Assert.Null(second.NextToken);
        var list = await portal.Reader.List(portal.Admin, new ListSecretsRequest { Filters = filters, MaxResults = 20 }, default);
        foreach (var foreign in new[] { list.NextToken!, first.NextToken![..^2], "" })
            Assert.Equal(PortalError.InvalidNextToken, (await Assert.ThrowsAsync<PortalException>(
                () => batches.GetValues(portal.Admin, new BatchGetSecretValueRequest { Filters = filters, NextToken = foreign }, default))).Error);
        Assert.Equal(PortalError.InvalidNextToken, (await Assert.ThrowsAsync<PortalException>(
            () => portal.Reader.List(portal.Admin, new ListSecretsRequest { Filters = filters, MaxResults = 20, NextToken = first.NextToken }, default))).Error);
    }

    private static Task<BatchOfValues> Get(TestPortal portal, CallContext call, params string[] ids) =>
        portal.Get<SecretBatchReader>().GetValues(call, new BatchGetSecretValueRequest { SecretIds = ids }, default);

    /// <summary>Moves a value to another version, where it does not open.</summary>
    private static async Task Spoil(TestPortal portal, Secret secret)
    {
        var one = await portal.Get<SecretStore>().FindValue(secret.Id, TestPortal.Token(1), default);
        await portal.Put(secret.Name, "two", TestPortal.Token(2));
        var audit = portal.Get<AuditLog>().For(portal.Admin, "test:Move", null, AuditOutcome.Succeeded);
        await portal.Get<SecretStore>().Change(secret.Id, s => new SecretChange(s, audit) { Values = [one! with { VersionId = TestPortal.Token(2) }] }, default);
    }
}
