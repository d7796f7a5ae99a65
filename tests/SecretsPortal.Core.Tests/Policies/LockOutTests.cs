using SecretsPortal.Core.Policies;

namespace SecretsPortal.Core.Tests.Policies;

public sealed class LockOutTests
{
    private const string Reads = """{"Effect":"Allow","Action":"secretsmanager:Get*","Resource":"*"}""";
    private const string Everything = """{"Effect":"Allow","Action":"*","Resource":"*"}""";

    [Theory]
    // Who is left: ann may everything and has the tag team=blue, bob only reads.
    [InlineData("""{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}""", "ann", "ann")]
    [InlineData("""{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}""", null, null)]
    [InlineData("""{"Effect":"Deny","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*"}""", null, "ann")]
    [InlineData("""{"Effect":"Deny","Principal":"*","Action":"secretsmanager:PutResourcePolicy","Resource":"*"}""", "ann", "ann")]
    [InlineData("""{"Effect":"Deny","Principal":"*","Action":"secretsmanager:*ResourcePolicy","Resource":"*"}""", "ann", null)]
    [InlineData("""{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::000000000000:user/ann"},"Action":"*","Resource":"*"}""", "bob", null)]
    [InlineData("""{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::000000000000:user/cleo"},"Action":"*","Resource":"*"}""", null, null)]
    [InlineData("""{"Effect":"Deny","Principal":"*","Action":"*","Resource":"arn:aws:secretsmanager:*:*:secret:test/*"}""", "ann", "ann")]
    // Tags are fixed, of callers and of the secret.
    [InlineData("""{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalTag/team":"blue"}}}""", "ann", "ann")]
    [InlineData("""{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalTag/team":"red"}}}""", null, null)]
    [InlineData("""{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{"secretsmanager:Name":"prod/db"}}}""", null, null)]
    [InlineData("""{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}}""", "bob", null)]
    // The address, the time and what is asked for are somebody else's, or another time's.
    [InlineData("""{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}""", "ann", "ann")]
    [InlineData("""{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2020-01-01"}}}""", "ann", "ann")]
    [InlineData("""{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{"secretsmanager:VersionStage":"AWSCURRENT"}}}""", "ann", "ann")]
    [InlineData("""{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"},"StringEquals":{"aws:username":"bob"}}}""", "ann", "ann")]
    // A key that the portal never has is missing for everybody.
    [InlineData("""{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":false}}}""", null, null)]
    [InlineData("""{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":false}}}""", "ann", "ann")]
    public void Tells_who_is_left(string statement, string? reader, string? keeper)
    {
        var left = LockOut.Find(Policies.Arn, Policies.Resource("r", statement), [Candidate("ann", Everything, "blue"), Candidate("bob", Reads)]);

        Assert.Equal((reader, keeper), (left.Reader?.Name, left.Keeper?.Name));
        Assert.Equal(reader is null || keeper is null, left.IsLockOut);
    }

    [Fact]
    public void A_caller_without_policies_of_its_own_may_be_left_by_the_resource_policy() => Assert.False(LockOut.Find(
        Policies.Arn, Policies.Resource("r", """{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:user/dan"},"Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}"""),
        [Candidate("bob", Reads), Candidate("dan")]).IsLockOut);

    [Fact]
    public void The_policies_themselves_stay_as_they_are()
    {
        var resource = Policies.Resource("r", """{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}""");

        LockOut.Find(Policies.Arn, resource, [Candidate("ann", Everything)]);

        Assert.False(PolicyEvaluator.Evaluate(Policies.Request(("aws:SourceIp", ["1.1.1.1"])), [Policies.Identity("p", Everything)], resource).IsAllowed);
    }

    [Fact]
    public void Nobody_is_asked_once_both_are_found()
    {
        var left = LockOut.Find(Policies.Arn, Policies.Resource("r", """{"Effect":"Allow","Principal":"*","Action":"a:b","Resource":"*"}"""), Candidates());

        Assert.False(left.IsLockOut);

        static IEnumerable<LockOutCandidate> Candidates()
        {
            yield return Candidate("ann", Everything);
            throw new InvalidOperationException("asked for one more");
        }
    }

    private static LockOutCandidate Candidate(string name, string? statement = null, string? team = null)
    {
        var arn = $"arn:aws:iam::000000000000:user/{name}";
        var context = new Dictionary<string, IReadOnlyList<string>>
        {
            ["aws:PrincipalArn"] = [arn], ["aws:username"] = [name], ["secretsmanager:Name"] = ["prod/db"], ["aws:ResourceTag/team"] = ["blue"],
        };
        if (team is not null)
            context["aws:PrincipalTag/team"] = [team];
        return new LockOutCandidate(
            new Caller { Id = name, Kind = CallerKind.User, Name = name, Arn = arn }, statement is null ? [] : [Policies.Identity("p", statement)], context);
    }
}
