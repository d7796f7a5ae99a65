using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Services.Rotation.Functions;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Tests.Rotation.Functions;

/// <summary>Functions elsewhere: what they are sent, whom the portal speaks to, and what it makes of answers.</summary>
public sealed class FunctionHttpTests
{
    private static readonly SecretText s_secretHalf = new("secret-half-of-the-endpoint-0123456789ab");
    private static readonly SecretText s_webhookKey = new($"whsec_{Convert.ToBase64String(new byte[32])}");

    [Fact]
    public async Task A_webhook_gets_the_event_signed_over_id_time_and_body()
    {
        await using var server = await FunctionServer.Begin();
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 3, 4, 10, 30, 0, TimeSpan.Zero));

        var result = await server.Invoke(server.Function(FunctionKind.Webhook, "/rotate?x=1"), s_webhookKey, clock: clock);
        await server.Invoke(server.Function(FunctionKind.Webhook, "/rotate?x=1"), s_webhookKey, clock: clock);

        Assert.True(result.Succeeded, result.ErrorMessage);
        var request = server.Received[0];
        Assert.Equal(("POST", "/rotate?x=1", "application/json"), (request.Method, request.Path, request.Header("Content-Type")));
        Assert.Equal("1772620200", request.Header("webhook-timestamp"));
        // Checked by hand, not by the code that signs.
        using var hmac = new HMACSHA256(new byte[32]);
        var expected = Convert.ToBase64String(hmac.ComputeHash(
            [.. Encoding.UTF8.GetBytes(request.Header("webhook-id")), (byte)'.', .. Encoding.UTF8.GetBytes(request.Header("webhook-timestamp")), (byte)'.', .. request.Body]));
        Assert.Equal($"v1,{expected}", request.Header("webhook-signature"));
        Assert.NotEqual(request.Header("webhook-id"), server.Received[1].Header("webhook-id"));
        var body = JsonDocument.Parse(request.Body).RootElement;
        Assert.Equal(["Step", "SecretId", "ClientRequestToken", "RotationToken", "Portal"], body.EnumerateObject().Select(member => member.Name));
        Assert.Equal("createSecret", body.GetProperty("Step").GetString());
        var portal = body.GetProperty("Portal");
        Assert.Equal("http://127.0.0.1:8210", portal.GetProperty("Endpoint").GetString());
        Assert.Equal("the-session-token", portal.GetProperty("SessionToken").GetString());
    }

    [Fact]
    public async Task An_endpoint_gets_the_event_signed_by_SigV4_and_the_credentials_in_the_client_context()
    {
        await using var server = await FunctionServer.Begin();
        server.Respond = http =>
        {
            http.Response.Headers["X-Amz-Log-Result"] = Convert.ToBase64String("START\nwell done\n"u8);
            return http.Response.WriteAsync("null");
        };

        var result = await server.Invoke(server.Function(FunctionKind.Endpoint) with { RemoteName = "arn:aws:lambda:eu-central-1:123456789012:function:there" }, s_secretHalf);

        Assert.Equal((true, "START\nwell done\n"), (result.Succeeded, result.Log));
        var request = server.Received.Single();
        Assert.Equal("/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-central-1%3A123456789012%3Afunction%3Athere/invocations", request.Path);
        Assert.Equal(("RequestResponse", "Tail"), (request.Header("X-Amz-Invocation-Type"), request.Header("X-Amz-Log-Type")));
        Assert.Equal(FunctionFolder.Event, Encoding.UTF8.GetString(request.Body));
        var context = JsonDocument.Parse(Convert.FromBase64String(request.Header("X-Amz-Client-Context"))).RootElement.GetProperty("custom");
        Assert.Equal("ASIATESTOFFUNCTIONS1", context.GetProperty("AccessKeyId").GetString());
        Verify(request, s_secretHalf.Reveal());
        Assert.Throws<PortalException>(() => Verify(request with { Body = [.. request.Body, (byte)' '] }, s_secretHalf.Reveal()));
        Assert.Throws<PortalException>(() => Verify(request, "another-secret-half"));
    }

    [Fact]
    public async Task The_line_that_the_tail_of_an_endpoints_log_begins_within_is_left_out()
    {
        await using var server = await FunctionServer.Begin();
        server.Respond = http =>
        {
            http.Response.Headers["X-Amz-Log-Result"] = Convert.ToBase64String(Encoding.UTF8.GetBytes($"ssword-0123\nwell done\n".PadRight(4096, '.')));
            return http.Response.WriteAsync("null");
        };

        var result = await server.Invoke(server.Function(FunctionKind.Endpoint), s_secretHalf);

        Assert.StartsWith("…\nwell done\n", result.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, "Unhandled", """{"errorMessage":"the host is down","errorType":"ValueError"}""", "ValueError", "the host is down", false)]
    [InlineData(200, "Unhandled", "no json", "Error", "The function failed without a message.", false)]
    [InlineData(400, null, """{"Message":"no region"}""", null, "refuses the request (HTTP 400)", true)]
    [InlineData(401, null, "", null, "refuses the request (HTTP 401)", true)]
    [InlineData(403, null, """{"Message":"not yours"}""", null, "refuses the request (HTTP 403)", true)]
    [InlineData(404, null, "", null, "has no function rotate-it", true)]
    [InlineData(429, null, "", null, "could not run the function (HTTP 429)", false)]
    [InlineData(502, null, "", null, "could not run the function (HTTP 502)", false)]
    public async Task What_an_endpoint_fails_with_is_told(int status, string? error, string body, string? type, string message, bool isFinal)
    {
        await using var server = await FunctionServer.Begin();
        server.Respond = http =>
        {
            http.Response.StatusCode = status;
            if (error is not null)
                http.Response.Headers["X-Amz-Function-Error"] = error;
            return http.Response.WriteAsync(body);
        };

        var result = await server.Invoke(server.Function(FunctionKind.Endpoint), s_secretHalf);

        Assert.Equal((false, type, isFinal), (result.Succeeded, result.ErrorType, result.IsFinal));
        Assert.Contains(message, result.ErrorMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500, """{"errorMessage":"the host is down","errorType":"Host"}""", "Host", "the host is down", false)]
    [InlineData(500, "<html>", null, "answered with HTTP 500 and no errorMessage", false)]
    [InlineData(403, "", null, "answered with HTTP 403 and no errorMessage", true)]
    [InlineData(404, "", null, "answered with HTTP 404 and no errorMessage", true)]
    [InlineData(429, "", null, "answered with HTTP 429 and no errorMessage", false)]
    [InlineData(302, "", null, "redirects the request", true)]
    public async Task What_a_webhook_fails_with_is_told(int status, string body, string? type, string message, bool isFinal)
    {
        await using var server = await FunctionServer.Begin();
        await using var elsewhere = await FunctionServer.Begin();
        server.Respond = http =>
        {
            http.Response.StatusCode = status;
            http.Response.Headers.Location = elsewhere.Url;
            return http.Response.WriteAsync(body);
        };

        var result = await server.Invoke(server.Function(FunctionKind.Webhook), s_webhookKey);

        Assert.Equal((false, type, isFinal), (result.Succeeded, result.ErrorType, result.IsFinal));
        Assert.Contains(message, result.ErrorMessage, StringComparison.Ordinal);
        Assert.Empty(elsewhere.Received);
    }

    [Fact]
    public async Task One_that_hangs_or_answers_without_end_is_given_up()
    {
        await using var server = await FunctionServer.Begin();
        server.Hang();
        var late = await server.Invoke(server.Function(FunctionKind.Webhook) with { Timeout = TimeSpan.FromSeconds(2) }, s_webhookKey);
        Assert.Contains("did not answer within 2 seconds", late.ErrorMessage, StringComparison.Ordinal);
        server.Interference = null;
        server.Respond = async http =>
        {
            while (!http.RequestAborted.IsCancellationRequested)
                await http.Response.Body.WriteAsync(new byte[8192]);
        };
        var flood = await server.Invoke(server.Function(FunctionKind.Webhook), s_webhookKey);
        Assert.Contains("more than 65536 bytes", flood.ErrorMessage, StringComparison.Ordinal);
        Assert.True(flood.IsFinal);
    }

    [Theory]
    [InlineData("https://127.0.0.1:{0}/", "127.0.0.1, which is of this machine itself")]
    [InlineData("https://localhost:{0}/", "which is of this machine itself")]
    [InlineData("https://[::1]:{0}/", "which is of this machine itself")]
    [InlineData("https://[::ffff:127.0.0.1]:{0}/", "which is of this machine itself")]
    [InlineData("https://0.0.0.0:{0}/", "which is of this machine itself")]
    [InlineData("https://2130706433:{0}/", "which is of this machine itself")]
    [InlineData("https://169.254.169.254/latest/meta-data", "link-local, where clouds keep their metadata")]
    [InlineData("https://[64:ff9b::a9fe:a9fe]/", "link-local, where clouds keep their metadata")]
    [InlineData("https://[fd00:ec2::254]/", "a cloud's metadata")]
    [InlineData("https://[fe80::1]/", "link-local")]
    [InlineData("https://239.1.2.3/", "multicast")]
    [InlineData("http://10.255.255.1:{0}/", "in the clear, by http")]
    public async Task Addresses_are_denied_when_they_are_connected_to(string url, string what)
    {
        await using var server = await FunctionServer.Begin();
        var function = server.Function(FunctionKind.Webhook) with { Url = url.Replace("{0}", $"{server.Port}", StringComparison.Ordinal) };

        var result = await server.Invoke(function, s_webhookKey, server.Options(allowed: null));

        Assert.False(result.Succeeded);
        Assert.Contains(what, result.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains("Portal:Functions:AllowedAddresses", result.ErrorMessage, StringComparison.Ordinal);
        Assert.True(result.IsFinal);
        Assert.Equal(0, server.Requests);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.0/8,::1")]
    public async Task An_administrator_can_allow_them_by_name_or_range(string allowed)
    {
        await using var server = await FunctionServer.Begin();
        Assert.True((await server.Invoke(server.Function(FunctionKind.Webhook), s_webhookKey, server.Options(allowed))).Succeeded);
        Assert.False((await server.Invoke(server.Function(FunctionKind.Webhook), s_webhookKey, server.Options("10.0.0.0/8,example.com"))).Succeeded);
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_or_of_another_name_is_refused()
    {
        await using var server = await FunctionServer.Begin();
        var unknown = await server.Invoke(server.Function(FunctionKind.Webhook), s_webhookKey, server.Options(trusts: false));
        Assert.Contains("is not trusted", unknown.ErrorMessage, StringComparison.Ordinal);
        var other = await server.Invoke(server.Function(FunctionKind.Webhook) with { Url = $"https://127.0.0.1:{server.Port}" }, s_webhookKey);
        Assert.Contains("is for another name", other.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal(0, server.Requests);
    }

    [Theory]
    [InlineData("10.1.2.3", null)]
    [InlineData("93.184.216.34", null)]
    [InlineData("2606:2800:220:1::1", null)]
    [InlineData("fd12:3456::1", null)]
    [InlineData("::127.0.0.1", "of this machine itself")]
    [InlineData("2002:7f00:1::", "of this machine itself")]
    [InlineData("169.254.170.2", "link-local, where clouds keep their metadata")]
    [InlineData("255.255.255.255", "reserved")]
    public void Only_special_addresses_are_denied(string address, string? what) => Assert.Equal(what, FunctionAddresses.Fault(IPAddress.Parse(address)));

    private static void Verify(ReceivedRequest received, string secret)
    {
        var request = new SignedRequest
        {
            Method = received.Method, Path = received.Path, Query = "", Headers = received.Headers, BodyHash = Convert.ToHexStringLower(SHA256.HashData(received.Body)),
        };
        var claim = SigV4Verifier.Read(request, "lambda", TimeProvider.System.GetUtcNow());
        Assert.Equal(("AKIAOFTHEENDPOINT001", "eu-central-1"), (claim.AccessKeyId, claim.Region));
        SigV4Verifier.Verify(request, claim, SigningKey.Derive(secret, claim.Date, claim.Region, claim.Service));
    }
}
