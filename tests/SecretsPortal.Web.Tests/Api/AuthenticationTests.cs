using System.Net;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;

namespace SecretsPortal.Web.Tests.Api;

public sealed class AuthenticationTests(SharedPortal shared) : ApiTest(shared)
{
    private const string Target = "secretsmanager.ListSecrets";

    [Fact]
    public async Task A_request_without_credentials_is_refused()
    {
        using var http = new HttpClient();
        using var content = new StringContent("{}");
        var answer = await http.PostAsync(Portal.Address, content);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("\"MissingAuthenticationTokenException\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_key_is_refused_in_the_services_words()
    {
        using var stranger = new SigningClient(
            Portal.Address, new SigningCredentials("AKIANOBODYKNOWSTHIS1", new SecretText("x")), TestPortal.Region);
        Assert.Equal("The security token included in the request is invalid.", await stranger.Refused("ListSecrets", new { }, "UnrecognizedClientException"));
    }

    [Fact]
    public async Task A_wrong_secret_is_refused()
    {
        using var liar = new SigningClient(
            Portal.Address, new SigningCredentials(TestPortal.AccessKeyId, new SecretText("wrong")), TestPortal.Region);
        await liar.Refused("ListSecrets", new { }, "InvalidSignatureException");
    }

    [Fact]
    public async Task A_region_that_is_not_served_is_refused()
    {
        using var elsewhere = new SigningClient(Portal.Address, TestPortal.Credentials, "eu-north-1");
        var answer = await elsewhere.Call("ListSecrets", new { });
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
    }

    [Fact]
    public async Task A_body_that_was_changed_on_the_way_is_refused()
    {
        var answer = await Aws.Send(Target, "{}"u8.ToArray(), request =>
        {
            var changed = new ByteArrayContent("{ }"u8.ToArray());
            changed.Headers.TryAddWithoutValidation("Content-Type", "application/x-amz-json-1.1");
            request.Content = changed;
        });
        Assert.Equal("InvalidSignatureException", answer.ErrorType);
    }

    [Fact]
    public async Task A_target_that_was_changed_on_the_way_is_refused()
    {
        var answer = await Aws.Send(Target, "{}"u8.ToArray(), request =>
        {
            request.Headers.Remove("X-Amz-Target");
            request.Headers.TryAddWithoutValidation("X-Amz-Target", "secretsmanager.GetRandomPassword");
        });
        Assert.Equal("InvalidSignatureException", answer.ErrorType);
    }

    [Theory]
    [InlineData(-6, "Signature expired: ")]
    [InlineData(6, "Signature not yet current: ")]
    public async Task A_clock_that_is_off_is_told_so(int minutes, string message)
    {
        var answer = await Aws.Send(Target, "{}"u8.ToArray(), at: TimeProvider.System.GetUtcNow().AddMinutes(minutes));
        Assert.Equal("InvalidSignatureException", answer.ErrorType);
        Assert.StartsWith(message, answer.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_services_scope_is_refused_in_the_services_words()
    {
        var answer = await Aws.Send(Target, "{}"u8.ToArray(), service: "ssm");
        Assert.Equal("InvalidSignatureException", answer.ErrorType);
        Assert.Equal("Credential should be scoped to correct service: 'secretsmanager'. ", answer.ErrorMessage);
    }

    [Theory]
    [InlineData("AWS4-HMAC-SHA256 nonsense")]
    [InlineData("AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c")]
    [InlineData("Basic YWRtaW46YWRtaW4=")]
    public async Task A_malformed_header_is_a_fault_of_the_client(string authorization)
    {
        var answer = await Aws.Send(Target, "{}"u8.ToArray(), request =>
        {
            request.Headers.Remove("Authorization");
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        });
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(answer.ErrorType, new[] { "IncompleteSignatureException", "InvalidSignatureException", "MissingAuthenticationTokenException" });
    }

    [Fact]
    public async Task A_query_is_part_of_what_is_signed()
    {
        var signed = await Aws.Send(Target, "{}"u8.ToArray(), query: "a=%2F&b=%20");
        Assert.True(signed.Status == HttpStatusCode.OK, signed.Text);
        var added = await Aws.Send(Target, "{}"u8.ToArray(), request => request.RequestUri = new Uri(Portal.Address, "/?a=1"));
        Assert.Equal("InvalidSignatureException", added.ErrorType);
    }

    [Fact]
    public async Task Authentication_comes_before_the_body_is_looked_at()
    {
        using var stranger = new SigningClient(
            Portal.Address, new SigningCredentials("AKIANOBODYKNOWSTHIS1", new SecretText("x")), TestPortal.Region);
        var answer = await stranger.Send("secretsmanager.NoSuchThing", "{ broken");
        Assert.Equal("UnrecognizedClientException", answer.ErrorType);
    }
}
