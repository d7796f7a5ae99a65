using SecretsPortal.Core.Policies;

namespace SecretsPortal.Core.Tests.Policies;

public sealed class ConditionOperatorsTests
{
    private const string Missing = "(missing)";

    [Theory]
    [InlineData("StringEquals", "a|b", "b", true)]
    [InlineData("StringEquals", "a|b", "B", false)]
    [InlineData("StringEquals", "a", Missing, false)]
    [InlineData("StringEquals", "a*", "ab", false)]
    [InlineData("StringNotEquals", "a|b", "c", true)]
    [InlineData("StringNotEquals", "a|b", "b", false)]
    [InlineData("StringNotEquals", "a", Missing, true)]
    [InlineData("StringEqualsIgnoreCase", "Prod", "pROD", true)]
    [InlineData("StringNotEqualsIgnoreCase", "Prod", "pROD", false)]
    [InlineData("StringLike", "pr*", "prod", true)]
    [InlineData("StringLike", "pr?d", "Prod", false)]
    [InlineData("StringNotLike", "pr*", "prod", false)]
    [InlineData("StringNotLike", "pr*", Missing, true)]
    [InlineData("StringEqualsIfExists", "a", Missing, true)]
    [InlineData("StringEqualsIfExists", "a", "b", false)]
    [InlineData("Bool", "true", "True", true)]
    [InlineData("Bool", "false", "true", false)]
    [InlineData("Bool", "false", Missing, false)]
    [InlineData("BoolIfExists", "true", Missing, true)]
    [InlineData("BinaryEquals", "AAEC/w==|AQI=", "AQI=", true)]
    [InlineData("BinaryEquals", "AQI=", "AQM=", false)]
    [InlineData("BinaryEquals", "AQI=", Missing, false)]
    [InlineData("BinaryEqualsIfExists", "AQI=", Missing, true)]
    [InlineData("NumericEquals", "10|20", "20.0", true)]
    [InlineData("NumericNotEquals", "10|20", "20", false)]
    [InlineData("NumericNotEquals", "10|20", "30", true)]
    [InlineData("NumericLessThan", "10", "9.5", true)]
    [InlineData("NumericLessThan", "10", "10", false)]
    [InlineData("NumericLessThanEquals", "10", "10", true)]
    [InlineData("NumericGreaterThan", "-1", "0", true)]
    [InlineData("NumericGreaterThanEquals", "10", "9", false)]
    [InlineData("NumericGreaterThan", "1", Missing, false)]
    [InlineData("DateLessThan", "2026-03-01T00:00:00Z", "2026-02-28T23:59:59.5Z", true)]
    [InlineData("DateLessThan", "2026-03-01T00:00:00Z", "2026-03-01T01:00:00+02:00", true)]
    [InlineData("DateGreaterThanEquals", "2026-03-01", "1772323200", true)]
    [InlineData("DateGreaterThan", "2026-03-01", "1772323200", false)]
    [InlineData("DateEquals", "2026-03-01T00:00Z", "2026-03-01T00:00:00Z", true)]
    [InlineData("DateNotEquals", "2026-03-01", "2026-03-02", true)]
    [InlineData("IpAddress", "10.0.0.0/8|192.168.1.7", "10.200.3.4", true)]
    [InlineData("IpAddress", "10.0.0.0/8|192.168.1.7", "192.168.1.7", true)]
    [InlineData("IpAddress", "10.0.0.0/8", "11.0.0.1", false)]
    [InlineData("IpAddress", "10.0.0.0/8", "::ffff:10.1.2.3", true)]
    [InlineData("IpAddress", "::ffff:10.0.0.0/104", "10.1.2.3", true)]
    [InlineData("IpAddress", "10.0.0.129/25", "10.0.0.200", true)]
    [InlineData("IpAddress", "10.0.0.129/25", "10.0.0.100", false)]
    [InlineData("IpAddress", "0.0.0.0/0", "203.0.113.9", true)]
    [InlineData("IpAddress", "0.0.0.0/0", "2001:db8::1", false)]
    [InlineData("IpAddress", "2001:db8::/32", "2001:db8:ffff::1", true)]
    [InlineData("NotIpAddress", "10.0.0.0/8", "10.1.1.1", false)]
    [InlineData("NotIpAddress", "10.0.0.0/8", Missing, true)]
    [InlineData("ArnEquals", "arn:aws:iam::*:user/ann", "arn:aws:iam::000000000000:user/ann", true)]
    [InlineData("ArnLike", "arn:aws:iam::*:user/a*", "arn:aws:iam::000000000000:user/bob", false)]
    [InlineData("ArnLike", "arn:aws:iam::*:user/a*", "ann", false)]
    [InlineData("ArnNotLike", "arn:aws:iam::*:user/a*", "arn:aws:iam::000000000000:user/bob", true)]
    [InlineData("ArnNotEquals", "arn:aws:iam::*:user/a*", Missing, true)]
    [InlineData("Null", "true", Missing, true)]
    [InlineData("Null", "true", "x", false)]
    [InlineData("Null", "false", "x", true)]
    [InlineData("Null", "false", Missing, false)]
    // Several values in the request.
    [InlineData("StringEquals", "a|b", "x|b", true)]
    [InlineData("StringNotEquals", "a|b", "x|b", false)]
    [InlineData("ForAllValues:StringEquals", "a|b", "a|b|a", true)]
    [InlineData("ForAllValues:StringEquals", "a|b", "a|x", false)]
    [InlineData("ForAllValues:StringEquals", "a|b", Missing, true)]
    [InlineData("ForAllValues:StringNotEquals", "a|b", "x|a", false)]
    [InlineData("ForAnyValue:StringLike", "a*", "x|ab", true)]
    [InlineData("ForAnyValue:StringLike", "a*", "x|y", false)]
    [InlineData("ForAnyValue:StringLike", "a*", Missing, false)]
    [InlineData("ForAnyValue:StringNotEquals", "a", "a|b", true)]
    [InlineData("ForAnyValue:StringNotEquals", "a", Missing, false)]
    [InlineData("ForAnyValue:StringEqualsIfExists", "a", Missing, true)]
    public void Holds(string name, string policyValues, string requestValues, bool holds)
    {
        var context = new Dictionary<string, IReadOnlyList<string>>();
        if (requestValues != Missing)
            context["test:Key"] = requestValues.Split('|');

        Assert.Equal(holds, HoldsFor(ConditionOperators.Compile(name, "test:key", policyValues.Split('|')), context));
    }

    [Theory]
    [InlineData("IpAddress", "10.0.0.0/8", "internal")]
    [InlineData("NumericEquals", "1", "one")]
    [InlineData("NumericNotEquals", "1", "one")]
    [InlineData("DateLessThan", "2026-03-01", "soon")]
    [InlineData("Bool", "true", "1")]
    [InlineData("BinaryEquals", "AQI=", "AQ")]
    public void A_value_of_the_request_without_the_operator_s_form_is_a_fault(string name, string policyValue, string requestValue)
    {
        var condition = ConditionOperators.Compile(name, "k", [policyValue]);

        var fault = Assert.Throws<PolicyFaultException>(() => HoldsFor(condition, new Dictionary<string, IReadOnlyList<string>> { ["k"] = [requestValue] }));

        Assert.DoesNotContain(requestValue, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Env")]
    [InlineData("ENV")]
    public void Two_tags_that_differ_in_case_alone_are_a_fault_and_the_exact_one_is_no_better(string asked)
    {
        var condition = ConditionOperators.Compile("StringEquals", $"secretsmanager:ResourceTag/{asked}", ["prod"]);
        var context = new Dictionary<string, IReadOnlyList<string>> { ["secretsmanager:ResourceTag/ENV"] = ["prod"] };

        Assert.True(HoldsFor(condition, context));
        context["secretsmanager:ResourceTag/env"] = ["test"];
        Assert.Throws<PolicyFaultException>(() => HoldsFor(condition, context));
    }

    private static bool HoldsFor(PolicyCondition condition, Dictionary<string, IReadOnlyList<string>> context) =>
        condition.Holds(new RequestFacts(new AuthorizationRequest(
            new Caller { Id = "1", Kind = CallerKind.User, Name = "ann", Arn = "arn:aws:iam::000000000000:user/ann" }, "a:b", "*", context)));
}
