using System.Net;
using System.Text;

namespace SecretsPortal.Web.Tests.Api;

public sealed class BadInputTests(SharedPortal shared) : ApiTest(shared)
{
    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("{")]
    [InlineData("{}{}")]
    [InlineData("{\"SecretId\":}")]
    [InlineData("{\"SecretId\":\"a\",}")]
    [InlineData("{'SecretId':'a'}")]
    [InlineData("{\"SecretId\":\"a\"} // comment")]
    [InlineData("{\"SecretId\":1}")]
    [InlineData("{\"SecretId\":true}")]
    [InlineData("{\"SecretId\":{}}")]
    [InlineData("{\"SecretId\":[\"a\"]}")]
    [InlineData("{\"SecretId\":\"\\ud800\"}")]
    [InlineData("{\"SecretId\":\"\\x\"}")]
    [InlineData("{\"SecretId\":\"a\",\"SecretId\":\"b\"}")]
    [InlineData("{\"SecretId\":\"a\",\"Secret\\u0049d\":\"b\"}")]
    public async Task A_body_that_is_no_valid_object_is_refused_as_such(string body)
    {
        var answer = await Aws.Send("secretsmanager.GetSecretValue", body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("SerializationException", answer.ErrorType);
    }

    [Theory]
    [InlineData("PutSecretValue", "{\"SecretId\":\"a\",\"SecretString\":7}")]
    [InlineData("PutSecretValue", "{\"SecretId\":\"a\",\"SecretString\":{\"hunter2\":\"hunter2\"}}")]
    [InlineData("PutSecretValue", "{\"SecretId\":\"a\",\"SecretBinary\":\"hunter2 is not base64\"}")]
    [InlineData("PutSecretValue", "{\"SecretId\":\"a\",\"SecretString\":\"hunter2")]
    [InlineData("PutSecretValue", "{\"SecretId\":\"a\",\"SecretString\":\"hunter2\",\"SecretString\":\"hunter2\"}")]
    [InlineData("PutSecretValue", "{\"SecretId\":\"a\",\"SecretString\":\"hunter2\\ud800\"}")]
    [InlineData("PutSecretValue", "{\"SecretId\":\"a\",\"VersionStages\":\"hunter2\"}")]
    [InlineData("PutSecretValue", "{\"SecretId\":\"a\",\"hunter2\":\"x\",\"hunter2\":\"x\"}")]
    [InlineData("ListSecrets", "{\"MaxResults\":\"10\"}")]
    [InlineData("ListSecrets", "{\"MaxResults\":1.5}")]
    [InlineData("ListSecrets", "{\"MaxResults\":99999999999999999999}")]
    [InlineData("ListSecrets", "{\"Filters\":{\"Key\":\"name\"}}")]
    [InlineData("DeleteSecret", "{\"SecretId\":\"a\",\"ForceDeleteWithoutRecovery\":\"true\"}")]
    [InlineData("RotateSecret", "{\"SecretId\":\"a\",\"RotationRules\":[]}")]
    public async Task A_wrong_type_is_refused_and_never_quoted(string operation, string body)
    {
        var answer = await Aws.Send($"secretsmanager.{operation}", body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("SerializationException", answer.ErrorType);
        Assert.DoesNotContain("hunter2", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF8_are_refused()
    {
        var answer = await Aws.Send("secretsmanager.GetSecretValue", [.. "{\"SecretId\":\""u8, 0xC3, 0x28, .. "\"}"u8]);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("SerializationException", answer.ErrorType);
    }

    [Theory]
    [InlineData(64)] // The body itself is a level, too.
    [InlineData(10_000)]
    [InlineData(100_000)]
    public async Task Deep_nesting_is_refused(int depth)
    {
        var body = $"{{\"SecretId\":\"a\",\"Deep\":{new string('[', depth)}{new string(']', depth)}}}";
        var answer = await Aws.Send("secretsmanager.GetSecretValue", body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("SerializationException", answer.ErrorType);
    }

    [Fact]
    public async Task The_largest_value_fits_with_every_character_escaped()
    {
        var name = NewName("escaped");
        var value = string.Concat(Enumerable.Repeat("\\u0001", 65_536));
        var answer = await Aws.Send(
            "secretsmanager.CreateSecret", $"{{\"Name\":\"{name}\",\"ClientRequestToken\":\"{NewToken()}\",\"SecretString\":\"{value}\"}}");
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(new string('\u0001', 65_536), (await Aws.Ok("GetSecretValue", new { SecretId = name }))["SecretString"]);
    }

    [Theory]
    [InlineData(512 * 1024 + 1)]
    [InlineData(3 * 1024 * 1024)]
    [InlineData(15 * 1024 * 1024)]
    public async Task A_body_over_the_limit_is_refused_in_the_services_form(int length)
    {
        var body = Encoding.ASCII.GetBytes($"{{\"SecretId\":\"{new string('a', length - 15)}\"}}");
        Assert.Equal(length, body.Length);
        var answer = await Aws.Send("secretsmanager.GetSecretValue", body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("SerializationException", answer.ErrorType);
        Assert.Contains("524288 bytes", answer.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_over_the_limit_without_a_length_is_refused_too()
    {
        var answer = await Aws.Send("secretsmanager.GetSecretValue", new byte[600 * 1024], request =>
        {
            request.Headers.TransferEncodingChunked = true;
            request.Content!.Headers.ContentLength = null;
        });
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("SerializationException", answer.ErrorType);
    }

    [Fact]
    public async Task Members_that_the_model_does_not_know_are_ignored()
    {
        var (name, _) = await Create("unknown");
        var deep = $"{new string('[', 63)}{new string(']', 63)}";
        var answer = await Aws.Send("secretsmanager.DescribeSecret", $"{{\"Newer\":{{\"a\":[1,2]}},\"Deep\":{deep},\"SecretId\":\"{name}\"}}");
        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    [Fact]
    public async Task What_looks_odd_but_breaks_no_limit_is_kept_as_it_is()
    {
        var (name, token) = (NewName("odd"), NewToken());
        const string value = "\0\u0001\t\u2028\ufeff\U0001F511 and a null byte";
        await Aws.Ok("CreateSecret", new
        {
            Name = name, ClientRequestToken = token, SecretString = value, Description = "", KmsKeyId = (string?)null,
            Tags = new[] { new { Key = "\0", Value = "" } },
        });
        Assert.Equal(value, (await Aws.Ok("GetSecretValue", new { SecretId = name, VersionId = (string?)null }))["SecretString"]);
        var described = (await Aws.Ok("DescribeSecret", new { SecretId = name })).Json;
        Assert.False(described.TryGetProperty("Description", out _));
        Assert.Equal("\0", described.GetProperty("Tags")[0].GetProperty("Key").GetString());
    }

    [Fact]
    public async Task All_broken_constraints_are_named_at_once_without_their_values()
    {
        var message = await Aws.Refused(
            "CreateSecret",
            new
            {
                Name = new string('n', 513),
                ClientRequestToken = "short",
                Description = new string('d', 2049),
                SecretString = "",
                Tags = new object?[] { new { Key = "", Value = new string('v', 257) }, null },
            },
            "ValidationException");
        Assert.StartsWith("7 validation errors detected: Value at 'name' failed to satisfy constraint: Member must have length less than or equal to 512; ", message, StringComparison.Ordinal);
        foreach (var member in new[] { "'clientRequestToken'", "'description'", "'secretString'", "'tags.1.member.key'", "'tags.1.member.value'", "'tags.2.member'" })
            Assert.Contains(member, message, StringComparison.Ordinal);
        Assert.DoesNotContain("vvv", message, StringComparison.Ordinal);
        Assert.DoesNotContain("short", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GetSecretValue", "secretId")]
    [InlineData("PutSecretValue", "secretId")]
    [InlineData("UpdateSecret", "secretId")]
    [InlineData("DescribeSecret", "secretId")]
    [InlineData("DeleteSecret", "secretId")]
    [InlineData("RestoreSecret", "secretId")]
    [InlineData("RotateSecret", "secretId")]
    [InlineData("CancelRotateSecret", "secretId")]
    [InlineData("ListSecretVersionIds", "secretId")]
    [InlineData("TagResource", "tags")]
    [InlineData("UntagResource", "tagKeys")]
    [InlineData("UpdateSecretVersionStage", "versionStage")]
    [InlineData("CreateSecret", "name")]
    public async Task A_required_member_that_is_missing_is_named(string operation, string member) => Assert.Contains(
        $"Value at '{member}' failed to satisfy constraint: Member must not be null",
        await Aws.Refused(operation, new { }, "ValidationException"), StringComparison.Ordinal);

    [Theory]
    [InlineData("CreateSecret", "InvalidRequestException")]
    [InlineData("PutSecretValue", "InvalidRequestException")]
    [InlineData("UpdateSecret", "InvalidRequestException")]
    [InlineData("RotateSecret", "InvalidParameterException")]
    public async Task A_missing_token_is_asked_for(string operation, string error)
    {
        object input = operation switch
        {
            "CreateSecret" => new { Name = NewName("no-token"), SecretString = "x" },
            "RotateSecret" => new { SecretId = NewName("no-token") },
            _ => new { SecretId = NewName("no-token"), SecretString = "x" },
        };
        Assert.Equal(
            "You must provide a ClientRequestToken value. We recommend a UUID-type value.", await Aws.Refused(operation, input, error));
    }

    [Fact]
    public async Task A_string_and_a_binary_value_together_are_refused()
    {
        var message = await Aws.Refused(
            "CreateSecret", new { Name = NewName("both"), ClientRequestToken = NewToken(), SecretString = "a", SecretBinary = "YQ==" },
            "InvalidParameterException");
        Assert.Equal("You can't specify both SecretString and SecretBinary. Give exactly one of them.", message);
    }

    [Theory]
    [InlineData("bad name")]
    [InlineData("bad\nname")]
    [InlineData("n\u00e4me")]
    [InlineData("a:b")]
    public async Task A_bad_name_gets_the_services_words(string name)
    {
        const string expected = "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!";
        Assert.Equal(expected, await Aws.Refused("CreateSecret", new { Name = name, ClientRequestToken = NewToken(), SecretString = "x" }, "ValidationException"));
        Assert.Equal(expected, await Aws.Refused("DescribeSecret", new { SecretId = name }, "ValidationException"));
    }

    [Theory]
    [InlineData("nonsense", null, null)]
    [InlineData("rate(1 hour)", null, null)]
    [InlineData("rate(10 days)", 10, null)]
    [InlineData(null, null, "3h")]
    [InlineData("cron(15 8 * * ? *)", null, null)]
    public async Task A_faulty_schedule_is_refused(string? expression, int? days, string? duration) => await Aws.Refused(
        "RotateSecret",
        new
        {
            SecretId = NewName("schedule"),
            ClientRequestToken = NewToken(),
            RotationRules = new { ScheduleExpression = expression, AutomaticallyAfterDays = days, Duration = duration },
        },
        "InvalidParameterException");

    [Fact]
    public async Task A_filter_that_is_not_known_is_refused() => Assert.Contains(
        "'filters.1.member.key' failed to satisfy constraint: Member must satisfy enum value set: [description, name, tag-key, tag-value, primary-region, owning-service, all]",
        await Aws.Refused("ListSecrets", new { Filters = new[] { new { Key = "nonsense", Values = new[] { "values" } } } }, "ValidationException"),
        StringComparison.Ordinal);
}
