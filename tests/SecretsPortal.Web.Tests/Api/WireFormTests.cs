using System.Net;

namespace SecretsPortal.Web.Tests.Api;

public sealed class WireFormTests(SharedPortal shared) : ApiTest(shared)
{
    [Fact]
    public async Task Every_answer_carries_its_type_an_id_and_the_security_headers()
    {
        var (name, _) = await Create("headers");
        foreach (var answer in new[] { await Aws.Ok("DescribeSecret", new { SecretId = name }), await Aws.Call("DescribeSecret", new { SecretId = "not/there" }) })
        {
            Assert.Equal("application/x-amz-json-1.1", answer.Message.Content.Headers.ContentType!.ToString());
            Assert.True(Guid.TryParse(answer.Message.Headers.GetValues("x-amzn-RequestId").Single(), out _));
            Assert.Equal("nosniff", answer.Message.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("no-referrer", answer.Message.Headers.GetValues("Referrer-Policy").Single());
            Assert.Contains("frame-ancestors", answer.Message.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.False(answer.Message.Headers.Contains("Server"));
        }
    }

    [Fact]
    public async Task Absent_members_are_left_out()
    {
        var name = NewName("absent");
        var created = await Aws.Ok("CreateSecret", new { Name = name, ClientRequestToken = NewToken(), Description = "" });
        Assert.Equal(["ARN", "Name"], Members(created));
        Assert.Equal(["ARN", "CreatedDate", "LastChangedDate", "Name"], Members(await Aws.Ok("DescribeSecret", new { SecretId = name })));
        var listed = await Aws.Ok("ListSecrets", new { Filters = new[] { new { Key = "name", Values = new[] { name } } } });
        Assert.Equal(["SecretList"], Members(listed));
        var versions = await Aws.Ok("ListSecretVersionIds", new { SecretId = name });
        Assert.Equal(["ARN", "Name", "Versions"], Members(versions));
    }

    [Fact]
    public async Task A_version_names_the_default_key_as_such_even_where_the_secret_names_it_by_its_alias()
    {
        var (name, _) = await Create("default-key");
        async Task<string?> Key() => (await Aws.Ok("ListSecretVersionIds", new { SecretId = name })).Json.GetProperty("Versions")[0].GetProperty("KmsKeyIds")[0].GetString();
        Assert.Equal("DefaultEncryptionKey", await Key());
        await Aws.Ok("UpdateSecret", new { SecretId = name, ClientRequestToken = NewToken(), KmsKeyId = "alias/aws/secretsmanager" });
        Assert.Equal("DefaultEncryptionKey", await Key());
    }

    [Fact]
    public async Task Times_are_epoch_seconds_with_a_fraction_and_rise_strictly_between_changes()
    {
        var (name, _) = await Create("times");
        var before = await Changed(name);
        await Aws.Ok("UpdateSecret", new { SecretId = name, ClientRequestToken = NewToken(), Description = "a" });
        var after = await Changed(name);
        Assert.True(after > before, $"{before} then {after}");
        Assert.InRange((double)after, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 60, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 60);
    }

    [Fact]
    public async Task The_day_of_the_last_reading_has_no_time()
    {
        var (name, _) = await Create("accessed");
        Assert.DoesNotContain("LastAccessedDate", Members(await Aws.Ok("DescribeSecret", new { SecretId = name })));
        await Aws.Ok("GetSecretValue", new { SecretId = name });
        var day = (await Aws.Ok("DescribeSecret", new { SecretId = name })).Json.GetProperty("LastAccessedDate").GetInt64();
        Assert.Equal(0, day % 86_400);
    }

    [Theory]
    [InlineData("secretsmanager.NoSuchThing")]
    [InlineData("secretsmanager.getSecretValue")]
    [InlineData("secretsmanager.")]
    [InlineData("AWSSecurityTokenServiceV20110615.GetCallerIdentity")]
    [InlineData("GetSecretValue")]
    public async Task Any_other_target_is_an_unknown_operation(string target)
    {
        var answer = await Aws.Send(target, "{}");
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("UnknownOperationException", answer.ErrorType);
    }

    private async Task<decimal> Changed(string name) =>
        (await Aws.Ok("DescribeSecret", new { SecretId = name })).Json.GetProperty("LastChangedDate").GetDecimal();

    private static string[] Members(ApiAnswer answer) => [.. answer.Json.EnumerateObject().Select(m => m.Name).Order(StringComparer.Ordinal)];
}
