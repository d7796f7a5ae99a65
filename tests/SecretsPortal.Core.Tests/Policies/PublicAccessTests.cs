using SecretsPortal.Core.Policies;

namespace SecretsPortal.Core.Tests.Policies;

public sealed class PublicAccessTests
{
    [Theory]
    [InlineData("""{"Sid":"Open","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}""", "Open")]
    [InlineData("""{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}""", "#1")]
    [InlineData("""{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::000000000000:user/ann","*"]},"Action":"*","Resource":"*"}""", "#1")]
    [InlineData("""{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:user/ann"},"Action":"*","Resource":"*"},{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}""", "#2")]
    // What another statement takes away again does not count.
    [InlineData("""{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"},{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::000000000000:user/ann"},"Action":"*","Resource":"*"}""", "#1")]
    public void An_allow_for_everyone_is_public_and_named(string statements, string name) => Assert.Equal([name], PublicAccess.Statements(Policy(statements)));

    [Theory]
    [InlineData("""{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:user/ann"},"Action":"*","Resource":"*"}""")]
    [InlineData("""{"Effect":"Allow","Principal":{"AWS":["000000000000","arn:aws:iam::111111111111:root"]},"Action":"*","Resource":"*"}""")]
    [InlineData("""{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}""")]
    [InlineData("""{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::000000000000:user/ann"},"Action":"*","Resource":"*"}""")]
    public void Named_callers_and_denials_are_not(string statements) => Assert.Empty(PublicAccess.Statements(Policy(statements)));

    [Theory]
    [InlineData("""{"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::000000000000:user/ann"}}""")]
    [InlineData("""{"StringEquals":{"AWS:principalaccount":["000000000000","111111111111"]}}""")]
    [InlineData("""{"StringEqualsIgnoreCase":{"aws:PrincipalOrgID":"o-abc"}}""")]
    [InlineData("""{"StringLike":{"aws:SourceVpce":"vpce-1"}}""")]
    [InlineData("""{"ArnEquals":{"aws:SourceArn":"arn:aws:lambda:us-east-1:000000000000:function:f"}}""")]
    [InlineData("""{"ArnLike":{"aws:SourceArn":"arn:aws:lambda:us-east-1:000000000000:function:f"}}""")]
    [InlineData("""{"StringEquals":{"aws:PrincipalArn":"arn:aws:lambda:us-east-1:000000000000:function:f"}}""")]
    [InlineData("""{"ForAnyValue:StringEquals":{"aws:PrincipalOrgPaths":"o-abc/r-1/ou-1/"}}""")]
    [InlineData("""{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}""")]
    [InlineData("""{"IpAddress":{"aws:SourceIp":["203.0.113.7","2001:db8::/32"]}}""")]
    [InlineData("""{"Bool":{"aws:SecureTransport":true},"StringEquals":{"aws:SourceAccount":"000000000000"}}""")]
    public void A_condition_with_fixed_values_narrows(string condition) => Assert.Empty(PublicAccess.Statements(Open(condition)));

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"Bool":{"aws:SecureTransport":true}}""")]
    [InlineData("""{"StringEquals":{"aws:username":"ann"}}""")]
    [InlineData("""{"StringEquals":{"secretsmanager:Name":"db"}}""")]
    [InlineData("""{"StringLike":{"aws:PrincipalArn":"*"}}""")]
    [InlineData("""{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/ann"}}""")]
    [InlineData("""{"ArnEquals":{"aws:SourceArn":["arn:aws:lambda:us-east-1:000000000000:function:f","*"]}}""")]
    [InlineData("""{"StringLike":{"aws:userid":"AROLEID:*"}}""")]
    [InlineData("""{"StringLike":{"aws:PrincipalAccount":"00000000000?"}}""")]
    [InlineData("""{"StringEquals":{"aws:PrincipalArn":"${aws:PrincipalArn}"}}""")]
    [InlineData("""{"StringLike":{"aws:PrincipalAccount":["000000000000","${aws:PrincipalTag/account, '000000000000'}"]}}""")]
    [InlineData("""{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::000000000000:user/${aws:username}"}}""")]
    [InlineData("""{"StringLike":{"aws:PrincipalArn":"${*}"}}""")]
    [InlineData("""{"StringEquals":{"aws:PrincipalTag/team":"blue"}}""")]
    [InlineData("""{"StringEquals":{"aws:ResourceTag/open":"no"}}""")]
    [InlineData("""{"StringNotEquals":{"aws:PrincipalAccount":"111111111111"}}""")]
    [InlineData("""{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::000000000000:user/ann"}}""")]
    [InlineData("""{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-abc"}}""")]
    [InlineData("""{"ForAllValues:StringEquals":{"aws:PrincipalOrgPaths":"o-abc/r-1/ou-1/"}}""")]
    [InlineData("""{"Null":{"aws:PrincipalArn":false}}""")]
    [InlineData("""{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}""")]
    [InlineData("""{"IpAddress":{"aws:SourceIp":"10.0.0.0/7"}}""")]
    [InlineData("""{"IpAddress":{"aws:SourceIp":"2001::/31"}}""")]
    [InlineData("""{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","0.0.0.0/1"]}}""")]
    [InlineData("""{"IpAddress":{"aws:VpcSourceIp":"10.0.0.0/8"}}""")]
    [InlineData("""{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}""")]
    [InlineData("""{"IpAddressIfExists":{"aws:SourceIp":"10.0.0.0/8"}}""")]
    public void Other_conditions_do_not(string condition) => Assert.Equal(["#1"], PublicAccess.Statements(Open(condition)));

    private static PolicyDocument Open(string condition) =>
        Policy($$"""{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{{condition}}}""");

    private static PolicyDocument Policy(string statements) =>
        PolicyDocument.Parse($$"""{"Version":"2012-10-17","Statement":[{{statements}}]}""", isResourcePolicy: true);
}
