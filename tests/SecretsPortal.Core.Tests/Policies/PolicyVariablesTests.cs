using SecretsPortal.Core.Policies;

namespace SecretsPortal.Core.Tests.Policies;

public sealed class PolicyVariablesTests
{
    private const string Secret = "arn:aws:secretsmanager:us-east-1:000000000000:secret:";

    [Theory]
    [InlineData("${aws:username}/*", "ann/db", true)]
    [InlineData("${AWS:UserName}/*", "ann/db", true)]
    [InlineData("${aws:username}/*", "bob/db", false)]
    [InlineData("${aws:PrincipalTag/team}/*", "blue/db", true)]
    [InlineData("${aws:PrincipalTag/team}-${aws:username}", "blue-ann", true)]
    [InlineData("${aws:PrincipalTag/none}/*", "/db", false)]
    [InlineData("${aws:PrincipalTag/none}*", "x", false)]
    [InlineData("${aws:PrincipalTag/none, 'all'}/*", "all/db", true)]
    [InlineData("${aws:PrincipalTag/none,''}x", "x", true)]
    [InlineData("${aws:PrincipalTag/team, 'all'}/*", "all/db", false)]
    [InlineData("${aws:PrincipalTag/none, '*'}", "x", false)]
    [InlineData("a${*}b", "a*b", true)]
    [InlineData("a${*}b", "axb", false)]
    [InlineData("a${?}", "ab", false)]
    [InlineData("${$}{aws:username}", "${aws:username}", true)]
    [InlineData("$x", "$x", true)]
    // What a value brings is no pattern.
    [InlineData("${aws:PrincipalTag/star}", "anything", false)]
    [InlineData("${aws:PrincipalTag/star}", "*", true)]
    [InlineData("${aws:PrincipalTag/colon}", "a:b", true)]
    public void A_variable_in_a_resource_is_filled_in(string pattern, string name, bool fits) =>
        Assert.Equal(fits, Evaluate($$"""{"Effect":"Allow","Action":"*","Resource":"{{Secret}}{{pattern}}"}""", name).IsAllowed);

    [Theory]
    [InlineData("StringEquals", "${aws:PrincipalTag/team}", true)]
    [InlineData("StringEquals", "${aws:PrincipalTag/none}", false)]
    [InlineData("StringEquals", "${aws:PrincipalTag/none, 'blue'}", true)]
    [InlineData("StringEqualsIgnoreCase", "${aws:PrincipalTag/TEAM}", true)]
    [InlineData("StringNotEquals", "${aws:PrincipalTag/team}", false)]
    [InlineData("StringNotEquals", "${aws:PrincipalTag/none}", true)]
    [InlineData("StringLike", "${aws:PrincipalTag/te}*", false)]
    [InlineData("StringLike", "b${aws:PrincipalTag/te, 'l'}*", true)]
    [InlineData("StringLike", "${aws:PrincipalTag/star}", false)]
    [InlineData("StringNotLike", "${aws:PrincipalTag/star}", true)]
    [InlineData("StringNotLike", "${aws:PrincipalTag/none}", true)]
    [InlineData("ForAllValues:StringEquals", "${aws:PrincipalTag/none}", false)]
    public void A_variable_in_a_condition_is_filled_in_and_without_a_value_equals_nothing(string name, string value, bool holds) => Assert.Equal(
        holds, Evaluate(Conditional($$"""{"{{name}}":{"aws:ResourceTag/team":"{{value}}"} }""")).IsAllowed);

    [Theory]
    [InlineData("arn:aws:iam::${aws:PrincipalAccount}:user/${aws:username}", true)]
    [InlineData("arn:aws:iam::*:user/${aws:PrincipalTag/star}", false)]
    [InlineData("arn:aws:iam:${aws:PrincipalTag/none, ''}:*:user/ann", true)]
    [InlineData("arn:aws:iam:${aws:PrincipalTag/none}:*:user/ann", false)]
    [InlineData("arn:aws:iam::${aws:PrincipalTag/colon}:user/ann", false)]
    public void A_variable_stays_in_its_field_of_an_ARN(string value, bool holds) =>
        Assert.Equal(holds, Evaluate(Conditional($$"""{"ArnLike":{"aws:PrincipalArn":"{{value}}"} }""")).IsAllowed);

    [Theory]
    [InlineData("Allow", "Resource", false)]
    [InlineData("Allow", "NotResource", false)]
    [InlineData("Deny", "Resource", true)]
    [InlineData("Deny", "NotResource", false)]
    public void Without_a_value_nothing_is_allowed_and_only_what_the_variable_spares_is_denied(string effect, string element, bool allowed)
    {
        var statement = $$"""{"Effect":"{{effect}}","Action":"*","{{element}}":"{{Secret}}${aws:PrincipalTag/none}/*"}""";
        var all = effect == "Deny" ? """,{"Effect":"Allow","Action":"*","Resource":"*"}""" : "";

        Assert.Equal(allowed, Evaluate(statement + all).IsAllowed);
    }

    [Fact]
    public void A_key_with_several_values_fits_in_no_text_and_denies()
    {
        var decision = Evaluate($$"""{"Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"No","Effect":"Deny","Action":"*","Resource":"{{Secret}}${aws:TagKeys}"}""");

        Assert.False(decision.IsAllowed);
        Assert.Equal($"p/No can't be evaluated for {Policies.Read} on {Secret}prod/db, which denies: the policy variable aws:TagKeys has several values.", decision.Reason);
    }

    private static string Conditional(string condition) => $$"""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{condition}} }""";

    private static Decision Evaluate(string statements, string name = "prod/db") => PolicyEvaluator.Evaluate(
        Policies.Request(
            ("aws:username", ["ann"]), ("aws:PrincipalArn", [Policies.User]), ("aws:PrincipalAccount", ["000000000000"]), ("aws:PrincipalTag/team", ["blue"]),
            ("aws:PrincipalTag/star", ["*"]), ("aws:PrincipalTag/colon", ["a:b"]),
            ("aws:ResourceTag/team", ["blue"]), ("aws:TagKeys", ["a", "b"])) with { Resource = Secret + name },
        [Policies.Identity("p", statements)], null);
}
