using System.Text.Json;

namespace SecretsPortal.Web.Tests.Api;

/// <summary>What DescribeSecret and ListSecrets tell, and the orders and filters of the list.</summary>
public sealed class ListingTests(SharedPortal shared) : ApiTest(shared)
{
    [Theory]
    [InlineData("created-date", "asc", "cab")]
    [InlineData("created-date", "desc", "bac")]
    [InlineData("name", "asc", "abc")]
    [InlineData("name", "desc", "cba")]
    [InlineData("last-changed-date", "asc", "abc")]
    [InlineData("last-changed-date", "desc", "cba")]
    [InlineData("last-accessed-date", "desc", "bac")]
    public async Task The_list_is_ordered_as_asked_page_by_page(string sortBy, string sortOrder, string expected)
    {
        var prefix = NewName("order");
        foreach (var letter in "cab")
            await Aws.Ok("CreateSecret", new { Name = $"{prefix}/{letter}", ClientRequestToken = NewToken(), SecretString = "x" });
        await Aws.Ok("UpdateSecret", new { SecretId = $"{prefix}/c", ClientRequestToken = NewToken(), Description = "changed last" });
        await Aws.Ok("GetSecretValue", new { SecretId = $"{prefix}/b" });

        var (found, token) = ("", (string?)null);
        do
        {
            var page = await Aws.Ok("ListSecrets", new
            {
                SortBy = sortBy, SortOrder = sortOrder, MaxResults = 1, NextToken = token,
                Filters = new[] { new { Key = "name", Values = new[] { prefix } } },
            });
            found += Assert.Single(page.Json.GetProperty("SecretList").EnumerateArray()).GetProperty("Name").GetString()![^1];
            token = page.Json.TryGetProperty("NextToken", out var next) ? next.GetString() : null;
        }
        while (token is not null);

        // Of those never read, the order among themselves is that of their creation.
        Assert.Equal(expected, found);
    }

    [Fact]
    public async Task A_token_of_another_order_is_refused()
    {
        await Create("order");
        await Create("order");
        var first = await Aws.Ok("ListSecrets", new { SortBy = "name", MaxResults = 1 });

        await Aws.Refused("ListSecrets", new { SortBy = "created-date", MaxResults = 1, NextToken = first["NextToken"] }, "InvalidNextTokenException");
    }

    [Fact]
    public async Task Both_tell_the_partner_that_holds_the_secret_and_how_it_is_rotated()
    {
        var name = NewName("partner");
        await Aws.Ok("CreateSecret", new { Name = name, ClientRequestToken = NewToken(), Type = "SalesforceClientSecret", SecretString = """{"engine":"postgres","host":"127.0.0.1","port":1,"username":"u","password":"p"}""" });
        await Aws.Ok("RotateSecret", new
        {
            SecretId = name, ClientRequestToken = NewToken(), RotateImmediately = false,
            ExternalSecretRotationMetadata = new[] { new { Key = "appId", Value = "1" }, new { Key = "a", Value = "2" } },
            ExternalSecretRotationRoleArn = "arn:aws:iam::000000000000:role/partner",
        });
        await Aws.Ok("UpdateSecret", new { SecretId = name, ClientRequestToken = NewToken(), Type = "BigIDClientSecret" });

        var described = (await Aws.Ok("DescribeSecret", new { SecretId = name })).Json;
        var listed = (await Aws.Ok("ListSecrets", new { Filters = new[] { new { Key = "name", Values = new[] { name } } } }))
            .Json.GetProperty("SecretList").EnumerateArray().Single();
        foreach (var told in new[] { described, listed })
        {
            Assert.Equal("BigIDClientSecret", told.GetProperty("Type").GetString());
            Assert.Equal("arn:aws:iam::000000000000:role/partner", told.GetProperty("ExternalSecretRotationRoleArn").GetString());
            Assert.Equal(
                """[{"Key":"appId","Value":"1"},{"Key":"a","Value":"2"}]""", JsonSerializer.Serialize(told.GetProperty("ExternalSecretRotationMetadata")));
            Assert.False(told.TryGetProperty("PrimaryRegion", out _));
            Assert.False(told.TryGetProperty("OwningService", out _));
        }

        Assert.Equal(
            described.EnumerateObject().Select(m => m.Name).Except(["VersionIdsToStages"]),
            listed.EnumerateObject().Select(m => m.Name).Except(["SecretVersionsToStages"]));
    }

    [Fact]
    public async Task An_empty_type_is_none()
    {
        var name = NewName("partner");
        await Aws.Ok("CreateSecret", new { Name = name, ClientRequestToken = NewToken(), Type = "" });
        Assert.False((await Aws.Ok("DescribeSecret", new { SecretId = name })).Json.TryGetProperty("Type", out _));

        await Aws.Ok("UpdateSecret", new { SecretId = name, ClientRequestToken = NewToken(), Type = "BigIDClientSecret" });
        await Aws.Ok("UpdateSecret", new { SecretId = name, ClientRequestToken = NewToken(), Description = "keeps the type" });
        Assert.Equal("BigIDClientSecret", (await Aws.Ok("DescribeSecret", new { SecretId = name }))["Type"]);
        await Aws.Ok("UpdateSecret", new { SecretId = name, ClientRequestToken = NewToken(), Type = "" });
        Assert.False((await Aws.Ok("DescribeSecret", new { SecretId = name })).Json.TryGetProperty("Type", out _));
    }

    [Theory]
    [InlineData("alias/aws/secretsmanager")]
    [InlineData("arn:aws:kms:us-east-1:000000000000:alias/aws/secretsmanager")]
    public async Task The_default_key_is_not_told_by_whichever_name_it_was_chosen(string key)
    {
        var name = NewName("key");
        await Aws.Ok("CreateSecret", new { Name = name, ClientRequestToken = NewToken(), SecretString = "x", KmsKeyId = key });
        await Aws.Ok("UpdateSecret", new { SecretId = name, ClientRequestToken = NewToken(), KmsKeyId = key });

        Assert.False((await Aws.Ok("DescribeSecret", new { SecretId = name })).Json.TryGetProperty("KmsKeyId", out _));
    }

    [Fact]
    public async Task What_changes_nothing_leaves_the_secret_as_it_was()
    {
        var (name, version) = await Create("same");
        var before = (await Aws.Ok("DescribeSecret", new { SecretId = name })).Text;

        await Aws.Ok("TagResource", new { SecretId = name, Tags = Array.Empty<object>() });
        await Aws.Ok("UntagResource", new { SecretId = name, TagKeys = new[] { "none" } });
        await Aws.Ok("UpdateSecretVersionStage", new { SecretId = name, VersionStage = "AWSCURRENT", MoveToVersionId = version });
        await Aws.Ok("UpdateSecret", new { SecretId = name, ClientRequestToken = NewToken() });
        await Aws.Ok("RestoreSecret", new { SecretId = name });

        Assert.Equal(before, (await Aws.Ok("DescribeSecret", new { SecretId = name })).Text);
    }

    [Theory]
    [InlineData("arn:aws:secretsmanager:us-east-1:000000000000:secret:never/made-AbCd12", "arn:aws:secretsmanager:us-east-1:000000000000:secret:never/made-AbCd12", "never/made")]
    [InlineData("never/made", null, "never/made")]
    public async Task Forcing_the_deletion_of_what_is_not_there_answers_what_was_asked(string id, string? arn, string name)
    {
        var answer = (await Aws.Ok("DeleteSecret", new { SecretId = id, ForceDeleteWithoutRecovery = true })).Json;

        Assert.Equal((arn, name), (answer.TryGetProperty("ARN", out var told) ? told.GetString() : null, answer.GetProperty("Name").GetString()));
    }

    [Fact]
    public async Task No_service_owns_a_secret()
    {
        var (name, _) = await Create("owned");
        object By(string value) => new { Filters = new[] { new { Key = "name", Values = new[] { name } }, new { Key = "owning-service", Values = new[] { value } } } };

        Assert.Empty((await Aws.Ok("ListSecrets", By("rds"))).Json.GetProperty("SecretList").EnumerateArray());
        Assert.Single((await Aws.Ok("ListSecrets", By("!rds"))).Json.GetProperty("SecretList").EnumerateArray());
    }

    [Fact]
    public async Task A_rotation_token_counts_only_in_a_rotation()
    {
        var (name, version) = await Create("rotated");
        var message = await Aws.Refused(
            "PutSecretValue",
            new { SecretId = name, ClientRequestToken = NewToken(), SecretString = "second", RotationToken = new string('a', 36) }, "InvalidRequestException");

        Assert.Contains("RotationToken", message, StringComparison.Ordinal);
        Assert.Equal(version, (await Aws.Ok("GetSecretValue", new { SecretId = name }))["VersionId"]);
    }
}
