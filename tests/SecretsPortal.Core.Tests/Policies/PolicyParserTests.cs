using CsCheck;
using SecretsPortal.Core.Policies;

namespace SecretsPortal.Core.Tests.Policies;

public sealed class PolicyParserTests
{
    private const string Valid = """{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}""";

    [Theory]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""")]
    [InlineData("""{"Version":"2008-10-17","Id":"x","Statement":[{"Sid":"A b-c_1","Effect":"Deny","NotAction":["secretsmanager:Get*","secretsportal:?"],"NotResource":["arn:aws:secretsmanager:*:*:secret:*"]}]}""")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{}}]}""")]
    public void Reads_identity_policies(string json) => Assert.False(PolicyDocument.Parse(json, isResourcePolicy: false).IsResourcePolicy);

    [Theory]
    [InlineData("\"*\"")]
    [InlineData("""{"AWS":"*"}""")]
    [InlineData("""{"AWS":["000000000000","arn:aws:iam::000000000000:root","arn:aws:iam::000000000000:user/a"]}""")]
    public void Reads_resource_policies(string principal) => Assert.True(PolicyDocument.Parse(
        $$$"""{"Statement":{"Effect":"Allow","Principal":{{{principal}}},"Action":"*","Resource":"*"}}""", isResourcePolicy: true).IsResourcePolicy);

    [Theory]
    [InlineData("", "The document must have 1 to 20480 characters.")]
    [InlineData("[]", "The document must be a JSON object.")]
    [InlineData("""{"Statement":[}""", "The document is not valid JSON, is nested too deeply, or names a member twice, near line 1, byte 15.")]
    [InlineData("""{"Statement":[],"Statement":[]}""", "The document is not valid JSON, is nested too deeply, or names a member twice, near line 1, byte 1.")]
    [InlineData("""{"Id":"\ud800","Statement":{}}""", "Statement 1 has no Effect.")]
    [InlineData("""{"Id":"x\ud800","Statement":{"Sid":"\ud800"}}""", "The document has text that is not valid Unicode.")]
    [InlineData("{}", "The document has no Statement.")]
    [InlineData("""{"Statement":[]}""", "Statement must not be empty.")]
    [InlineData("""{"Version":"2012","Statement":[]}""", "Version must be \"2012-10-17\" or \"2008-10-17\".")]
    [InlineData("""{"Version":20121017,"Statement":[]}""", "Version must be \"2012-10-17\" or \"2008-10-17\".")]
    [InlineData("""{"Id":1,"Statement":[]}""", "Id must be a string.")]
    [InlineData("""{"statement":[]}""", "The document has the unknown element 'statement'. It may have Version, Id and Statement.")]
    public void Faults_of_the_document_are_named(string json, string message) => Refused(json, message);

    [Theory]
    [InlineData("1", "Statement 2 must be a JSON object.")]
    [InlineData("""{"Sid":"Read"}""", "Statement 2 (Read) has no Effect.")]
    [InlineData("""{"Sid":"a/b"}""", "Statement 2 has a Sid that is not text of at most 128 letters, digits, blanks, hyphens and underscores.")]
    [InlineData("""{"Effect":"allow"}""", "Statement 2 has an Effect that is neither \"Allow\" nor \"Deny\".")]
    [InlineData("""{"Effect":true}""", "Statement 2 has an Effect that is neither \"Allow\" nor \"Deny\".")]
    [InlineData("""{"Effect":"Allow","Actions":"*"}""", "Statement 2 has the unknown element 'Actions'.")]
    [InlineData("""{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}""", "Statement 2 has Principal, which only a resource policy may have.")]
    [InlineData("""{"Effect":"Allow","Resource":"*"}""", "Statement 2 must have one of Action and NotAction.")]
    [InlineData("""{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}""", "Statement 2 must have one of Action and NotAction.")]
    [InlineData("""{"Effect":"Allow","Action":[],"Resource":"*"}""", "Statement 2 has nothing in Action.")]
    [InlineData("""{"Effect":"Allow","Action":1,"Resource":"*"}""", "Statement 2 has Action that is not a string or a list of strings.")]
    [InlineData("""{"Effect":"Allow","Action":["*",["*"]],"Resource":"*"}""", "Statement 2 has Action that is not a string or a list of strings.")]
    [InlineData("""{"Effect":"Allow","Action":"GetSecretValue","Resource":"*"}""", "Statement 2 has the Action 'GetSecretValue', which is neither * nor like secretsmanager:GetSecretValue.")]
    [InlineData("""{"Effect":"Allow","NotAction":"a:b:c","Resource":"*"}""", "Statement 2 has the NotAction 'a:b:c', which is neither * nor like secretsmanager:GetSecretValue.")]
    [InlineData("""{"Effect":"Allow","Action":"*"}""", "Statement 2 must have one of Resource and NotResource.")]
    [InlineData("""{"Effect":"Allow","Action":"*","Resource":"db"}""", "Statement 2 has the Resource 'db', which is neither * nor an ARN such as arn:aws:secretsmanager:*:000000000000:secret:prod/*.")]
    [InlineData("""{"Effect":"Deny","Action":"*","Resource":"arn:aws:secretsmanager:*:*:secret:${aws:username}"}""", "Statement 2 has Resource with a policy variable such as ${aws:username}, which needs \"Version\": \"2012-10-17\" in the document.")]
    [InlineData("""{"Effect":"Deny","Action":"*","Resource":"*","Condition":[]}""", "Statement 2 has a Condition that is not a JSON object.")]
    [InlineData("""{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":true}}""", "Statement 2 has a Condition whose operator 'Bool' is not a JSON object of keys.")]
    [InlineData("""{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"":true}}}""", "Statement 2 has a Condition whose operator 'Bool' has an empty key.")]
    [InlineData("""{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"k":{}}}}""", "Statement 2 has a Condition value of 'k' that is not a string or a list of strings.")]
    [InlineData("""{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"k":[]}}}""", "Statement 2 has nothing in a Condition value of 'k'.")]
    [InlineData("""{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"k":"yes"}}}""", "Statement 2 has a Condition that has the value 'yes' for 'k', which is neither true nor false.")]
    [InlineData("""{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEqual":{"k":"v"}}}""", "Statement 2 has a Condition that has the unknown operator 'StringEqual'.")]
    [InlineData("""{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NumericLike":{"k":"1"}}}""", "Statement 2 has a Condition that has the unknown operator 'NumericLike'.")]
    [InlineData("""{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"ForSome:StringEquals":{"k":"v"}}}""", "Statement 2 has a Condition that has the unknown operator 'ForSome:StringEquals'.")]
    [InlineData("""{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NullIfExists":{"k":true}}}""", "Statement 2 has a Condition that has the operator 'NullIfExists', but Null takes neither prefix nor IfExists.")]
    [InlineData("""{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Null":{"k":[true,false]}}}""", "Statement 2 has a Condition that needs exactly one value for Null on 'k'.")]
    [InlineData("""{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"IpAddress":{"k":"10.0.0.0/33"}}}""", "Statement 2 has a Condition that has the value '10.0.0.0/33' for 'k', which is no IP address and no range such as 10.0.0.0/8.")]
    [InlineData("""{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"IpAddress":{"k":"10.1"}}}""", "Statement 2 has a Condition that has the value '10.1' for 'k', which is no IP address and no range such as 10.0.0.0/8.")]
    [InlineData("""{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NumericEquals":{"k":"ten"}}}""", "Statement 2 has a Condition that has the value 'ten' for 'k', which is no number.")]
    [InlineData("""{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"k":"tomorrow"}}}""", "Statement 2 has a Condition that has the value 'tomorrow' for 'k', which is no time such as 2026-03-01T00:00:00Z.")]
    [InlineData("""{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"ArnLike":{"k":"me"}}}""", "Statement 2 has a Condition that has the value 'me' for 'k', which is neither * nor an ARN such as arn:aws:secretsmanager:*:000000000000:secret:prod/*.")]
    public void Faults_of_a_statement_name_it_and_the_field(string statement, string message) =>
        Refused($$"""{"Statement":[{{Valid}},{{statement}}]}""", message);

    [Theory]
    [InlineData("", "Statement 1 must have one of Principal and NotPrincipal.")]
    [InlineData("""  "Principal":"*","NotPrincipal":"*",  """, "Statement 1 must have one of Principal and NotPrincipal.")]
    [InlineData("""  "NotPrincipal":"*",  """, "Statement 1 has NotPrincipal with \"Allow\", which would allow everyone else; use Principal.")]
    [InlineData("""  "Principal":"me",  """, "Statement 1 has a Principal that is neither \"*\" nor an object such as {\"AWS\": \"arn:aws:iam::000000000000:user/NAME\"}.")]
    [InlineData("""  "Principal":{},  """, "Statement 1 has a Principal that is neither \"*\" nor an object such as {\"AWS\": \"arn:aws:iam::000000000000:user/NAME\"}.")]
    [InlineData("""  "Principal":{"AWS":"*","Service":"x.amazonaws.com"},  """, "Statement 1 names a Principal of the kind 'Service'. This resource policy contains an unsupported principal; only \"AWS\" is supported.")]
    [InlineData("""  "Principal":{"AWS":"arn:aws:iam::000000000000:user/*"},  """, "Statement 1 names the Principal 'arn:aws:iam::000000000000:user/*'. This resource policy contains an unsupported principal; give *, a 12-digit account, or a whole ARN of a user, role or function without wildcards.")]
    [InlineData("""  "Principal":{"AWS":"someone"},  """, "Statement 1 names the Principal 'someone'. This resource policy contains an unsupported principal; give *, a 12-digit account, or a whole ARN of a user, role or function without wildcards.")]
    public void Faults_of_a_principal_are_named(string principal, string message) =>
        Refused($$$"""{"Statement":{"Effect":"Allow",{{{principal}}}"Action":"*","Resource":"*"}}""", message, isResourcePolicy: true);

    [Fact]
    public void A_Sid_is_used_once() => Refused(
        """{"Statement":[{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"a","Effect":"Deny","Action":"*","Resource":"*"}]}""",
        "The Sid 'a' is used more than once. Give each statement its own.");

    [Fact]
    public void Deep_nesting_and_lone_surrogates_are_refused()
    {
        Assert.Equal(PortalError.MalformedPolicyDocument, Assert.Throws<PortalException>(() =>
            PolicyDocument.Parse(string.Concat(Enumerable.Repeat("""{"Statement":""", 500)) + "1" + new string('}', 500), false)).Error);
        Refused("{\"Id\":\"\ud800\"}", "The document has text that is not valid Unicode.");
        Refused(new string(' ', 20_481), "The document must have 1 to 20480 characters.");
    }

    [Fact]
    public void Any_damage_to_a_document_is_read_or_refused_and_never_fails()
    {
        const string whole = """{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Deny","Principal":{"AWS":["*"]},"Action":["secretsmanager:*"],"Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}]}""";
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Char["{}[]\",:*\\u0a\ud800"], Gen.Int[0, 3]).Sample((at, c, cut) =>
        {
            try
            {
                PolicyDocument.Parse(whole[..at] + c + whole[Math.Min(whole.Length, at + cut)..], isResourcePolicy: true);
            }
            catch (PortalException e)
            {
                Assert.Equal(PortalError.MalformedPolicyDocument, e.Error);
            }
        });
    }

    [Theory]
    [InlineData("""  "Action":"secretsmanager:${aws:username}","Resource":"*"  """, "Statement 1 has Action with a policy variable, which only Resource, NotResource and the values of a Condition may have.")]
    [InlineData("""  "Action":"*","Resource":"arn:aws:secretsmanager:*:*:secret:${aws:username"  """, "Statement 1 has Resource that has a policy variable that is not closed with }.")]
    [InlineData("""  "Action":"*","Resource":"arn:aws:secretsmanager:*:*:secret:${username}"  """, "Statement 1 has Resource that has a policy variable that is not written like ${aws:username}.")]
    [InlineData("""  "Action":"*","Resource":"arn:aws:secretsmanager:*:*:secret:${aws:${aws:username}}"  """, "Statement 1 has Resource that has a policy variable that is not written like ${aws:username}.")]
    [InlineData("""  "Action":"*","NotResource":"arn:aws:secretsmanager:*:*:secret:${aws:username, none}"  """, "Statement 1 has NotResource that has a policy variable whose default is not written like ${aws:PrincipalTag/team, 'none'}.")]
    [InlineData("""  "Action":"*","Resource":"arn:aws:secretsmanager:${aws:RequestedRegion}:*:secret:*"  """, "Statement 1 has the Resource 'arn:aws:secretsmanager:${aws:RequestedRegion}:*:secret:*' with a policy variable before the fifth colon; a variable may stand only in the last part of the ARN.")]
    [InlineData("""  "Action":"*","Resource":"*","Condition":{"NumericEquals":{"k":"${aws:EpochTime}"}}  """, "Statement 1 has a Condition that has a policy variable in a value of 'k', which only the String and Arn operators may have.")]
    [InlineData("""  "Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/${aws:username}":"x"}}  """, "Statement 1 has a Condition whose operator 'StringEquals' has a key with a policy variable, which only values may have.")]
    [InlineData("""  "Action":"*","Resource":"*","Condition":{"StringEquals":{"k":"${aws:username, 'a${b'}"}}  """, "Statement 1 has a Condition that has a policy variable whose default is not written like ${aws:PrincipalTag/team, 'none'}.")]
    [InlineData("""  "Action":"*","Resource":"*","Condition":{"BinaryEquals":{"k":"a b="}}  """, "Statement 1 has a Condition that has the value 'a b=' for 'k', which is no base64.")]
    public void Variables_stand_only_where_they_are_filled_in(string elements, string message) =>
        Refused($$"""{"Version":"2012-10-17","Statement":[{"Effect":"Deny",{{elements}} }]}""", message);

    [Fact]
    public void A_message_quotes_a_line_at_most_and_no_control_characters()
    {
        var refused = Assert.Throws<PortalException>(() => PolicyDocument.Parse($$"""{"Statement":{"Effect":"Deny","Action":"\n{{new string('a', 10_000)}}","Resource":"*"} }""", false));

        Assert.Equal($"Statement 1 has the Action '\uFFFD{new string('a', 127)}…', which is neither * nor like secretsmanager:GetSecretValue.", refused.Message);
    }

    private static void Refused(string json, string message, bool isResourcePolicy = false)
    {
        var refused = Assert.Throws<PortalException>(() => PolicyDocument.Parse(json, isResourcePolicy));
        Assert.Equal((PortalError.MalformedPolicyDocument, message), (refused.Error, refused.Message));
    }
}
