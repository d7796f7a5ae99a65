using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;
using static SecretsPortal.Services.Tests.Secrets.SecretWriterTests;

namespace SecretsPortal.Services.Tests.Secrets;

public sealed class SecretReaderTests
{
    [Fact]
    public async Task What_is_missing_is_named_as_clients_expect()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s", "one");
        await portal.Put("s", "two", TestPortal.Token(2));
        await portal.Create("empty", value: null);

        await Refused(PortalError.ResourceNotFound, "Secrets Manager can't find the specified secret.", () => portal.Value("none"));
        await Refused(PortalError.ResourceNotFound, "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT", () => portal.Value("empty"));
        await Refused(PortalError.ResourceNotFound, "Secrets Manager can't find the specified secret value for staging label: MINE", () => portal.Value("s", stage: "MINE"));
        await Refused(PortalError.ResourceNotFound, $"Secrets Manager can't find the specified secret value for VersionId: {TestPortal.Token(9)}", () => portal.Value("s", TestPortal.Token(9)));
        await Refused(PortalError.InvalidRequest, "You provided a VersionStage that is not associated to the provided VersionId.", () => portal.Value("s", TestPortal.Token(1), StagingLabels.Current));
        await Refused(PortalError.Validation, SecretName.InvalidMessage, () => portal.Value("not a name"));
        Assert.Equal("one", await portal.Value("s", TestPortal.Token(1), StagingLabels.Previous));
    }

    [Fact]
    public async Task A_secret_is_found_by_name_ARN_and_partial_ARN_of_its_own_region_and_account()
    {
        await using var portal = await TestPortal.Start();
        var arn = (await portal.Create("a/b", "value")).Arn.ToString();

        Assert.Equal("value", await portal.Value(arn));
        Assert.Equal("value", await portal.Value(arn[..^7]));
        foreach (var other in new[] { arn.Replace("us-east-1", "eu-central-1", StringComparison.Ordinal), arn.Replace("123456789012", "999999999999", StringComparison.Ordinal) })
            await Refused(PortalError.ResourceNotFound, "Secrets Manager can't find the specified secret.", () => portal.Value(other));
    }

    [Fact]
    public async Task Binary_values_return_byte_for_byte()
    {
        await using var portal = await TestPortal.Start();
        byte[] bytes = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        await portal.Writer.Create(portal.Admin, new CreateSecretRequest { Name = "b", ClientRequestToken = TestPortal.Token(1), Value = SecretValue.FromBytes(bytes) }, default);

        var value = (await portal.Reader.GetValue(portal.Admin, "b", null, null, default)).Value;

        Assert.False(value.IsText);
        Assert.Equal(bytes, value.Bytes.ToArray());
    }

    [Fact]
    public async Task Without_permission_nobody_learns_which_names_exist_and_the_denial_is_recorded()
    {
        await using var portal = await TestPortal.Start();
        var secret = await portal.Create("prod/db", "value");
        await portal.Create("prod/shared");
        await portal.Get<SecretPolicies>().Put(portal.Admin, "prod/shared", SecretPoliciesTests.Policy("""{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/another"},"Action":"*","Resource":"*"}"""), true, default);
        var reader = await portal.UserWith("reader", """{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:*:*:secret:dev/*"}""");

        var there = await Assert.ThrowsAsync<PortalException>(() => portal.Reader.GetValue(reader, "prod/db", null, null, default));
        var record = (await portal.Log())[^1];
        var shared = await Assert.ThrowsAsync<PortalException>(() => portal.Reader.GetValue(reader, "prod/shared", null, null, default));
        var byArn = await Assert.ThrowsAsync<PortalException>(() => portal.Reader.GetValue(reader, secret.Arn.ToString()[..^7], null, null, default));
        var absent = await Assert.ThrowsAsync<PortalException>(() => portal.Reader.GetValue(reader, "prod/none", null, null, default));
        var allowed = await Assert.ThrowsAsync<PortalException>(() => portal.Reader.GetValue(reader, "dev/none", null, null, default));

        Assert.Equal((PortalError.AccessDenied, PortalError.AccessDenied, PortalError.ResourceNotFound), (there.Error, absent.Error, allowed.Error));
        const string because = "because no identity-based policy allows the secretsmanager:GetSecretValue action";
        Assert.Equal($"User: arn:aws:iam::123456789012:user/reader is not authorized to perform: secretsmanager:GetSecretValue on resource: prod/db {because}", there.Message);
        Assert.Equal(there.Message.Replace("prod/db", "prod/none", StringComparison.Ordinal), absent.Message);
        Assert.Equal(there.Message.Replace("prod/db", "prod/shared", StringComparison.Ordinal), shared.Message);
        Assert.EndsWith($"on resource: {secret.Arn.ToString()[..^7]} {because}", byArn.Message, StringComparison.Ordinal);
        Assert.Equal((secret.Arn.ToString(), $"No statement allows secretsmanager:GetSecretValue on {secret.Arn}."), (record.Resource, record.Detail));
        Assert.Equal([AuditOutcome.Denied, AuditOutcome.Denied, AuditOutcome.Failed], (await portal.Log()).TakeLast(3).Select(r => r.Outcome));
    }

    [Fact]
    public async Task Tags_names_and_addresses_are_conditions_and_a_deny_wins()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s", "value");
        await portal.Tagger.Tag(portal.Admin, "s", [new SecretTag("team", "blue")], default);
        var blue = await portal.UserWith("blue", """{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"blue","secretsmanager:Name":"s"},"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}""");
        var red = await portal.UserWith("red", """{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*","Condition":{"StringEquals":{"secretsmanager:ResourceTag/team":"red"}}}""");
        var denied = await portal.UserWith("denied", """{"Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"No","Effect":"Deny","Action":"secretsmanager:GetSecretValue","Resource":"*"}""");

        Assert.Equal("value", (await portal.Reader.GetValue(blue, "s", null, null, default)).Value.Text);
        foreach (var call in new[] { blue with { SourceAddress = "198.51.100.1" }, red, denied })
            Assert.Equal(PortalError.AccessDenied, (await Assert.ThrowsAsync<PortalException>(() => portal.Reader.GetValue(call, "s", null, null, default))).Error);
        Assert.Contains("of-denied/No", (await portal.Log())[^1].Detail!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_follow_each_other_and_a_token_serves_its_own_query_alone()
    {
        await using var portal = await TestPortal.Start();
        for (var i = 0; i < 5; i++)
        {
            await portal.Create($"s{i}", "value");
            portal.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        var names = new List<string>();
        string? token = null;
        do
        {
            var page = await portal.Reader.List(portal.Admin, new ListSecretsRequest { MaxResults = 2, NextToken = token }, default);
            names.AddRange(page.Secrets.Select(s => s.Name));
            token = page.NextToken;
        }
        while (token is not null);
        Assert.Equal(["s0", "s1", "s2", "s3", "s4"], names);

        Assert.Null((await portal.Reader.List(portal.Admin, new ListSecretsRequest { MaxResults = 5 }, default)).NextToken);

        var first = (await portal.Reader.List(portal.Admin, new ListSecretsRequest { MaxResults = 2 }, default)).NextToken!;
        var other = await portal.UserWith("other", """{"Effect":"Allow","Action":"*","Resource":"*"}""");
        await AssertInvalid(portal.Admin, new ListSecretsRequest { NextToken = first, Descending = true });
        await AssertInvalid(portal.Admin, new ListSecretsRequest { NextToken = first, Filters = [new SecretFilter("name", ["s"])] });
        await AssertInvalid(other, new ListSecretsRequest { NextToken = first });
        await AssertInvalid(portal.Admin with { Region = "eu-central-1" }, new ListSecretsRequest { NextToken = first });
        foreach (var forged in new[] { "", "AAAA", "no base64!", first[..^2], first + "AA", (first[0] == 'A' ? 'B' : 'A') + first[1..] })
            await AssertInvalid(portal.Admin, new ListSecretsRequest { NextToken = forged });

        async Task AssertInvalid(CallContext call, ListSecretsRequest request) =>
            Assert.Equal(PortalError.InvalidNextToken, (await Assert.ThrowsAsync<PortalException>(() => portal.Reader.List(call, request, default))).Error);
    }

    [Fact]
    public async Task Versions_page_and_those_without_labels_show_only_when_asked_for()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s", "1");
        for (var i = 2; i <= 4; i++)
            await portal.Put("s", $"{i}", TestPortal.Token(i));

        Assert.Equal([TestPortal.Token(3), TestPortal.Token(4)], (await portal.Reader.ListVersions(portal.Admin, "s", false, null, null, default)).Versions.Select(v => v.VersionId));
        var first = await portal.Reader.ListVersions(portal.Admin, "s", true, 3, null, default);
        var second = await portal.Reader.ListVersions(portal.Admin, "s", true, 3, first.NextToken, default);
        Assert.Equal([3, 1], new[] { first.Versions.Count, second.Versions.Count });
        Assert.Null(second.NextToken);
    }

    [Fact]
    public async Task A_read_notes_its_day()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s", "1");
        await portal.Value("s");

        var secret = await portal.Reader.Describe(portal.Admin, "s", default);

        Assert.Equal(new DateOnly(2026, 3, 4), secret.LastAccessedOn);
        Assert.Equal(new DateOnly(2026, 3, 4), secret.Versions[0].LastAccessedOn);
    }

    [Fact]
    public async Task A_value_that_was_moved_to_another_version_does_not_open()
    {
        await using var portal = await TestPortal.Start();
        var secret = await portal.Create("s", "one");
        await portal.Put("s", "two", TestPortal.Token(2));
        var one = await portal.Get<SecretStore>().FindValue(secret.Id, TestPortal.Token(1), default);
        var audit = portal.Get<AuditLog>().For(portal.Admin, "test:Move", null, AuditOutcome.Succeeded);
        await portal.Get<SecretStore>().Change(secret.Id, s => new SecretChange(s, audit) { Values = [one! with { VersionId = TestPortal.Token(2) }] }, default);

        Assert.Equal(PortalError.DecryptionFailure, (await Assert.ThrowsAsync<PortalException>(() => portal.Value("s"))).Error);
        Assert.Equal(("secretsmanager:GetSecretValue", AuditOutcome.Failed), ((await portal.Log())[^1].Action, (await portal.Log())[^1].Outcome));
    }

    [Fact]
    public async Task The_log_is_searched_in_pages_by_those_who_may()
    {
        await using var portal = await TestPortal.Start();
        for (var i = 0; i < 3; i++)
            await portal.Create($"s{i}", "value");
        var query = new AuditQuery { Action = "secretsmanager:CreateSecret", Limit = 2 };
        var nobody = await portal.UserWith("nobody", """{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}""");

        var first = await portal.Get<AuditLog>().Search(portal.Admin, query, null, default);
        var second = await portal.Get<AuditLog>().Search(portal.Admin, query, first.NextToken, default);

        Assert.Equal(3, first.Events.Concat(second.Events).Select(e => e.Sequence).Distinct().Count());
        await Assert.ThrowsAsync<PortalException>(() => portal.Get<AuditLog>().Search(nobody, query, null, default));
        await Assert.ThrowsAsync<PortalException>(() => portal.Get<AuditLog>().Search(portal.Admin, query with { Action = null }, first.NextToken, default));
    }

    [Fact]
    public async Task A_random_password_needs_permission()
    {
        await using var portal = await TestPortal.Start();
        var nobody = await portal.UserWith("nobody", """{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}""");

        Assert.Equal(40, (await portal.Reader.RandomPassword(portal.Admin, new RandomPasswordOptions { Length = 40 }, default)).Reveal().Length);
        Assert.Equal(PortalError.AccessDenied, (await Assert.ThrowsAsync<PortalException>(() => portal.Reader.RandomPassword(nobody, new RandomPasswordOptions(), default))).Error);
    }
}
