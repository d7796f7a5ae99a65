using System.Text.Json;

namespace SecretsPortal.Web.Tests.Api;

public sealed class SecretOperationTests(SharedPortal shared) : ApiTest(shared)
{
    [Fact]
    public async Task A_created_secret_is_read_back_with_its_version_and_label()
    {
        var (name, token) = (NewName("create"), NewToken());
        var created = await Aws.Ok("CreateSecret", new { Name = name, ClientRequestToken = token, SecretString = "s3cr\u00e9t\n\"+<", Description = "for a test" });
        Assert.Matches($"^arn:aws:secretsmanager:us-east-1:000000000000:secret:{name}-[A-Za-z0-9]{{6}}$", created["ARN"]);
        Assert.Equal(token, created["VersionId"]);

        foreach (var id in new[] { name, created["ARN"]!, created["ARN"]![..^7] })
        {
            var read = await Aws.Ok("GetSecretValue", new { SecretId = id });
            Assert.Equal("s3cr\u00e9t\n\"+<", read["SecretString"]);
            Assert.Equal(token, read["VersionId"]);
            Assert.Equal(["AWSCURRENT"], Strings(read.Json.GetProperty("VersionStages")));
            Assert.False(read.Json.TryGetProperty("SecretBinary", out _));
        }
    }

    [Fact]
    public async Task A_binary_value_comes_back_byte_for_byte()
    {
        var bytes = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        var name = NewName("binary");
        await Aws.Ok("CreateSecret", new { Name = name, ClientRequestToken = NewToken(), SecretBinary = Convert.ToBase64String(bytes) });
        var read = await Aws.Ok("GetSecretValue", new { SecretId = name });
        Assert.Equal(bytes, read.Json.GetProperty("SecretBinary").GetBytesFromBase64());
        Assert.False(read.Json.TryGetProperty("SecretString", out _));
    }

    [Fact]
    public async Task The_largest_value_passes_and_one_byte_more_is_refused()
    {
        var name = NewName("large");
        var largest = new string('\u00e9', 65_536 / 2);
        await Aws.Ok("CreateSecret", new { Name = name, ClientRequestToken = NewToken(), SecretString = largest });
        Assert.Equal(largest, (await Aws.Ok("GetSecretValue", new { SecretId = name }))["SecretString"]);
        var message = await Aws.Refused(
            "PutSecretValue", new { SecretId = name, ClientRequestToken = NewToken(), SecretString = largest + "x" }, "ValidationException");
        Assert.Equal(
            "1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to 65536",
            message);
        await Aws.Refused(
            "PutSecretValue", new { SecretId = name, ClientRequestToken = NewToken(), SecretBinary = Convert.ToBase64String(new byte[65_537]) },
            "ValidationException");
    }

    [Fact]
    public async Task A_put_moves_AWSCURRENT_and_leaves_AWSPREVIOUS_behind()
    {
        var (name, first) = await Create("put");
        var second = NewToken();
        var put = await Aws.Ok("PutSecretValue", new { SecretId = name, ClientRequestToken = second, SecretString = "second" });
        Assert.Equal(second, put["VersionId"]);
        Assert.Equal(["AWSCURRENT"], Strings(put.Json.GetProperty("VersionStages")));

        Assert.Equal("second", (await Aws.Ok("GetSecretValue", new { SecretId = name }))["SecretString"]);
        Assert.Equal("first", (await Aws.Ok("GetSecretValue", new { SecretId = name, VersionStage = "AWSPREVIOUS" }))["SecretString"]);
        Assert.Equal("first", (await Aws.Ok("GetSecretValue", new { SecretId = name, VersionId = first }))["SecretString"]);
        Assert.Equal(
            "You provided a VersionStage that is not associated to the provided VersionId.",
            await Aws.Refused("GetSecretValue", new { SecretId = name, VersionId = first, VersionStage = "AWSCURRENT" }, "InvalidRequestException"));

        var versions = (await Aws.Ok("DescribeSecret", new { SecretId = name })).Json.GetProperty("VersionIdsToStages");
        Assert.Equal(["AWSPREVIOUS"], Strings(versions.GetProperty(first)));
        Assert.Equal(["AWSCURRENT"], Strings(versions.GetProperty(second)));
    }

    [Fact]
    public async Task The_same_token_with_the_same_value_is_a_no_op_and_with_another_value_an_error()
    {
        var (name, _) = await Create("token");
        var put = new { SecretId = name, ClientRequestToken = NewToken(), SecretString = "second" };
        await Aws.Ok("PutSecretValue", put);
        await Aws.Ok("PutSecretValue", put);
        var message = await Aws.Refused(
            "PutSecretValue", new { put.SecretId, put.ClientRequestToken, SecretString = "other" }, "ResourceExistsException");
        Assert.StartsWith($"You can't use ClientRequestToken {put.ClientRequestToken} because that value is already in use for a version of secret arn:", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_update_changes_description_and_value_and_tells_the_version_only_where_the_value_changed()
    {
        var (name, _) = await Create("update");
        var described = await Aws.Ok("UpdateSecret", new { SecretId = name, ClientRequestToken = NewToken(), Description = "new" });
        Assert.False(described.Json.TryGetProperty("VersionId", out _));
        var token = NewToken();
        var changed = await Aws.Ok("UpdateSecret", new { SecretId = name, ClientRequestToken = token, SecretString = "second" });
        Assert.Equal(token, changed["VersionId"]);
        Assert.Equal("new", (await Aws.Ok("DescribeSecret", new { SecretId = name }))["Description"]);
    }

    [Fact]
    public async Task Listing_pages_in_order_of_creation_and_filters_by_name()
    {
        var prefix = NewName("list");
        for (var i = 0; i < 5; i++)
            await Aws.Ok("CreateSecret", new { Name = $"{prefix}/{i}", ClientRequestToken = NewToken(), SecretString = "v" });
        var filters = new[] { new { Key = "name", Values = new[] { prefix } } };
        var names = new List<string>();
        string? next = null;
        var pages = 0;
        do
        {
            var page = await Aws.Ok("ListSecrets", new { Filters = filters, MaxResults = 2, NextToken = next });
            names.AddRange(page.Json.GetProperty("SecretList").EnumerateArray().Select(s => s.GetProperty("Name").GetString()!));
            next = page.Json.TryGetProperty("NextToken", out var token) ? token.GetString() : null;
            pages++;
        }
        while (next is not null);
        Assert.Equal(Enumerable.Range(0, 5).Select(i => $"{prefix}/{i}"), names);
        Assert.Equal(3, pages);

        var descending = await Aws.Ok("ListSecrets", new { Filters = filters, SortOrder = "desc" });
        var newest = descending.Json.GetProperty("SecretList")[0];
        Assert.Equal($"{prefix}/4", newest.GetProperty("Name").GetString());
        Assert.Equal(["AWSCURRENT"], Strings(newest.GetProperty("SecretVersionsToStages").EnumerateObject().Single().Value));
        await Aws.Refused("ListSecrets", new { NextToken = "forged" }, "InvalidNextTokenException");
    }

    [Fact]
    public async Task Versions_without_labels_are_listed_only_when_asked_for()
    {
        var (name, first) = await Create("versions");
        var tokens = new[] { NewToken(), NewToken() };
        foreach (var token in tokens)
            await Aws.Ok("PutSecretValue", new { SecretId = name, ClientRequestToken = token, SecretString = token });
        var labelled = await Aws.Ok("ListSecretVersionIds", new { SecretId = name });
        Assert.Equal(tokens.Order(), VersionIds(labelled).Order());
        Assert.Equal(["DefaultEncryptionKey"], Strings(labelled.Json.GetProperty("Versions")[0].GetProperty("KmsKeyIds")));
        var all = await Aws.Ok("ListSecretVersionIds", new { SecretId = name, IncludeDeprecated = true });
        Assert.Equal(tokens.Append(first).Order(), VersionIds(all).Order());
        var old = all.Json.GetProperty("Versions").EnumerateArray().Single(v => v.GetProperty("VersionId").GetString() == first);
        Assert.False(old.TryGetProperty("VersionStages", out _));
    }

    [Fact]
    public async Task A_label_moves_only_away_from_the_version_that_is_named()
    {
        var (name, first) = await Create("stage");
        var second = NewToken();
        await Aws.Ok("PutSecretValue", new { SecretId = name, ClientRequestToken = second, SecretString = "second" });
        var message = await Aws.Refused(
            "UpdateSecretVersionStage", new { SecretId = name, VersionStage = "AWSCURRENT", MoveToVersionId = first }, "InvalidParameterException");
        Assert.Equal(
            $"The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version {second}, so you must explicitly reference that version in RemoveFromVersionId.",
            message);
        await Aws.Ok("UpdateSecretVersionStage",
            new { SecretId = name, VersionStage = "AWSCURRENT", MoveToVersionId = first, RemoveFromVersionId = second });
        Assert.Equal("first", (await Aws.Ok("GetSecretValue", new { SecretId = name }))["SecretString"]);
    }

    [Fact]
    public async Task A_deleted_secret_is_described_restored_and_read_again()
    {
        var (name, _) = await Create("delete");
        var deleted = await Aws.Ok("DeleteSecret", new { SecretId = name, RecoveryWindowInDays = 7 });
        var days = DateTimeOffset.FromUnixTimeSeconds((long)deleted.Json.GetProperty("DeletionDate").GetDouble()) - TimeProvider.System.GetUtcNow();
        Assert.InRange(days.TotalDays, 6.9, 7.1);
        Assert.Equal(
            "You can't perform this operation on the secret because it was marked for deletion.",
            await Aws.Refused("GetSecretValue", new { SecretId = name }, "InvalidRequestException"));
        Assert.True((await Aws.Ok("DescribeSecret", new { SecretId = name })).Json.TryGetProperty("DeletedDate", out _));
        Assert.Equal(
            "You can't create this secret because a secret with this name is already scheduled for deletion.",
            await Aws.Refused("CreateSecret", new { Name = name, ClientRequestToken = NewToken(), SecretString = "x" }, "InvalidRequestException"));
        await Aws.Ok("RestoreSecret", new { SecretId = name });
        Assert.Equal("first", (await Aws.Ok("GetSecretValue", new { SecretId = name }))["SecretString"]);
    }

    [Fact]
    public async Task Forced_deletion_is_at_once_and_succeeds_for_a_secret_that_is_not_there()
    {
        var (name, _) = await Create("force");
        await Aws.Ok("DeleteSecret", new { SecretId = name, ForceDeleteWithoutRecovery = true });
        Assert.Equal(
            "Secrets Manager can't find the specified secret.",
            await Aws.Refused("DescribeSecret", new { SecretId = name }, "ResourceNotFoundException"));
        Assert.Equal(name, (await Aws.Ok("DeleteSecret", new { SecretId = name, ForceDeleteWithoutRecovery = true }))["Name"]);
        await Aws.Refused("DeleteSecret", new { SecretId = name }, "ResourceNotFoundException");
    }

    [Fact]
    public async Task Tags_come_and_go_in_order_and_the_answers_are_empty()
    {
        var (name, _) = await Create("tags");
        Assert.False((await Aws.Ok("DescribeSecret", new { SecretId = name })).Json.TryGetProperty("Tags", out _));
        var tags = new[] { new { Key = "b", Value = "1" }, new { Key = "a", Value = "" } };
        Assert.Equal("", (await Aws.Ok("TagResource", new { SecretId = name, Tags = tags })).Text);
        var listed = (await Aws.Ok("DescribeSecret", new { SecretId = name })).Json.GetProperty("Tags");
        Assert.Equal(["b", "a"], listed.EnumerateArray().Select(t => t.GetProperty("Key").GetString()!));
        Assert.Equal("", (await Aws.Ok("UntagResource", new { SecretId = name, TagKeys = new[] { "a", "b", "never" } })).Text);
        Assert.Equal(0, (await Aws.Ok("DescribeSecret", new { SecretId = name })).Json.GetProperty("Tags").GetArrayLength());
    }

    [Fact]
    public async Task A_random_password_obeys_what_it_is_asked()
    {
        var usual = await Aws.Ok("GetRandomPassword", new { });
        Assert.Equal(32, usual["RandomPassword"]!.Length);
        var digits = await Aws.Ok("GetRandomPassword",
            new { PasswordLength = 100, ExcludeUppercase = true, ExcludeLowercase = true, ExcludePunctuation = true, ExcludeCharacters = "0" });
        Assert.Matches("^[1-9]{100}$", digits["RandomPassword"]);
        Assert.Contains("'passwordLength'", await Aws.Refused("GetRandomPassword", new { PasswordLength = 4097 }, "ValidationException"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rotation_needs_a_function_or_an_engine_that_the_portal_knows()
    {
        var (name, _) = await Create("rotate");
        Assert.Equal(
            "No Lambda rotation function ARN is associated with this secret.",
            await Aws.Refused("RotateSecret", new { SecretId = name, ClientRequestToken = NewToken() }, "InvalidRequestException"));
        Assert.False((await Aws.Ok("DescribeSecret", new { SecretId = name })).Json.TryGetProperty("RotationEnabled", out _));
    }

    [Fact]
    public async Task A_rotation_is_scheduled_described_and_cancelled()
    {
        var (name, current) = await Create("schedule", Unreachable);
        await Aws.Ok("RotateSecret", new
        {
            SecretId = name,
            ClientRequestToken = NewToken(),
            RotateImmediately = false,
            RotationRules = new { ScheduleExpression = "rate(10 days)", Duration = "3h" },
        });
        var described = (await Aws.Ok("DescribeSecret", new { SecretId = name })).Json;
        Assert.True(described.GetProperty("RotationEnabled").GetBoolean());
        Assert.Equal("rate(10 days)", described.GetProperty("RotationRules").GetProperty("ScheduleExpression").GetString());
        Assert.Equal("3h", described.GetProperty("RotationRules").GetProperty("Duration").GetString());
        Assert.False(described.GetProperty("RotationRules").TryGetProperty("AutomaticallyAfterDays", out _));
        var next = DateTimeOffset.FromUnixTimeSeconds((long)described.GetProperty("NextRotationDate").GetDouble()) - TimeProvider.System.GetUtcNow();
        Assert.InRange(next.TotalDays, 9, 11);
        await Aws.Ok("CancelRotateSecret", new { SecretId = name });
        var cancelled = (await Aws.Ok("DescribeSecret", new { SecretId = name })).Json;
        Assert.False(cancelled.GetProperty("RotationEnabled").GetBoolean());
        Assert.False(cancelled.TryGetProperty("NextRotationDate", out _));
        Assert.Equal([current], cancelled.GetProperty("VersionIdsToStages").EnumerateObject().Select(v => v.Name));
    }

    [Fact]
    public async Task A_rotation_registers_its_token_as_AWSPENDING_at_once()
    {
        var (name, current) = await Create("pending", Unreachable);
        var token = NewToken();
        var rotated = await Aws.Ok(
            "RotateSecret", new { SecretId = name, ClientRequestToken = token, RotationRules = new { AutomaticallyAfterDays = 30 } });
        Assert.Equal(token, rotated["VersionId"]);
        var described = (await Aws.Ok("DescribeSecret", new { SecretId = name })).Json;
        Assert.Equal(["AWSPENDING"], Strings(described.GetProperty("VersionIdsToStages").GetProperty(token)));
        Assert.Equal(["AWSCURRENT"], Strings(described.GetProperty("VersionIdsToStages").GetProperty(current)));
        Assert.Equal(30, described.GetProperty("RotationRules").GetProperty("AutomaticallyAfterDays").GetInt32());
    }

    /// <summary>Credentials of a database where nobody listens: a rotation begins, and cannot end.</summary>
    private static string Unreachable => JsonSerializer.Serialize(
        new { engine = "postgres", host = "127.0.0.1", port = 1, username = "u", password = "p", dbname = "d" });

    private static string[] Strings(JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetString()!)];

    private static IEnumerable<string> VersionIds(ApiAnswer answer) =>
        answer.Json.GetProperty("Versions").EnumerateArray().Select(v => v.GetProperty("VersionId").GetString()!);
}
