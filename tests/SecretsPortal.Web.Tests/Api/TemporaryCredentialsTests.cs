using System.Net;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Services;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;

namespace SecretsPortal.Web.Tests.Api;

/// <summary>Temporary credentials sign like others and carry their session token.</summary>
public sealed class TemporaryCredentialsTests(SharedPortal shared) : ApiTest(shared)
{
    private const string Unknown = "The security token included in the request is invalid.";

    [Fact]
    public async Task They_work_within_their_session_policy_and_are_recorded_under_their_key_id()
    {
        var (name, _) = await Create("temporary");
        var access = await Issue($$"""
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:*:*:secret:{{name}}-??????"}]}
            """);
        using var client = new SigningClient(Portal.Address, Credentials(access), TestPortal.Region);

        Assert.Equal("first", (await client.Ok("GetSecretValue", new { SecretId = name }))["SecretString"]);
        var denied = await client.Refused("DeleteSecret", new { SecretId = name }, "AccessDeniedException");

        Assert.EndsWith("because no identity-based policy allows the secretsmanager:DeleteSecret action", denied, StringComparison.Ordinal);
        var admin = new CallContext(await Portal.SignIn(), TestPortal.Region, "127.0.0.1", "test");
        var page = await Portal.Services.GetRequiredService<AuditLog>().Search(
            admin, new AuditQuery { Limit = 500 }, nextToken: null, TestContext.Current.CancellationToken);
        Assert.Equal(
            [("secretsmanager:DeleteSecret", AuditOutcome.Denied), ("secretsmanager:GetSecretValue", AuditOutcome.Succeeded)],
            page.Events.Where(e => e.Record.AccessKeyId == access.AccessKeyId).Select(e => (e.Record.Action, e.Record.Outcome)));
    }

    [Fact]
    public async Task Without_their_session_token_or_with_anothers_they_are_unknown()
    {
        var access = await Issue();
        var other = await Issue();
        var token = access.SessionToken.Reveal();
        var spoilt = token[..^8] + (token[^8] == 'A' ? 'B' : 'A') + token[^7..];

        Assert.Equal(Unknown, await Refusal(Credentials(access) with { SessionToken = null }));
        Assert.Equal(Unknown, await Refusal(Credentials(access) with { SessionToken = other.SessionToken.Reveal() }));
        Assert.Equal(Unknown, await Refusal(Credentials(access) with { SessionToken = spoilt }));
        Assert.Equal(Unknown, await Refusal(TestPortal.Credentials with { SessionToken = token }));

        async Task<string> Refusal(SigningCredentials credentials)
        {
            using var client = new SigningClient(Portal.Address, credentials, TestPortal.Region);
            return await client.Refused("ListSecrets", new { }, "UnrecognizedClientException");
        }
    }

    [Fact]
    public async Task A_session_token_that_is_not_signed_is_refused()
    {
        var access = await Issue();
        using var client = new SigningClient(Portal.Address, Credentials(access) with { SessionToken = null }, TestPortal.Region);
        var answer = await client.Send("secretsmanager.ListSecrets", "{}"u8.ToArray(), r => r.Headers.Add("X-Amz-Security-Token", access.SessionToken.Reveal()));
        Assert.Equal("InvalidSignatureException", answer.ErrorType);
        Assert.Equal("'X-Amz-Security-Token' must be a 'SignedHeader' in the AWS Authorization.", answer.ErrorMessage);
    }

    [Fact]
    public async Task Their_own_wrong_secret_is_a_wrong_signature()
    {
        var access = await Issue();
        using var client = new SigningClient(Portal.Address, Credentials(access with { SecretAccessKey = new("wrong") }), TestPortal.Region);
        await client.Refused("ListSecrets", new { }, "InvalidSignatureException");
    }

    [Fact]
    public async Task The_longest_ones_fit_into_a_request()
    {
        var filling = string.Join(",", Enumerable.Range(0, 30).Select(i => $"\"arn:aws:secretsmanager:us-east-1:123456789012:secret:秘密{i}\""));
        var access = await Issue($$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":["*",{{filling}}]}]}""");
        using var client = new SigningClient(Portal.Address, Credentials(access), TestPortal.Region);
        Assert.Equal(HttpStatusCode.OK, (await client.Call("ListSecrets", new { })).Status);
    }

    private async Task<TemporaryAccess> Issue(string? sessionPolicy = null) => await Portal.Services.GetRequiredService<TemporaryCredentials>().Issue(
        (await Portal.SignIn()).Id, TimeSpan.FromMinutes(15), sessionPolicy, TestContext.Current.CancellationToken);

    private static SigningCredentials Credentials(TemporaryAccess access) => new(access.AccessKeyId, access.SecretAccessKey, access.SessionToken.Reveal());
}
