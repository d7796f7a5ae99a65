namespace SecretsPortal.Web.Tests.Api;

public sealed class BatchGetSecretValueTests(SharedPortal shared) : ApiTest(shared)
{
    [Fact]
    public async Task Values_come_in_the_form_of_GetSecretValue_with_the_failures_beside_them()
    {
        var (text, version) = await Create("batch", "the text");
        var binary = NewName("batch");
        await Aws.Ok("CreateSecret", new { Name = binary, ClientRequestToken = NewToken(), SecretBinary = "AAEC/w==" });
        var missing = NewName("batch");

        var answer = (await Aws.Ok("BatchGetSecretValue", new { SecretIdList = new[] { binary, missing, text } })).Json;

        var values = answer.GetProperty("SecretValues");
        Assert.Equal([binary, text], values.EnumerateArray().Select(v => v.GetProperty("Name").GetString()));
        Assert.Equal("AAEC/w==", values[0].GetProperty("SecretBinary").GetString());
        Assert.Equal((await Aws.Ok("GetSecretValue", new { SecretId = text })).Text, values[1].GetRawText());
        Assert.Equal(version, values[1].GetProperty("VersionId").GetString());
        var error = Assert.Single(answer.GetProperty("Errors").EnumerateArray());
        Assert.Equal(
            (missing, "ResourceNotFoundException", "Secrets Manager can't find the specified secret."),
            (error.GetProperty("SecretId").GetString(), error.GetProperty("ErrorCode").GetString(), error.GetProperty("Message").GetString()));
        Assert.False(answer.TryGetProperty("NextToken", out _));
    }

    [Fact]
    public async Task Filters_find_secrets_page_by_page()
    {
        var prefix = NewName("filter");
        for (var i = 0; i < 3; i++)
            await Aws.Ok("CreateSecret", new { Name = $"{prefix}/{i}", ClientRequestToken = NewToken(), SecretString = $"value {i}" });
        var filters = new[] { new { Key = "name", Values = new[] { prefix } } };

        var first = await Aws.Ok("BatchGetSecretValue", new { Filters = filters, MaxResults = 2 });
        var second = await Aws.Ok("BatchGetSecretValue", new { Filters = filters, NextToken = first["NextToken"] });

        Assert.Equal(["value 0", "value 1"], Texts(first));
        Assert.Equal(["value 2"], Texts(second));
        await Aws.Refused("BatchGetSecretValue", new { Filters = filters, NextToken = "forged" }, "InvalidNextTokenException");
    }

    [Theory]
    [InlineData("{}", "Either 'SecretIdList' or 'Filters' must be provided, but not both.")]
    [InlineData("""{"Filters":[]}""", "Either 'SecretIdList' or 'Filters' must be provided, but not both.")]
    [InlineData("""{"SecretIdList":["a"],"Filters":[{"Key":"name","Values":["a"]}]}""", "Either 'SecretIdList' or 'Filters' must be provided, but not both.")]
    [InlineData("""{"SecretIdList":["a"],"MaxResults":2}""", "'Filters' must also be specified when 'MaxResults' is provided.")]
    [InlineData("""{"SecretIdList":["a"],"NextToken":"t"}""", "'Filters' must also be specified when 'NextToken' is provided.")]
    public async Task Ids_and_filters_exclude_each_other(string body, string message)
    {
        var answer = await Aws.Send("secretsmanager.BatchGetSecretValue", body);
        Assert.Equal(("InvalidParameterException", message), (answer.ErrorType, answer.ErrorMessage));
    }

    [Theory]
    [InlineData("""{"SecretIdList":[]}""", "'secretIdList' failed to satisfy constraint: Member must have length greater than or equal to 1")]
    [InlineData("""{"SecretIdList":["1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16","17","18","19","20","21"]}""", "'secretIdList' failed to satisfy constraint: Member must have length less than or equal to 20")]
    [InlineData("""{"SecretIdList":["a",null]}""", "'secretIdList.2.member' failed to satisfy constraint: Member must not be null")]
    [InlineData("""{"SecretIdList":[""]}""", "'secretIdList.1.member' failed to satisfy constraint: Member must have length greater than or equal to 1")]
    [InlineData("""{"Filters":[{"Key":"name","Values":["a"]}],"MaxResults":21}""", "'maxResults' failed to satisfy constraint: Member must have value less than or equal to 20")]
    [InlineData("""{"Filters":[{"Key":"nonsense","Values":["a"]}]}""", "'filters.1.member.key' failed to satisfy constraint: Member must satisfy enum value set")]
    public async Task What_breaks_the_model_is_named(string body, string message)
    {
        var answer = await Aws.Send("secretsmanager.BatchGetSecretValue", body);
        Assert.Equal("ValidationException", answer.ErrorType);
        Assert.Contains(message, answer.ErrorMessage, StringComparison.Ordinal);
    }

    private static IEnumerable<string?> Texts(ApiAnswer answer) =>
        answer.Json.GetProperty("SecretValues").EnumerateArray().Select(v => v.GetProperty("SecretString").GetString());
}
