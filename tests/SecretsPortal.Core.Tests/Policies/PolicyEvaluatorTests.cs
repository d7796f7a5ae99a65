using SecretsPortal.Core.Policies;
using static SecretsPortal.Core.Tests.Policies.Policies;

namespace SecretsPortal.Core.Tests.Policies;

public sealed class PolicyEvaluatorTests
{
    [Fact]
    public void Nothing_said_is_denied() =>
        Denied(Decide([Identity("p", """{"Effect":"Allow","Action":"secretsmanager:PutSecretValue","Resource":"*"}""")]),
            [], $"No statement allows {Read} on {Arn}.");

    [Fact]
    public void An_allow_allows_and_is_named()
    {
        var decision = Decide([Identity("readers", """{"Effect":"Deny","Action":"secretsportal:*","Resource":"*"},{"Effect":"Allow","Action":"secretsmanager:Get*","Resource":"*"}""")]);

        Assert.True(decision.IsAllowed);
        Assert.Equal(["readers/#2"], decision.Statements);
        Assert.Equal($"readers/#2 allows {Read} on {Arn}.", decision.Reason);
    }

    [Fact]
    public void An_explicit_deny_wins_wherever_it_stands()
    {
        var allow = Identity("a", """{"Sid":"All","Effect":"Allow","Action":"*","Resource":"*"}""");
        var deny = Identity("b", """{"Sid":"No","Effect":"Deny","Action":"*","Resource":"*"}""");
        var resource = Resource("r", """{"Sid":"No","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}""");

        Denied(Decide([allow, deny]), ["b/No"], $"b/No denies {Read} on {Arn}.");
        Denied(Decide([deny, allow]), ["b/No"], $"b/No denies {Read} on {Arn}.");
        Denied(Decide([deny, allow], resource), ["b/No", "r/No"], $"Each of b/No, r/No denies {Read} on {Arn}.");
        Denied(Decide([allow], resource), ["r/No"], $"r/No denies {Read} on {Arn}.");
    }

    [Fact]
    public void A_resource_policy_alone_allows_whom_it_names()
    {
        Assert.True(Decide([], Resource("r", $$"""{"Effect":"Allow","Principal":{"AWS":"{{User}}"},"Action":"{{Read}}","Resource":"*"}""")).IsAllowed);
        Assert.True(Decide([], Resource("r", $$"""{"Effect":"Allow","Principal":"*","Action":"{{Read}}","Resource":"*"}""")).IsAllowed);
        Assert.False(Decide([], Resource("r", $$"""{"Effect":"Allow","Principal":{"AWS":"{{User}}2"},"Action":"{{Read}}","Resource":"*"}""")).IsAllowed);
    }

    [Theory]
    [InlineData("000000000000")]
    [InlineData("arn:aws:iam::000000000000:root")]
    public void An_account_passes_permission_on_and_gives_none_but_is_denied_as_a_whole(string account)
    {
        var identity = Identity("p", """{"Effect":"Allow","Action":"*","Resource":"*"}""");

        Assert.False(Decide([], Resource("r", $$"""{"Effect":"Allow","Principal":{"AWS":"{{account}}"},"Action":"*","Resource":"*"}""")).IsAllowed);
        Assert.True(Decide([identity], Resource("r", $$"""{"Effect":"Allow","Principal":{"AWS":"{{account}}"},"Action":"*","Resource":"*"}""")).IsAllowed);
        Assert.False(Decide([identity], Resource("r", $$"""{"Effect":"Deny","Principal":{"AWS":"{{account}}"},"Action":"*","Resource":"*"}""")).IsAllowed);
        Assert.True(Decide([identity], Resource("r", """{"Effect":"Deny","Principal":{"AWS":"111111111111"},"Action":"*","Resource":"*"}""")).IsAllowed);
    }

    [Fact]
    public void NotPrincipal_excepts_only_whom_it_names()
    {
        var identity = Identity("p", """{"Effect":"Allow","Action":"*","Resource":"*"}""");

        Assert.True(Decide([identity], Resource("r", $$"""{"Effect":"Deny","NotPrincipal":{"AWS":["{{User}}"]},"Action":"*","Resource":"*"}""")).IsAllowed);
        Assert.False(Decide([identity], Resource("r", $$"""{"Effect":"Deny","NotPrincipal":{"AWS":["{{User}}2","000000000000"]},"Action":"*","Resource":"*"}""")).IsAllowed);
    }

    [Theory]
    [InlineData("""  "Action":"SECRETSMANAGER:getsecretvalue","Resource":"*"  """, true)]
    [InlineData("""  "Action":["x:y","secretsmanager:Get?ecretValue"],"Resource":"*"  """, true)]
    [InlineData("""  "NotAction":"secretsmanager:Delete*","Resource":"*"  """, true)]
    [InlineData("""  "NotAction":["x:y","secretsmanager:Get*"],"Resource":"*"  """, false)]
    [InlineData("""  "Action":"*","Resource":"arn:aws:secretsmanager:*:000000000000:secret:prod/*"  """, true)]
    [InlineData("""  "Action":"*","Resource":"arn:aws:secretsmanager:*:000000000000:secret:PROD/*"  """, false)]
    [InlineData("""  "Action":"*","NotResource":"arn:aws:secretsmanager:*:000000000000:secret:prod/*"  """, false)]
    [InlineData("""  "Action":"*","NotResource":["arn:aws:secretsmanager:*:*:secret:test/*","arn:aws:secretsmanager:*:*:secret:stage/*"]  """, true)]
    public void Actions_ignore_case_resources_do_not_and_the_Not_forms_turn_round(string elements, bool allowed) =>
        Assert.Equal(allowed, Decide([Identity("p", $$"""{"Effect":"Allow",{{elements}}}""")]).IsAllowed);

    [Fact]
    public void An_action_without_a_resource_needs_a_star()
    {
        var request = Request() with { Action = "secretsmanager:ListSecrets", Resource = "*" };

        Assert.True(PolicyEvaluator.Evaluate(request, [Identity("p", """{"Effect":"Allow","Action":"*","Resource":"*"}""")], null).IsAllowed);
        Assert.False(PolicyEvaluator.Evaluate(request, [Identity("p", """{"Effect":"Allow","Action":"*","Resource":"arn:*:*:*:*:*"}""")], null).IsAllowed);
    }

    [Fact]
    public void A_fault_denies_even_beside_an_allow_and_says_where()
    {
        var policy = Identity("p", """
            {"Effect":"Allow","Action":"*","Resource":"*"},
            {"Sid":"Net","Effect":"Deny","Action":"*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}
            """);

        var decision = PolicyEvaluator.Evaluate(Request(("aws:SourceIp", ["nowhere"])), [policy], null);

        Denied(decision, ["p/Net"], $"p/Net can't be evaluated for {Read} on {Arn}, which denies: the request's aws:SourceIp is no IP address.");
        Assert.DoesNotContain("nowhere", decision.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fault_in_a_statement_about_something_else_does_not_matter() =>
        Assert.True(PolicyEvaluator.Evaluate(Request(("aws:SourceIp", ["nowhere"])), [Identity("p", """
            {"Effect":"Allow","Action":"*","Resource":"*"},
            {"Effect":"Deny","Action":"secretsportal:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}
            """)], null).IsAllowed);

    [Theory]
    [InlineData(null, "Deny", PolicyKind.Resource)]
    [InlineData("Allow", "Deny", PolicyKind.Resource)]
    [InlineData("Deny", "Deny", PolicyKind.Identity)]
    [InlineData("Deny", null, PolicyKind.Identity)]
    [InlineData("Allow", null, PolicyKind.Identity)]
    [InlineData(null, "Allow", PolicyKind.Resource)]
    [InlineData("Allow", "Allow", PolicyKind.Identity)]
    [InlineData(null, null, PolicyKind.Identity)]
    public void The_decision_tells_what_sort_of_policy_made_it(string? identity, string? resource, PolicyKind by) =>
        Assert.Equal(by, Decide(
            identity is null ? [] : [Identity("p", $$"""{"Effect":"{{identity}}","Action":"*","Resource":"*"}""")],
            resource is null ? null : Resource("r", $$"""{"Effect":"{{resource}}","Principal":"*","Action":"*","Resource":"*"}""")).By);

    [Fact]
    public void A_session_policy_must_allow_as_well_and_its_deny_wins()
    {
        var all = Identity("p", """{"Sid":"All","Effect":"Allow","Action":"*","Resource":"*"}""");
        var resource = Resource("r", """{"Sid":"Any","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}""");

        var both = InSession(all, null, $$"""{"Effect":"Allow","Action":"{{Read}}","Resource":"*"}""");
        Assert.Equal((true, PolicyKind.Identity, $"p/All allows {Read} on {Arn}, and so does session-policy/#1."), (both.IsAllowed, both.By, both.Reason));
        Assert.Equal(["p/All", "session-policy/#1"], both.Statements);

        var silent = InSession(all, resource, """{"Effect":"Allow","Action":"secretsmanager:PutSecretValue","Resource":"*"}""");
        Denied(silent, [], $"No statement of the session policy allows {Read} on {Arn}.");
        Assert.Equal(PolicyKind.Session, silent.By);

        var denied = InSession(all, resource, """{"Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"No","Effect":"Deny","Action":"*","Resource":"*"}""");
        Denied(denied, ["session-policy/No"], $"session-policy/No denies {Read} on {Arn}.");
        Assert.Equal(PolicyKind.Session, denied.By);

        var alone = InSession(Identity("p", """{"Effect":"Allow","Action":"x:y","Resource":"*"}"""), null, """{"Effect":"Allow","Action":"*","Resource":"*"}""");
        Denied(alone, [], $"No statement allows {Read} on {Arn}.");
        Assert.Equal(PolicyKind.Identity, alone.By);

        var elsewhere = InSession(Identity("p", """{"Sid":"No","Effect":"Deny","Action":"*","Resource":"*"}"""), null, """{"Effect":"Allow","Action":"*","Resource":"*"}""");
        Denied(elsewhere, ["p/No"], $"p/No denies {Read} on {Arn}.");
        Assert.Equal(PolicyKind.Identity, elsewhere.By);
    }

    [Fact]
    public void A_policy_of_the_other_kind_denies()
    {
        var identity = Identity("p", """{"Effect":"Allow","Action":"*","Resource":"*"}""");
        var resource = Resource("r", """{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}""");

        Denied(Decide([resource]), ["r"], $"r can't be evaluated for {Read} on {Arn}, which denies: the policy was read as one of the other kind.");
        Assert.False(Decide([], identity).IsAllowed);
    }

    private static void Denied(Decision decision, string[] statements, string reason)
    {
        Assert.False(decision.IsAllowed);
        Assert.Equal(statements, decision.Statements);
        Assert.Equal(reason, decision.Reason);
    }

    private static Decision Decide(IReadOnlyList<NamedPolicy> identity, NamedPolicy? resource = null) =>
        PolicyEvaluator.Evaluate(Request(), identity, resource);

    private static Decision InSession(NamedPolicy identity, NamedPolicy? resource, string statements)
    {
        var request = Request();
        return PolicyEvaluator.Evaluate(
            request with { Caller = request.Caller with { SessionPolicy = Identity("any", statements).Document } }, [identity], resource);
    }
}
