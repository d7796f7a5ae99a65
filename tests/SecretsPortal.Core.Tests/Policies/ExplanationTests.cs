using SecretsPortal.Core.Policies;

namespace SecretsPortal.Core.Tests.Policies;

public sealed class ExplanationTests
{
    [Fact]
    public void Each_statement_says_what_it_had_to_say()
    {
        var identity = new[]
        {
            Policies.Identity("readers", """
                {"Sid":"Write","Effect":"Allow","Action":"secretsmanager:Put*","Resource":"*"},
                {"Effect":"Allow","Action":"*","Resource":"arn:aws:secretsmanager:*:*:secret:test/*"},
                {"Sid":"Team","Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"blue"}}},
                {"Sid":"Net","Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"k":true},"NotIpAddressIfExists":{"aws:SourceIp":"10.0.0.0/8"}}}
                """, group: "developers"),
            Policies.Identity("own", """{"Sid":"All","Effect":"Allow","Action":"*","Resource":"*"}"""),
        };
        var resource = Policies.Resource("resource policy", """{"Sid":"Bob","Effect":"Deny","Principal":{"AWS":"arn:aws:iam::000000000000:user/bob"},"Action":"*","Resource":"*"}""");

        var explanation = PolicyEvaluator.Explain(Policies.Request(("k", ["true"]), ("aws:SourceIp", ["10.1.1.1"])), identity, resource);

        Assert.Equal(
            [
                "readers/Write (through group developers, Allow) does not apply: it does not name the action.",
                "readers/#2 (through group developers, Allow) does not apply: it does not name the resource.",
                "readers/Team (through group developers, Allow) does not apply: StringEquals on aws:PrincipalTag/team does not hold, because the request has no such key.",
                "readers/Net (through group developers, Deny) does not apply: NotIpAddressIfExists on aws:SourceIp does not hold.",
                "own/All (attached, Allow) applies.",
                "resource policy/Bob (on the resource, Deny) does not apply: it does not name the caller.",
            ],
            explanation.Trace.Select(t => t.Text));
        Assert.Equal([false, false, false, false, true, false], explanation.Trace.Select(t => t.Applied));
        Assert.Equal(
            [StatementPart.Action, StatementPart.Resource, StatementPart.Condition, StatementPart.Condition, null, StatementPart.Principal],
            explanation.Trace.Select(t => t.Misfit));
        Assert.Equal((true, "own/All"), (explanation.Decision.IsAllowed, Assert.Single(explanation.Decision.Statements)));
    }

    [Fact]
    public void A_fault_and_the_session_policy_are_told_too()
    {
        var request = Policies.Request(("aws:SourceIp", ["nowhere"]));
        request = request with
        {
            Caller = request.Caller with { SessionPolicy = Policies.Identity("s", """{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}""").Document },
        };

        var explanation = PolicyEvaluator.Explain(request, [Policies.Identity("own", """{"Effect":"Allow","Action":"*","Resource":"*"}""")], null);

        Assert.Equal(
            ["own/#1 (attached, Allow) applies.", "session-policy/#1 (of the session, Allow) can't be evaluated, which denies: the request's aws:SourceIp is no IP address."],
            explanation.Trace.Select(t => t.Text));
        Assert.False(explanation.Decision.IsAllowed);
        Assert.Equal(PolicyEvaluator.Evaluate(request, [Policies.Identity("own", """{"Effect":"Allow","Action":"*","Resource":"*"}""")], null).Reason, explanation.Decision.Reason);
    }

    [Fact]
    public void A_policy_that_comes_twice_is_shown_twice_and_decides_once()
    {
        var document = Policies.Identity("p", """{"Effect":"Allow","Action":"*","Resource":"*"}""").Document;

        var explanation = PolicyEvaluator.Explain(Policies.Request(), [new NamedPolicy("p", document), new NamedPolicy("p", document, group: "g")], null);

        Assert.Equal(["p/#1 (attached, Allow) applies.", "p/#1 (through group g, Allow) applies."], explanation.Trace.Select(t => t.Text));
        Assert.Equal(["p/#1"], explanation.Decision.Statements);
    }

    [Fact]
    public void A_policy_of_the_other_kind_is_a_fault_of_each_statement()
    {
        var explanation = PolicyEvaluator.Explain(Policies.Request(), [], Policies.Identity("p", """{"Effect":"Allow","Action":"*","Resource":"*"}"""));

        Assert.Equal("p/#1 (on the resource, Allow) can't be evaluated, which denies: the policy was read as one of the other kind.", Assert.Single(explanation.Trace).Text);
        Assert.False(explanation.Decision.IsAllowed);
    }
}
