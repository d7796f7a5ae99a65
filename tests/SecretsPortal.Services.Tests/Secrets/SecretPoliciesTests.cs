using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;
using static SecretsPortal.Services.Tests.Secrets.SecretWriterTests;

namespace SecretsPortal.Services.Tests.Secrets;

public sealed class SecretPoliciesTests
{
    private const string Lockout = "Your requested changes will not allow you to manage this secret in the future.";
    private const string Robot = "arn:aws:iam::123456789012:user/client/robot";
    private const string ForRobot = $$$"""{"Sid":"Robot","Effect":"Allow","Principal":{"AWS":"{{{Robot}}}"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}""";

    [Fact]
    public async Task A_policy_is_kept_as_it_was_put_replaced_and_taken_off()
    {
        await using var portal = await TestPortal.Start();
        var created = await portal.Create("s");
        var policies = portal.Get<SecretPolicies>();
        Assert.Null((await policies.Get(portal.Admin, "s", default)).ResourcePolicy);

        var odd = "\n {\"Statement\" :[ " + ForRobot + " ]}\t";
        var put = await policies.Put(portal.Admin, "s", odd, blockPublic: true, default);

        Assert.Equal(odd, (await policies.Get(portal.Admin, created.Arn.ToString(), default)).ResourcePolicy);
        Assert.True(put.LastChangedAt > created.LastChangedAt);
        await policies.Put(portal.Admin, "s", Policy(ForRobot), false, default);
        Assert.Equal(Policy(ForRobot), (await policies.Get(portal.Admin, "s", default)).ResourcePolicy);
        Assert.Null((await policies.Delete(portal.Admin, "s", default)).ResourcePolicy);
        Assert.Null((await policies.Delete(portal.Admin, "s", default)).ResourcePolicy);
        var log = (await portal.Log()).Where(r => r.Action.EndsWith("ResourcePolicy", StringComparison.Ordinal)).ToList();
        Assert.Equal(["Get", "Put", "Get", "Put", "Get", "Delete", "Delete"], log.Select(r => r.Action["secretsmanager:".Length..^"ResourcePolicy".Length]));
        Assert.All(log, r => Assert.Equal((AuditOutcome.Succeeded, created.Arn.ToString()), (r.Outcome, r.Resource)));
        Assert.StartsWith("SHA-256 ", log[1].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_without_policies_reads_what_a_resource_policy_allows_it_and_no_more()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s", "for the robot");
        var robot = await Client(portal, "robot");
        var nothing = await Assert.ThrowsAsync<PortalException>(() => portal.Reader.GetValue(robot, "s", null, null, default));
        await portal.Get<SecretPolicies>().Put(portal.Admin, "s", Policy(ForRobot), true, default);

        Assert.Equal("for the robot", (await portal.Reader.GetValue(robot, "s", null, null, default)).Value.Text);
        var describe = await Assert.ThrowsAsync<PortalException>(() => portal.Reader.Describe(robot, "s", default));
        var other = await Assert.ThrowsAsync<PortalException>(() => portal.Reader.GetValue(robot, "other", null, null, default));

        Assert.EndsWith("resource: s because no identity-based policy allows the secretsmanager:GetSecretValue action", nothing.Message, StringComparison.Ordinal);
        Assert.Equal(
            (PortalError.AccessDenied, $"User: {Robot} is not authorized to perform: secretsmanager:DescribeSecret on resource: s because no identity-based policy allows the secretsmanager:DescribeSecret action"),
            (describe.Error, describe.Message));
        Assert.Equal(PortalError.AccessDenied, other.Error);
    }

    [Fact]
    public async Task A_deny_holds_over_the_callers_own_policies_and_is_named_and_recorded()
    {
        await using var portal = await TestPortal.Start();
        var secret = await portal.Create("s");
        var reader = await portal.UserWith("reader", """{"Effect":"Allow","Action":"*","Resource":"*"}""");
        await portal.Reader.GetValue(reader, "s", null, null, default);
        await portal.Get<SecretPolicies>().Put(portal.Admin, "s", Policy($$"""{"Sid":"NotReader","Effect":"Deny","Principal":{"AWS":"{{reader.Caller.Arn}}"},"Action":"secretsmanager:Get*","Resource":"*"}"""), false, default);

        var fault = await Assert.ThrowsAsync<PortalException>(() => portal.Reader.GetValue(reader, "s", null, null, default));

        Assert.Equal(
            $"User: {reader.Caller.Arn} is not authorized to perform: secretsmanager:GetSecretValue on resource: s with an explicit deny in a resource-based policy", fault.Message);
        Assert.Contains("resource policy/NotReader", (await portal.Log())[^1].Detail, StringComparison.Ordinal);
        var seen = await portal.Reader.Describe(reader, "s", default);
        Assert.False((await portal.Get<Authorizer>().Decide(reader, "secretsmanager:GetSecretValue", secret.Arn.ToString(), seen, default)).IsAllowed);
        Assert.True((await portal.Get<Authorizer>().Decide(reader, "secretsmanager:PutSecretValue", secret.Arn.ToString(), seen, default)).IsAllowed);
    }

    [Fact]
    public async Task A_stored_policy_that_cannot_be_read_denies_everyone()
    {
        await using var portal = await TestPortal.Start();
        var secret = await portal.Create("s");
        await Hang(portal, secret, "{\"Statement\":[]}");

        var fault = await Assert.ThrowsAsync<PortalException>(() => portal.Value("s"));

        Assert.Equal(PortalError.AccessDenied, fault.Error);
        Assert.Equal("The policy resource policy can't be read, so nothing is allowed. [resource policy]", (await portal.Log())[^1].Detail);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("""{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::123456789012:user/gone"},"Action":"*","Resource":"*"}""")]
    public async Task A_policy_that_locks_everyone_out_or_cannot_be_read_comes_off_with_a_permission_of_its_own(string? statement)
    {
        await using var portal = await TestPortal.Start();
        var secret = await portal.Create("s", "locked away");
        var policy = statement is null ? "{\"Statement\":[]}" : Policy(statement);
        await Hang(portal, secret, policy);
        var policies = portal.Get<SecretPolicies>();
        const string own = """{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}""";
        var without = await portal.UserWith("without", own);
        var elsewhere = await portal.UserWith("elsewhere", own + """,{"Effect":"Allow","Action":"secretsportal:RemoveResourcePolicy","Resource":"arn:aws:secretsmanager:*:*:secret:other-*"}""");
        var alone = await portal.UserWith("alone", """{"Effect":"Allow","Action":"secretsportal:RemoveResourcePolicy","Resource":"*"}""");
        var narrowed = portal.Admin with { Caller = portal.Admin.Caller with { SessionPolicy = PolicyDocument.Parse(Policy(own), isResourcePolicy: false) } };
        foreach (var call in new[] { without, elsewhere, alone, narrowed })
        {
            Assert.Equal(PortalError.AccessDenied, (await Assert.ThrowsAsync<PortalException>(() => policies.Get(call, "s", default))).Error);
            Assert.Equal(PortalError.AccessDenied, (await Assert.ThrowsAsync<PortalException>(() => policies.Delete(call, "s", default))).Error);
        }

        // Nothing else goes past it.
        Assert.Equal(PortalError.AccessDenied, (await Assert.ThrowsAsync<PortalException>(() => portal.Value("s"))).Error);
        Assert.Equal(PortalError.AccessDenied, (await Assert.ThrowsAsync<PortalException>(() => policies.Put(portal.Admin, "s", Policy(ForRobot), true, default))).Error);
        Assert.Equal(policy, (await policies.Get(portal.Admin, "s", default)).ResourcePolicy);
        Assert.Null((await policies.Delete(portal.Admin, "s", default)).ResourcePolicy);
        Assert.Equal("locked away", await portal.Value("s"));

        Assert.All(
            (await portal.Log()).Where(r => r.Outcome == AuditOutcome.Succeeded && r.Action.EndsWith("ResourcePolicy", StringComparison.Ordinal)),
            r => Assert.Equal((secret.Arn.ToString(), "by secretsportal:RemoveResourcePolicy, past the resource policy"), (r.Resource, r.Detail)));
        await policies.Put(portal.Admin, "s", Policy(ForRobot), true, default);
        await policies.Delete(portal.Admin, "s", default);
        Assert.Null((await portal.Log())[^1].Detail);
    }

    [Theory]
    [InlineData("""{"Effect":"Deny","Principal":"*","Action":"secretsmanager:*","Resource":"*"}""")]
    [InlineData("""{"Effect":"Deny","Principal":{"AWS":"123456789012"},"Action":"secretsmanager:PutResourcePolicy","Resource":"*"}""")]
    [InlineData("""{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::123456789012:user/client/robot"},"Action":"*","Resource":"*"}""")]
    [InlineData("""{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}""")]
    public async Task Nobody_locks_themselves_out(string statement)
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s");

        await Refused(PortalError.InvalidRequest, Lockout, () => portal.Get<SecretPolicies>().Put(portal.Admin, "s", Policy(statement), false, default));

        Assert.Null((await portal.Get<SecretPolicies>().Get(portal.Admin, "s", default)).ResourcePolicy);
        foreach (var id in new[] { "s", null })
            Assert.Equal([new PolicyFinding("Lockout", Lockout)], await portal.Get<SecretPolicies>().Validate(portal.Admin, id, Policy(statement), default));
    }

    [Theory]
    [InlineData("""{"Effect":"Deny","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*"}""")]
    [InlineData("""{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::123456789012:user/gone"},"Action":"secretsmanager:*Value","Resource":"*"}""")]
    [InlineData("""{"Effect":"Deny","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalTag/team":"red"}}}""")]
    [InlineData("""{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::123456789012:user/left"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}""")]
    public async Task A_policy_under_which_nobody_could_read_is_refused_though_its_author_could_change_it(string statement)
    {
        await using var portal = await TestPortal.Start();
        var secret = await portal.Create("s");
        await portal.UserWith("left", """{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}""");
        await portal.Execute("UPDATE caller SET is_disabled = 1 WHERE name = 'left'");
        var policies = portal.Get<SecretPolicies>();

        var refused = await Assert.ThrowsAsync<PortalException>(() => policies.Put(portal.Admin, "s", Policy(statement), false, default));

        Assert.Equal(PortalError.InvalidRequest, refused.Error);
        Assert.StartsWith("Under this resource policy nobody could read the secret any more.", refused.Message, StringComparison.Ordinal);
        Assert.Null((await policies.Get(portal.Admin, "s", default)).ResourcePolicy);
        Assert.Equal("Lockout", Assert.Single(await policies.Validate(portal.Admin, "s", Policy(statement), default)).Check);
        // With somebody left it is taken.
        await portal.Execute("UPDATE caller SET is_disabled = 0 WHERE name = 'left'");
        await portal.UserWith("red", """{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}""");
        await portal.Execute("INSERT INTO caller_tag (caller_id, position, tag_key, tag_value) SELECT id, 0, 'team', 'red' FROM caller WHERE name = 'red'");
        if (statement.Contains("user/left", StringComparison.Ordinal) || statement.Contains("PrincipalTag", StringComparison.Ordinal))
            Assert.NotNull((await policies.Put(portal.Admin, $"{secret.Arn}", Policy(statement), false, default)).ResourcePolicy);
    }

    [Fact]
    public async Task Who_may_only_by_the_policy_keeps_that_permission()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s");
        var robot = await Client(portal, "robot");
        var keeper = $$"""{"Effect":"Allow","Principal":{"AWS":"{{Robot}}"},"Action":"secretsmanager:*ResourcePolicy","Resource":"*"}""";
        await portal.Get<SecretPolicies>().Put(portal.Admin, "s", Policy(keeper), false, default);

        await Refused(PortalError.InvalidRequest, Lockout, () => portal.Get<SecretPolicies>().Put(robot, "s", Policy(ForRobot), false, default));
        await portal.Get<SecretPolicies>().Put(robot, "s", Policy(keeper, ForRobot), false, default);
    }

    [Fact]
    public async Task A_public_policy_is_refused_where_that_is_asked_for()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s");
        var policies = portal.Get<SecretPolicies>();
        var open = Policy(ForRobot, """{"Sid":"Open","Effect":"Allow","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*"}""");

        var refused = await Assert.ThrowsAsync<PortalException>(() => policies.Put(portal.Admin, "s", open, blockPublic: true, default));

        Assert.Equal(PortalError.PublicPolicy, refused.Error);
        Assert.StartsWith("You can't attach a resource-based policy that allows broad access to the secret. It allows everyone in: Open.", refused.Message, StringComparison.Ordinal);
        var finding = Assert.Single(await policies.Validate(portal.Admin, null, open, default));
        Assert.Equal("PublicAccess", finding.Check);
        Assert.StartsWith("This resource policy grants broad access to your secret.", finding.Message, StringComparison.Ordinal);
        Assert.Empty(await policies.Validate(portal.Admin, "s", Policy(ForRobot), default));
        await policies.Put(portal.Admin, "s", open, blockPublic: false, default);
        Assert.Equal("first value", (await portal.Reader.GetValue(await Client(portal, "anybody"), "s", null, null, default)).Value.Text);
    }

    [Theory]
    [InlineData("no json", "This resource policy contains a syntax error. The document is not valid JSON")]
    [InlineData("""{"Statement":{"Sid":"A","Effect":"AllowSomething","Principal":"*","Action":"*","Resource":"*"}}""", "This resource policy contains a syntax error. Statement 1 (A) has an Effect")]
    [InlineData("""{"Statement":{"Effect":"Allow","Principal":{"AWS":"ann"},"Action":"*","Resource":"*"}}""", "Statement 1 names the Principal 'ann'. This resource policy contains an unsupported principal")]
    [InlineData("""{"Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"*","Resource":"*"}}""", "Statement 1 names a Principal of the kind 'Service'. This resource policy contains an unsupported principal")]
    public async Task A_malformed_policy_is_refused_in_the_services_words(string policy, string message)
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s");

        var put = await Assert.ThrowsAsync<PortalException>(() => portal.Get<SecretPolicies>().Put(portal.Admin, "s", policy, false, default));
        var validated = await Assert.ThrowsAsync<PortalException>(() => portal.Get<SecretPolicies>().Validate(portal.Admin, null, policy, default));

        Assert.Equal((PortalError.MalformedPolicyDocument, put.Message), (put.Error, validated.Message));
        Assert.StartsWith(message, put.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_that_is_marked_for_deletion_keeps_its_policy_to_itself()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s");
        await portal.Writer.Delete(portal.Admin, "s", null, force: false, default);
        var policies = portal.Get<SecretPolicies>();

        foreach (var act in new Func<Task>[]
        {
            () => policies.Put(portal.Admin, "s", Policy(ForRobot), false, default), () => policies.Get(portal.Admin, "s", default),
            () => policies.Delete(portal.Admin, "s", default), () => policies.Validate(portal.Admin, "s", Policy(ForRobot), default),
        })
            await Refused(PortalError.InvalidRequest, "You can't perform this operation on the secret because it was marked for deletion.", act);
    }

    [Fact]
    public async Task Validating_needs_permission_to_put()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s");
        var validator = await portal.UserWith("validator", """{"Effect":"Allow","Action":"secretsmanager:ValidateResourcePolicy","Resource":"*"}""");
        var stranger = await portal.UserWith("stranger", """{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}""");
        var policies = portal.Get<SecretPolicies>();

        Assert.Empty(await policies.Validate(validator, null, Policy(ForRobot), default));
        foreach (var (caller, id) in new[] { (validator, "s"), (stranger, "s"), (stranger, null) })
            Assert.Equal(PortalError.AccessDenied, (await Assert.ThrowsAsync<PortalException>(() => policies.Validate(caller, id, Policy(ForRobot), default))).Error);
    }

    /// <summary>Hangs a policy that nobody who is here could put.</summary>
    private static Task<Secret?> Hang(TestPortal portal, Secret secret, string policy) => portal.Get<SecretStore>().Change(
        secret.Id, s => new SecretChange(s with { ResourcePolicy = policy }, portal.Get<AuditLog>().For(portal.Admin, "test:Hang", null, AuditOutcome.Succeeded)), default);

    internal static string Policy(params string[] statements) => $$"""{"Version":"2012-10-17","Statement":[{{string.Join(",", statements)}}]}""";

    /// <summary>A client without any policy of its own.</summary>
    internal static async Task<CallContext> Client(TestPortal portal, string name)
    {
        var now = portal.Clock.GetUtcNow();
        var client = new StoredCaller { Id = Guid.CreateVersion7(now).ToString("N"), Kind = CallerKind.Client, Name = name, CreatedAt = now };
        Assert.True(await portal.Get<CallerStore>().Add(
            new CallerAddition { Callers = [client] }, portal.Get<AuditRecorder>().For(portal.Admin, "test:AddClient", name, AuditOutcome.Succeeded), default));
        return portal.CallOf(CallerArn.CallerOf(client, TestPortal.Account, null));
    }
}
