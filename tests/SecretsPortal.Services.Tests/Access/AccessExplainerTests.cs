using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Secrets;

namespace SecretsPortal.Services.Tests.Access;

public sealed class AccessExplainerTests
{
    private const string Read = SecretActions.GetSecretValue;
    private const string ReadProduction =
        """{"Sid":"Production","Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:*:*:secret:prod/*"}""";

    [Fact]
    public async Task It_tells_what_each_statement_had_to_say()
    {
        await using var portal = await TestPortal.Start();
        var secret = await portal.Create("prod/db");
        var ann = await portal.UserWith("ann", ReadProduction + """,{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}""");
        await portal.Get<SecretPolicies>().Put(
            portal.Admin, "prod/db", $$$"""{"Statement":{"Sid":"Ann","Effect":"Allow","Principal":{"AWS":"{{{ann.Caller.Arn}}}"},"Action":"secretsmanager:DescribeSecret","Resource":"*"}}""", blockPublic: false, default);

        var allowed = await Explain(portal, ann.Caller.Arn, Read, "prod/db");
        Assert.Equal((true, $"{secret.Arn}"), (allowed.IsAllowed, allowed.Resource));
        Assert.Equal(["of-ann/Production"], allowed.Statements);
        Assert.Equal(
            [
                "of-ann/Production (attached, Allow) applies.",
                "of-ann/#2 (attached, Deny) does not apply: IpAddress on aws:SourceIp does not hold, because the request has no such key.",
                "resource policy/Ann (on the resource, Allow) does not apply: it does not name the action.",
            ],
            allowed.Trace.Select(t => t.Text));

        var fromInside = await Explain(portal, ann.Caller.Arn, Read, $"{secret.Arn}", ("aws:SourceIp", "10.1.2.3"));
        Assert.False(fromInside.IsAllowed);
        Assert.Equal(["of-ann/#2"], fromInside.Statements);
        var nowhere = await Explain(portal, ann.Caller.Arn, Read, "test/db");
        Assert.Equal((false, "arn:aws:secretsmanager:us-east-1:123456789012:secret:test/db-??????"), (nowhere.IsAllowed, nowhere.Resource));
        Assert.True((await Explain(portal, ann.Caller.Arn, SecretActions.DescribeSecret, "prod/db")).IsAllowed);
    }

    /// <summary>Whatever it explains, the authorizer decides the same for the same call.</summary>
    [Fact]
    public async Task Its_answer_is_the_authorizers()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("prod/db");
        await portal.Create("test/db");
        await portal.Get<SecretPolicies>().Put(
            portal.Admin, "test/db", """{"Statement":{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::123456789012:user/ann"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}}""", blockPublic: false, default);
        CallContext[] callers =
        [
            await portal.UserWith("ann", """{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}"""),
            await portal.UserWith("bob", ReadProduction),
            await portal.UserWith("eve", """{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:username":"bob"}}}"""),
            portal.Admin,
        ];

        foreach (var caller in callers)
        {
            foreach (var name in (string[])["prod/db", "test/db", "none"])
            {
                var secret = name == "none" ? null : await portal.Reader.Describe(portal.Admin, name, default);
                foreach (var action in SecretActions.All)
                {
                    var resource = secret?.Arn.ToString() ?? "arn:aws:secretsmanager:us-east-1:123456789012:secret:none-??????";
                    var decided = await portal.Get<Authorizer>().Decide(caller, action, resource, secret, default);
                    // The way past a resource policy is asked for where one denies, which is not a decision of the engine.
                    if (name != "test/db" || !action.EndsWith("ResourcePolicy", StringComparison.Ordinal))
                        Assert.Equal(decided.IsAllowed, (await Explain(portal, caller.Caller.Arn, action, name)).IsAllowed);
                }
            }
        }
    }

    [Fact]
    public async Task A_disabled_caller_may_nothing_and_a_missing_one_is_not_found()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("prod/db");
        var ann = await portal.UserWith("ann", ReadProduction);
        await portal.Execute("UPDATE caller SET is_disabled = 1 WHERE name = 'ann'");

        var disabled = await Explain(portal, ann.Caller.Arn, Read, "prod/db");

        Assert.False(disabled.IsAllowed);
        Assert.StartsWith($"{ann.Caller.Arn} is disabled, so nothing is allowed. If it were not: of-ann/Production allows", disabled.Reason, StringComparison.Ordinal);
        foreach (var unknown in (string[])["arn:aws:iam::123456789012:user/nobody", "arn:aws:iam::999999999999:user/ann", "ann", "arn:aws:iam::123456789012:role/secretsportal/rotation"])
            Assert.Equal(PortalError.ResourceNotFound, (await Assert.ThrowsAsync<PortalException>(() => Explain(portal, unknown, Read, "prod/db"))).Error);
    }

    [Fact]
    public async Task Asking_about_others_needs_the_permission_and_is_recorded()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("prod/db");
        var ann = await portal.UserWith("ann", ReadProduction);
        var bob = await portal.UserWith("bob", $$"""{"Effect":"Allow","Action":"secretsportal:ExplainAccess","Resource":"{{ann.Caller.Arn}}"}""");

        Assert.True((await Explain(portal, ann.Caller.Arn, Read, "prod/db", bob)).IsAllowed);
        var refused = await Assert.ThrowsAsync<PortalException>(() => Explain(portal, portal.Admin.Caller.Arn, Read, "prod/db", bob));
        Assert.Equal(PortalError.AccessDenied, refused.Error);
        Assert.Equal(PortalError.AccessDenied, (await Assert.ThrowsAsync<PortalException>(() => Explain(portal, bob.Caller.Arn, Read, "prod/db", ann))).Error);

        var records = (await portal.Log()).Where(r => r.Action == PortalActions.ExplainAccess).ToList();
        Assert.Equal([AuditOutcome.Succeeded, AuditOutcome.Denied, AuditOutcome.Denied], records.Select(r => r.Outcome));
        Assert.Equal((ann.Caller.Arn, $"{Read} on prod/db"), (records[0].Resource, records[0].Detail));
    }

    [Fact]
    public async Task Everybody_may_ask_about_themselves_and_learns_no_more_than_the_action_tells()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("prod/db");
        await portal.Create("hidden/db");
        await portal.Get<SecretPolicies>().Put(
            portal.Admin, "hidden/db", """{"Statement":{"Sid":"Secrets","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/bob"},"Action":"secretsmanager:*","Resource":"*"}}""", blockPublic: false, default);
        await portal.Get<SecretPolicies>().Put(
            portal.Admin, "prod/db", """{"Statement":{"Sid":"Locked","Effect":"Deny","Principal":"*","Action":"secretsmanager:DeleteSecret","Resource":"*"}}""", blockPublic: false, default);
        var ann = await portal.UserWith("ann", ReadProduction);

        var allowed = await Explain(portal, ann.Caller.Arn, Read, "prod/db", ann);
        Assert.True(allowed.IsAllowed);
        Assert.DoesNotContain(allowed.Trace, t => t.Kind == PolicyKind.Resource);
        var hidden = await Explain(portal, ann.Caller.Arn, Read, "hidden/db", ann);
        var missing = await Explain(portal, ann.Caller.Arn, Read, "missing/db", ann);
        Assert.False(hidden.IsAllowed);
        Assert.Equal(missing.Reason.Replace("missing/", "hidden/", StringComparison.Ordinal), hidden.Reason);
        Assert.Equal("arn:aws:secretsmanager:us-east-1:123456789012:secret:hidden/db-??????", hidden.Resource);
        Assert.Equal(missing.Trace.Select(t => t.Text), hidden.Trace.Select(t => t.Text));
        Assert.Equal(missing.Context.Keys.Order(), hidden.Context.Keys.Order());
    }

    [Fact]
    public async Task Questions_that_make_no_sense_are_refused()
    {
        await using var portal = await TestPortal.Start();
        var admin = portal.Admin.Caller.Arn;
        await Refused(new AccessQuestion(admin, "secretsmanager:Nothing", "*"), "action 'secretsmanager:Nothing' is none of this portal's");
        await Refused(new AccessQuestion(admin, Read, ""), "resource must have");
        await Refused(new AccessQuestion("", Read, "*"), "callerArn must have");
        await Refused(new AccessQuestion(admin, Read, "*", Enumerable.Range(0, 51).ToDictionary(i => $"k{i}", _ => (IReadOnlyList<string>)[""])), "at most 50 keys");
        await Refused(new AccessQuestion(admin, Read, "*", new Dictionary<string, IReadOnlyList<string>> { ["k"] = [new('v', 2049)] }), "at most 2048 characters");

        async Task Refused(AccessQuestion question, string message)
        {
            var fault = await Assert.ThrowsAsync<PortalException>(() => portal.Get<AccessExplainer>().Explain(portal.Admin, question, default));
            Assert.Equal(PortalError.InvalidParameter, fault.Error);
            Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Who_can_read_a_secret_and_why()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("prod/db");
        await portal.UserWith("ann", ReadProduction);
        await portal.UserWith("bob", """{"Effect":"Allow","Action":"secretsmanager:ListSecrets","Resource":"*"}""");
        await portal.UserWith("cat", """{"Sid":"Inside","Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}""");
        await portal.UserWith("dan", ReadProduction + """,{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}""");
        await portal.UserWith("eve", $$"""{{ReadProduction}},{"Effect":"Deny","Action":"*","Resource":"*"}""");
        await portal.UserWith("fay", ReadProduction);
        await portal.Execute("UPDATE caller SET is_disabled = 1 WHERE name = 'fay'");
        await portal.Get<SecretPolicies>().Put(
            portal.Admin, "prod/db", """{"Statement":{"Sid":"Guest","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/bob"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}}""", blockPublic: false, default);

        var page = await portal.Get<SecretAccessList>().Find(portal.Admin, "prod/db", Read, nextToken: null, default);

        Assert.Null(page.NextToken);
        Assert.Equal(
            [
                "user/admin Allowed", "user/ann Allowed of-ann/Production", "user/bob Allowed resource policy/Guest",
                "user/cat UnderConditions of-cat/Inside", "user/dan UnderConditions of-dan/Production", "user/fay Allowed of-fay/Production (disabled)",
            ],
            page.Holders.Where(h => h.Kind == CallerKind.User).Select(h =>
                $"{h.CallerArn.Split(':')[5]} {h.Reach} {(h.CallerArn.EndsWith("admin", StringComparison.Ordinal) ? "" : string.Join(", ", h.Statements))}{(h.IsDisabled ? " (disabled)" : "")}".Trim()));
        // Whoever is listed as allowed and is not disabled can read it in truth.
        Assert.Contains(page.Holders, h => h.Kind == CallerKind.Client);
        Assert.Equal(PortalError.ResourceNotFound, (await Assert.ThrowsAsync<PortalException>(
            () => portal.Get<SecretAccessList>().Find(portal.Admin, "none", Read, null, default))).Error);
        Assert.Equal(PortalError.InvalidParameter, (await Assert.ThrowsAsync<PortalException>(
            () => portal.Get<SecretAccessList>().Find(portal.Admin, "prod/db", "secretsportal:ListUsers", null, default))).Error);
        var ann = portal.CallOf(portal.Admin.Caller with { Id = new('a', 32), Arn = "arn:aws:iam::123456789012:user/x" });
        Assert.Equal(PortalError.AccessDenied, (await Assert.ThrowsAsync<PortalException>(
            () => portal.Get<SecretAccessList>().Find(ann, "prod/db", Read, null, default))).Error);
    }

    private static Task<AccessExplanation> Explain(TestPortal portal, string caller, string action, string resource, params (string Key, string Value)[] context) =>
        portal.Get<AccessExplainer>().Explain(
            portal.Admin, new AccessQuestion(caller, action, resource, context.ToDictionary(c => c.Key, c => (IReadOnlyList<string>)[c.Value])), default);

    private static Task<AccessExplanation> Explain(TestPortal portal, string caller, string action, string resource, CallContext by) =>
        portal.Get<AccessExplainer>().Explain(by, new AccessQuestion(caller, action, resource), default);
}
