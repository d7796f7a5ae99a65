using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Services;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Tests.Api.Model;

namespace SecretsPortal.Web.Tests.Api;

public sealed class ResourcePolicyTests(SharedPortal shared) : ApiTest(shared)
{
    /// <summary>The client of the tests' access key.</summary>
    private const string Client = "arn:aws:iam::000000000000:user/client/bootstrap";

    private const string Valid = $$$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"{{{Client}}}"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}]}""";

    /// <summary>All operations but those that are not about one secret, and the two that this client, which may do everything, has past a resource policy.</summary>
    public static TheoryData<string> OperationsOnSecrets => [.. ServiceModel.Instance.Operations.Keys
        .Except(["BatchGetSecretValue", "CreateSecret", "GetRandomPassword", "ListSecrets"]).Except(["DeleteResourcePolicy", "GetResourcePolicy"])];

    [Fact]
    public async Task A_policy_goes_and_comes_byte_for_byte()
    {
        var (name, _) = await Create("policy");
        Assert.Equal(["ARN", "Name"], Members(await Aws.Ok("GetResourcePolicy", new { SecretId = name })));
        var odd = Valid.Replace("\"Statement\":", "\r\n\t\"Statement\" : ", StringComparison.Ordinal);

        var put = await Aws.Ok("PutResourcePolicy", new { SecretId = name, ResourcePolicy = odd, BlockPublicPolicy = true });

        Assert.Equal(["ARN", "Name"], Members(put));
        Assert.Equal(odd, (await Aws.Ok("GetResourcePolicy", new { SecretId = put["ARN"] }))["ResourcePolicy"]);
        Assert.Equal(["ARN", "Name"], Members(await Aws.Ok("DeleteResourcePolicy", new { SecretId = name })));
        Assert.Equal(["ARN", "Name"], Members(await Aws.Ok("GetResourcePolicy", new { SecretId = name })));
    }

    [Fact]
    public async Task What_is_wrong_with_a_policy_is_told_in_the_services_errors()
    {
        var (name, _) = await Create("policy");
        const string open = """{"Statement":[{"Effect":"Allow","Principal":"*","Action":"secretsmanager:*","Resource":"*"}]}""";
        const string lockout = """{"Statement":[{"Effect":"Deny","Principal":"*","Action":"secretsmanager:*","Resource":"*"}]}""";

        Assert.Contains("This resource policy contains an unsupported principal", await Aws.Refused(
            "PutResourcePolicy", new { SecretId = name, ResourcePolicy = Valid.Replace(Client, "nobody", StringComparison.Ordinal) }, "MalformedPolicyDocumentException"), StringComparison.Ordinal);
        Assert.StartsWith("You can't attach a resource-based policy that allows broad access to the secret.", await Aws.Refused(
            "PutResourcePolicy", new { SecretId = name, ResourcePolicy = open, BlockPublicPolicy = true }, "PublicPolicyException"), StringComparison.Ordinal);
        Assert.Equal("Your requested changes will not allow you to manage this secret in the future.", await Aws.Refused(
            "PutResourcePolicy", new { SecretId = name, ResourcePolicy = lockout }, "InvalidRequestException"));
        Assert.Contains("'resourcePolicy'", await Aws.Refused("PutResourcePolicy", new { SecretId = name, ResourcePolicy = new string(' ', 20_481) }, "ValidationException"), StringComparison.Ordinal);
        await Aws.Refused("ValidateResourcePolicy", new { ResourcePolicy = "{" }, "MalformedPolicyDocumentException");
        await Aws.Refused("GetResourcePolicy", new { SecretId = NewName("none") }, "ResourceNotFoundException");
        Assert.False((await Aws.Ok("GetResourcePolicy", new { SecretId = name })).Json.TryGetProperty("ResourcePolicy", out _));

        var passed = (await Aws.Ok("ValidateResourcePolicy", new { SecretId = name, ResourcePolicy = Valid })).Json;
        Assert.True(passed.GetProperty("PolicyValidationPassed").GetBoolean());
        Assert.Equal(0, passed.GetProperty("ValidationErrors").GetArrayLength());
        var failed = (await Aws.Ok("ValidateResourcePolicy", new { ResourcePolicy = open })).Json;
        Assert.False(failed.GetProperty("PolicyValidationPassed").GetBoolean());
        Assert.Equal("PublicAccess", failed.GetProperty("ValidationErrors")[0].GetProperty("CheckName").GetString());
        Assert.Equal("Lockout", (await Aws.Ok("ValidateResourcePolicy", new { SecretId = name, ResourcePolicy = lockout })).Json.GetProperty("ValidationErrors")[0].GetProperty("CheckName").GetString());
    }

    [Theory]
    [MemberData(nameof(OperationsOnSecrets))]
    public async Task A_deny_holds_at_the_next_request_on_every_operation(string operation)
    {
        var (name, version) = await Create("deny");
        // Put by somebody else: the caller could not deny PutResourcePolicy to itself.
        await PutAsAdministrator(name, $$"""{"Statement":[{"Effect":"Deny","Principal":{"AWS":"{{Client}}"},"Action":"secretsmanager:{{operation}}","Resource":"*"}]}""");

        var message = await Aws.Refused(operation, InputOf(operation, name, version), "AccessDeniedException");

        Assert.Equal($"User: {Client} is not authorized to perform: secretsmanager:{operation} on resource: {name} with an explicit deny in a resource-based policy", message);
        if (operation != "DescribeSecret")
            Assert.Equal([version], (await Aws.Ok("DescribeSecret", new { SecretId = name })).Json.GetProperty("VersionIdsToStages").EnumerateObject().Select(v => v.Name));
    }

    [Fact]
    public async Task Who_may_do_everything_takes_off_a_policy_that_denies_it_everything()
    {
        var (name, _) = await Create("deny");
        var policy = $$"""{"Statement":[{"Effect":"Deny","Principal":{"AWS":"{{Client}}"},"Action":"*","Resource":"*"}]}""";
        await PutAsAdministrator(name, policy);
        await Aws.Refused("GetSecretValue", new { SecretId = name }, "AccessDeniedException");
        await Aws.Refused("PutResourcePolicy", new { SecretId = name, ResourcePolicy = Valid }, "AccessDeniedException");

        Assert.Equal(policy, (await Aws.Ok("GetResourcePolicy", new { SecretId = name }))["ResourcePolicy"]);
        await Aws.Ok("DeleteResourcePolicy", new { SecretId = name });

        Assert.Equal("first", (await Aws.Ok("GetSecretValue", new { SecretId = name }))["SecretString"]);
    }

    [Fact]
    public async Task A_batch_asks_each_secret_too()
    {
        var (name, _) = await Create("deny");
        await PutAsAdministrator(name, $$"""{"Statement":[{"Effect":"Deny","Principal":{"AWS":"{{Client}}"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}]}""");
        var batch = (await Aws.Ok("BatchGetSecretValue", new { SecretIdList = new[] { name } })).Json;
        Assert.Equal(0, batch.GetProperty("SecretValues").GetArrayLength());
        Assert.Equal("AccessDeniedException", batch.GetProperty("Errors")[0].GetProperty("ErrorCode").GetString());
    }

    [Fact]
    public async Task A_client_without_policies_of_its_own_reads_by_the_resources_alone()
    {
        await using var portal = await TestPortal.Start();
        await portal.Aws.Ok("CreateSecret", new { Name = "shared", ClientRequestToken = NewToken(), SecretString = "for the client" });
        await portal.Aws.Ok("PutResourcePolicy", new { SecretId = "shared", ResourcePolicy = Valid.Replace("secretsmanager:GetSecretValue", "secretsmanager:*", StringComparison.Ordinal) });
        await portal.Aws.Ok("CreateSecret", new { Name = "other", ClientRequestToken = NewToken(), SecretString = "not for the client" });
        await using (var database = new SqliteConnection($"Data Source={Path.Combine(portal.DataDirectory, "portal.db")};Pooling=False"))
        {
            await database.OpenAsync(TestContext.Current.CancellationToken);
            await using var detach = database.CreateCommand();
            detach.CommandText = """
                DELETE FROM caller_policy WHERE caller_id = (SELECT id FROM caller WHERE name = 'bootstrap');
                UPDATE change_epoch SET value = value + 1 WHERE name = 'access'
                """;
            Assert.Equal(2, await detach.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        }

        Assert.Equal("for the client", (await portal.Aws.Ok("GetSecretValue", new { SecretId = "shared" }))["SecretString"]);
        await portal.Aws.Refused("GetSecretValue", new { SecretId = "other" }, "AccessDeniedException");
        await portal.Aws.Refused("ListSecrets", new { }, "AccessDeniedException");
        await portal.Aws.Ok("PutResourcePolicy", new { SecretId = "shared", ResourcePolicy = Valid.Replace("GetSecretValue", "PutResourcePolicy", StringComparison.Ordinal) });
        Assert.EndsWith(
            "on resource: shared because no identity-based policy allows the secretsmanager:GetSecretValue action",
            await portal.Aws.Refused("GetSecretValue", new { SecretId = "shared" }, "AccessDeniedException"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_may_ask_for_a_secure_connection()
    {
        var (name, _) = await Create("transport");
        await PutAsAdministrator(name, $$"""
            {"Statement":[{"Effect":"Deny","Principal":{"AWS":"{{Client}}"},"Action":"secretsmanager:GetSecretValue","Resource":"*",
              "Condition":{"Bool":{"aws:SecureTransport":"false"} } } ] }
            """);

        // The tests speak plain HTTP.
        Assert.EndsWith(
            "with an explicit deny in a resource-based policy", await Aws.Refused("GetSecretValue", new { SecretId = name }, "AccessDeniedException"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Policies_may_ask_how_a_secret_is_deleted()
    {
        var (name, _) = await Create("conditions");
        await PutAsAdministrator(name, """
            {"Statement":[
              {"Effect":"Deny","Principal":"*","Action":"secretsmanager:DeleteSecret","Resource":"*","Condition":{"Bool":{"secretsmanager:ForceDeleteWithoutRecovery":"true"}}},
              {"Effect":"Deny","Principal":"*","Action":"secretsmanager:DeleteSecret","Resource":"*","Condition":{"NumericLessThan":{"secretsmanager:RecoveryWindowInDays":"14"}}}]}
            """);

        await Aws.Refused("DeleteSecret", new { SecretId = name, ForceDeleteWithoutRecovery = true }, "AccessDeniedException");
        await Aws.Refused("DeleteSecret", new { SecretId = name, RecoveryWindowInDays = 7 }, "AccessDeniedException");
        await Aws.Ok("DeleteSecret", new { SecretId = name, RecoveryWindowInDays = 14 });
    }

    [Fact]
    public async Task Policies_may_ask_for_BlockPublicPolicy_and_for_labels()
    {
        var (name, version) = await Create("conditions");
        await Aws.Ok("PutSecretValue", new { SecretId = name, ClientRequestToken = NewToken(), SecretString = "second" });
        await PutAsAdministrator(name, """
            {"Statement":[
              {"Effect":"Deny","Principal":"*","Action":"secretsmanager:PutResourcePolicy","Resource":"*","Condition":{"Bool":{"secretsmanager:BlockPublicPolicy":"false"}}},
              {"Effect":"Deny","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*","Condition":{"StringNotEquals":{"secretsmanager:VersionStage":"AWSCURRENT"}}}]}
            """, blockPublic: true);

        await Aws.Refused("GetSecretValue", new { SecretId = name, VersionStage = "AWSPREVIOUS" }, "AccessDeniedException");
        await Aws.Refused("GetSecretValue", new { SecretId = name, VersionId = version }, "AccessDeniedException");
        Assert.Equal("second", (await Aws.Ok("GetSecretValue", new { SecretId = name }))["SecretString"]);
        await Aws.Refused("PutResourcePolicy", new { SecretId = name, ResourcePolicy = Valid }, "AccessDeniedException");
        await Aws.Refused("PutResourcePolicy", new { SecretId = name, ResourcePolicy = Valid, BlockPublicPolicy = false }, "AccessDeniedException");
        await Aws.Ok("PutResourcePolicy", new { SecretId = name, ResourcePolicy = Valid, BlockPublicPolicy = true });
    }

    private async Task PutAsAdministrator(string secretId, string policy, bool blockPublic = false)
    {
        var admin = new CallContext(await Portal.SignIn(), TestPortal.Region, "127.0.0.1", "test");
        await Portal.Services.GetRequiredService<SecretPolicies>().Put(admin, secretId, policy, blockPublic, TestContext.Current.CancellationToken);
    }

    private static object InputOf(string operation, string secretId, string version) => operation switch
    {
        "PutResourcePolicy" or "ValidateResourcePolicy" => new { SecretId = secretId, ResourcePolicy = Valid },
        "PutSecretValue" or "UpdateSecret" => new { SecretId = secretId, ClientRequestToken = NewToken(), SecretString = "second" },
        "RotateSecret" => new { SecretId = secretId, ClientRequestToken = NewToken() },
        "TagResource" => new { SecretId = secretId, Tags = new[] { new { Key = "k", Value = "v" } } },
        "UntagResource" => new { SecretId = secretId, TagKeys = new[] { "k" } },
        "UpdateSecretVersionStage" => new { SecretId = secretId, VersionStage = "MINE", MoveToVersionId = version },
        "RemoveRegionsFromReplication" => new { SecretId = secretId, RemoveReplicaRegions = new[] { "eu-central-1" } },
        "ReplicateSecretToRegions" => new { SecretId = secretId, AddReplicaRegions = new[] { new { Region = "eu-central-1" } } },
        "DeleteSecret" => new { SecretId = secretId, ForceDeleteWithoutRecovery = true },
        _ => new { SecretId = secretId },
    };

    private static string[] Members(ApiAnswer answer) => [.. answer.Json.EnumerateObject().Select(m => m.Name).Order(StringComparer.Ordinal)];
}
