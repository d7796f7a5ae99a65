using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Replicas;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Tests.Access;

/// <summary>The service's own condition keys are there for the operations that they belong to.</summary>
public sealed class ConditionKeyTests
{
    private const string Function = "arn:aws:lambda:us-east-1:123456789012:function:SecretsManagerRDSPostgreSQLRotationSingleUser";
    private const string Role = "arn:aws:iam::123456789012:role/partner";

    /// <summary>Operation, what is special about the request, a policy's condition, and whether it holds.</summary>
    public static TheoryData<string, string, string, bool> Requests => new()
    {
        { "PutResourcePolicy", "", """{"Bool":{"secretsmanager:BlockPublicPolicy":"false"}}""", true },
        { "PutResourcePolicy", "blocking", """{"Bool":{"secretsmanager:BlockPublicPolicy":"false"}}""", false },
        { "PutResourcePolicy", "blocking", """{"Bool":{"secretsmanager:BlockPublicPolicy":"true"}}""", true },
        { "ValidateResourcePolicy", "", """{"Bool":{"secretsmanager:BlockPublicPolicy":"true"}}""", true },
        { "DeleteSecret", "", """{"Bool":{"secretsmanager:ForceDeleteWithoutRecovery":"true"}}""", false },
        { "DeleteSecret", "force", """{"Bool":{"secretsmanager:ForceDeleteWithoutRecovery":"true"}}""", true },
        { "DeleteSecret", "7", """{"NumericLessThan":{"secretsmanager:RecoveryWindowInDays":"14"}}""", true },
        { "DeleteSecret", "14", """{"NumericLessThan":{"secretsmanager:RecoveryWindowInDays":"14"}}""", false },
        { "DeleteSecret", "", """{"NumericEquals":{"secretsmanager:RecoveryWindowInDays":"30"}}""", true },
        { "DeleteSecret", "force", """{"Null":{"secretsmanager:RecoveryWindowInDays":"true"}}""", true },
        { "CreateSecret", "", """{"Null":{"secretsmanager:KmsKeyId":"true"}}""", true },
        { "CreateSecret", "key", """{"StringEquals":{"secretsmanager:KmsKeyId":"alias/aws/secretsmanager"}}""", true },
        { "CreateSecret", "key", """{"StringEquals":{"secretsmanager:KmsKeyId":"another"}}""", false },
        { "CreateSecret", "description", """{"StringLike":{"secretsmanager:Description":"of *"}}""", true },
        { "CreateSecret", "type", """{"StringEquals":{"secretsmanager:Type":"Partner"}}""", true },
        { "CreateSecret", "", """{"Null":{"secretsmanager:SecretId":"true"}}""", true },
        { "UpdateSecret", "", """{"Null":{"secretsmanager:KmsKeyId":"true","secretsmanager:Description":"true","secretsmanager:Type":"true"}}""", true },
        { "UpdateSecret", "key", """{"StringEquals":{"secretsmanager:KmsKeyId":"alias/aws/secretsmanager"}}""", true },
        { "UpdateSecret", "description", """{"StringLike":{"secretsmanager:Description":"of *"}}""", true },
        { "UpdateSecret", "type", """{"StringEquals":{"secretsmanager:Type":"Partner"}}""", true },
        { "GetSecretValue", "", """{"ForAnyValue:StringEquals":{"secretsmanager:VersionStage":"AWSCURRENT"}}""", true },
        { "GetSecretValue", "stage", """{"ForAnyValue:StringEquals":{"secretsmanager:VersionStage":"AWSCURRENT"}}""", false },
        { "GetSecretValue", "stage", """{"StringEquals":{"secretsmanager:VersionStage":"AWSPREVIOUS"}}""", true },
        { "GetSecretValue", "version", """{"Null":{"secretsmanager:VersionStage":"true"}}""", true },
        { "GetSecretValue", "version", """{"StringEquals":{"secretsmanager:VersionId":"00000000-0000-4000-8000-000000000001"}}""", true },
        { "GetSecretValue", "", """{"Null":{"secretsmanager:VersionId":"true"}}""", true },
        { "UpdateSecretVersionStage", "", """{"StringEquals":{"secretsmanager:VersionStage":"MINE"}}""", true },
        { "UpdateSecretVersionStage", "", """{"StringEquals":{"secretsmanager:VersionStage":"AWSCURRENT"}}""", false },
        { "RotateSecret", "", """{"Bool":{"secretsmanager:RotateImmediately":"true","secretsmanager:ModifyRotationRules":"false"}}""", true },
        { "RotateSecret", "later", """{"Bool":{"secretsmanager:RotateImmediately":"true"}}""", false },
        { "RotateSecret", "schedule", """{"Bool":{"secretsmanager:ModifyRotationRules":"true"}}""", true },
        { "RotateSecret", "function", $$$"""{"ArnEquals":{"secretsmanager:RotationLambdaARN":"{{{Function}}}"}}""", true },
        { "RotateSecret", "", """{"Null":{"secretsmanager:RotationLambdaARN":"true"}}""", true },
        { "RotateSecret", "role", $$$"""{"ArnEquals":{"secretsmanager:ExternalSecretRotationRoleArn":"{{{Role}}}"}}""", true },
        { "DescribeSecret", "", """{"StringEquals":{"secretsmanager:SecretId":"s"}}""", true },
        { "DescribeSecret", "arn", """{"ArnLike":{"secretsmanager:SecretId":"arn:aws:secretsmanager:*:*:secret:s-??????"}}""", true },
        { "DescribeSecret", "arn", """{"StringEquals":{"secretsmanager:SecretId":"s"}}""", false },
        { "DescribeSecret", "", """{"Null":{"secretsmanager:SecretPrimaryRegion":"true","secretsmanager:resource/AllowRotationLambdaArn":"true","secretsmanager:resource/Type":"true"}}""", true },
        { "DescribeSecret", "replicated", """{"StringEquals":{"secretsmanager:SecretPrimaryRegion":"us-east-1"}}""", true },
        { "DescribeSecret", "rotated", $$$"""{"ArnEquals":{"secretsmanager:resource/AllowRotationLambdaArn":"{{{Function}}}"}}""", true },
        { "DescribeSecret", "rotated", """{"StringEquals":{"secretsmanager:resource/Type":"Partner"}}""", true },
        { "TagResource", "", """{"StringEquals":{"aws:RequestTag/team":"blue"},"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}""", true },
        { "TagResource", "", """{"StringEquals":{"aws:RequestTag/team":"red"}}""", false },
        { "UntagResource", "", """{"ForAnyValue:StringEquals":{"aws:TagKeys":"team"}}""", true },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task A_deny_refuses_and_an_allow_allows_where_the_condition_holds(string operation, string what, string condition, bool holds)
    {
        await using var portal = await TestPortal.Start();
        var arn = (await portal.Create("s")).Arn.ToString();
        await portal.Put("s", "second", TestPortal.Token(2));
        await portal.Writer.Create(portal.Admin, new CreateSecretRequest { Name = "replicated", ClientRequestToken = TestPortal.Token(1), ReplicaRegions = [new ReplicaRegion("eu-central-1", null)] }, default);
        var rotated = await portal.Create("rotated");
        await portal.Get<SecretStore>().Change(
            rotated.Id, s => new SecretChange(s with { PartnerType = "Partner", Rotation = new RotationSettings { Enabled = false, FunctionArn = Function } },
                portal.Get<AuditLog>().For(portal.Admin, "test:Rotated", null, AuditOutcome.Succeeded)), default);
        var denied = await portal.UserWith("denied", $$"""{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"secretsmanager:{{operation}}","Resource":"*","Condition":{{condition}}}""");
        var allowed = await portal.UserWith("allowed", $$"""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{condition}}}""");

        Assert.Equal(holds, await IsRefused(() => Ask(portal, denied, arn, operation, what)));
        Assert.Equal(!holds, await IsRefused(() => Ask(portal, allowed, arn, operation, what)));
    }

    /// <summary>A policy's condition on who asks, how and for which secret, and whether it holds for ann of the blue team over TLS from 203.0.113.7.</summary>
    public static TheoryData<string, bool> OfCallerAndCall => new()
    {
        { """{"StringEquals":{"aws:PrincipalTag/team":"blue"}}""", true },
        { """{"StringEquals":{"AWS:principaltag/Team":"blue"}}""", true },
        { """{"StringEquals":{"aws:PrincipalTag/team":"red"}}""", false },
        { """{"Null":{"aws:PrincipalTag/other":"true"}}""", true },
        { """{"StringEquals":{"aws:PrincipalTag/team":"${aws:ResourceTag/team}"}}""", true },
        { """{"StringEquals":{"aws:PrincipalType":"User"}}""", true },
        { """{"StringEquals":{"aws:PrincipalType":"AssumedRole"}}""", false },
        { """{"StringLike":{"aws:userid":"????????????????????????????????"}}""", true },
        { """{"StringEquals":{"aws:username":"ann"}}""", true },
        { """{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::123456789012:user/ann"}}""", true },
        { """{"StringEquals":{"aws:PrincipalAccount":"123456789012"}}""", true },
        { """{"Bool":{"aws:SecureTransport":"true"}}""", true },
        { """{"Bool":{"aws:SecureTransport":"false"}}""", false },
        { """{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}""", true },
        { """{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}""", false },
        { """{"StringEquals":{"aws:RequestedRegion":"us-east-1"}}""", true },
        { """{"DateLessThan":{"aws:CurrentTime":"2026-03-05"},"NumericGreaterThan":{"aws:EpochTime":"1700000000"}}""", true },
        { """{"StringLike":{"secretsmanager:Name":"s"}}""", true },
        { """{"StringEquals":{"aws:ResourceTag/team":"blue","secretsmanager:ResourceTag/team":"blue"}}""", true },
        { """{"StringEquals":{"secretsmanager:ResourceTag/team":"red"}}""", false },
    };

    [Theory]
    [MemberData(nameof(OfCallerAndCall))]
    public async Task What_is_known_of_caller_call_and_secret_can_be_asked_for(string condition, bool holds)
    {
        await using var portal = await TestPortal.Start();
        await portal.Writer.Create(
            portal.Admin, new CreateSecretRequest { Name = "s", ClientRequestToken = TestPortal.Token(1), Value = SecretValue.FromText("v"), Tags = [new SecretTag("team", "blue")] }, default);
        var ann = await portal.UserWith("ann", $$"""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{condition}}}""") with { IsSecure = true };
        await portal.Execute($"INSERT INTO caller_tag (caller_id, position, tag_key, tag_value) VALUES ('{ann.Caller.Id}', 0, 'team', 'blue')");

        Assert.Equal(!holds, await IsRefused(() => portal.Reader.GetValue(ann, "s", null, null, default)));
    }

    /// <summary>A tag's key is the same to policies however it is written, so a second tag that differs in case alone slips past none.</summary>
    [Theory]
    [InlineData("aws:RequestTag/team")]
    [InlineData("aws:RequestTag/TEAM")]
    [InlineData("aws:RequestTag/Team")]
    public async Task A_deny_on_a_tag_is_not_passed_by_a_second_one_that_differs_in_case(string key)
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s");
        var ann = await portal.UserWith(
            "ann", $$$"""{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"{{{key}}}":"red"} } }""");
        Task Tag(params SecretTag[] tags) => portal.Tagger.Tag(ann, "s", tags, default);
        Task Create(params SecretTag[] tags) => portal.Writer.Create(
            ann, new CreateSecretRequest { Name = "new", ClientRequestToken = TestPortal.Token(1), Tags = tags }, default);

        foreach (var ask in (Func<SecretTag[], Task>[])[Tag, Create])
        {
            Assert.True(await IsRefused(() => ask([new SecretTag("TEAM", "red")])));
            Assert.True(await IsRefused(() => ask([new SecretTag("team", "blue"), new SecretTag("TEAM", "red")])));
            Assert.True(await IsRefused(() => ask([new SecretTag("team", "red"), new SecretTag("TEAM", "blue")])));
            Assert.False(await IsRefused(() => ask([new SecretTag("team", "blue")])));
        }

        Assert.Equal([new SecretTag("team", "blue")], (await portal.Reader.Describe(portal.Admin, "s", default)).Tags);
    }

    /// <summary>What the request may want besides its permission, a database to rotate say, does not matter here.</summary>
    private static async Task<bool> IsRefused(Func<Task> ask)
    {
        try
        {
            await ask();
            return false;
        }
        catch (PortalException fault) when (fault.Error != PortalError.Internal)
        {
            return fault.Error == PortalError.AccessDenied && fault.Message.Contains("is not authorized to perform", StringComparison.Ordinal);
        }
    }

    private static Task Ask(TestPortal portal, CallContext call, string arn, string operation, string what) => operation switch
    {
        "PutResourcePolicy" => portal.Get<SecretPolicies>().Put(call, "s", Policy, blockPublic: what == "blocking", default),
        "ValidateResourcePolicy" => portal.Get<SecretPolicies>().Validate(call, "s", Policy, default),
        "DeleteSecret" => portal.Writer.Delete(call, "s", long.TryParse(what, out var days) ? days : null, force: what == "force", default),
        "CreateSecret" => portal.Writer.Create(call, new CreateSecretRequest
        {
            Name = "new", ClientRequestToken = TestPortal.Token(1), KmsKeyId = Key(what), Description = Description(what), PartnerType = Type(what),
        }, default),
        "UpdateSecret" => portal.Writer.Update(call, new UpdateSecretRequest
        {
            SecretId = "s", ClientRequestToken = TestPortal.Token(3), KmsKeyId = Key(what), Description = Description(what), PartnerType = Type(what),
        }, default),
        "GetSecretValue" => portal.Reader.GetValue(call, "s", what == "version" ? TestPortal.Token(1) : null, what == "stage" ? "AWSPREVIOUS" : null, default),
        "UpdateSecretVersionStage" => portal.Writer.UpdateVersionStage(call, "s", "MINE", TestPortal.Token(1), null, default),
        "RotateSecret" => portal.Get<RotationService>().Rotate(call, new RotateSecretRequest
        {
            SecretId = "s",
            ClientRequestToken = TestPortal.Token(3),
            RotateImmediately = what != "later",
            Schedule = what == "schedule" ? RotationSchedule.Parse("rate(4 days)", null, null) : null,
            RotationLambdaArn = what == "function" ? Function : null,
            ExternalRoleArn = what == "role" ? Role : null,
        }, default),
        "DescribeSecret" => portal.Reader.Describe(call, what switch { "" => "s", "arn" => arn, _ => what }, default),
        "TagResource" => portal.Tagger.Tag(call, "s", [new SecretTag("team", "blue")], default),
        "UntagResource" => portal.Tagger.Untag(call, "s", ["team"], default),
        _ => throw new ArgumentOutOfRangeException(nameof(operation)),
    };

    private static string Policy => """{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/another"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}]}""";

    private static string? Key(string what) => what == "key" ? "alias/aws/secretsmanager" : null;

    private static string? Description(string what) => what == "description" ? "of the test" : null;

    private static string? Type(string what) => what == "type" ? "Partner" : null;
}
