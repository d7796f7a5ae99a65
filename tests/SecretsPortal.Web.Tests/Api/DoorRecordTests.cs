using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core.Audit;
using SecretsPortal.Services;
using SecretsPortal.Services.Audit;

namespace SecretsPortal.Web.Tests.Api;

/// <summary>What the door refuses by itself leaves its record too.</summary>
public sealed class DoorRecordTests(SharedPortal shared) : ApiTest(shared)
{
    [Theory]
    [InlineData("secretsmanager.GetSecretValue", "{ broken", "secretsmanager:GetSecretValue", "Serialization")]
    [InlineData("secretsmanager.GetSecretValue", "{}", "secretsmanager:GetSecretValue", "Validation")]
    [InlineData("secretsmanager.GetResourcePolicy", "{}", "secretsmanager:GetResourcePolicy", "Validation")]
    [InlineData("secretsmanager.<script>", "{}", "secretsmanager:UnknownOperation", "UnknownOperation")]
    public async Task A_refused_request_is_recorded_with_its_id(string target, string body, string action, string reason)
    {
        var answer = await Aws.Send(target, body);
        var requestId = answer.Message.Headers.GetValues("x-amzn-RequestId").Single();
        var admin = new CallContext(await Portal.SignIn(), TestPortal.Region, "127.0.0.1", "test");
        var page = await Portal.Services.GetRequiredService<AuditLog>().Search(
            admin, new AuditQuery { Action = action, Outcome = AuditOutcome.Failed, Limit = 500 }, nextToken: null, TestContext.Current.CancellationToken);
        var record = Assert.Single(page.Events, e => e.Record.RequestId == requestId).Record;
        Assert.Equal(reason, record.Detail);
        Assert.Equal(TestPortal.AccessKeyId, record.AccessKeyId);
        Assert.Equal("127.0.0.1", record.SourceAddress);
    }

    [Fact]
    public async Task A_body_that_is_too_long_is_recorded_as_nobodys()
    {
        var answer = await Aws.Send("secretsmanager.PutSecretValue", new byte[512 * 1024 + 1]);
        Assert.Equal("SerializationException", answer.ErrorType);
        await AssertDenied(r => r.RequestId == answer.Message.Headers.GetValues("x-amzn-RequestId").Single(), "secretsmanager:PutSecretValue");
    }

    [Fact]
    public async Task A_body_that_is_framed_badly_is_recorded_as_nobodys()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(Portal.Address.Host, Portal.Address.Port, TestContext.Current.CancellationToken);
        await using var stream = socket.GetStream();
        // No chunk begins with a word.
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"POST / HTTP/1.1\r\nHost: {Portal.Address.Authority}\r\nX-Amz-Target: secretsmanager.CancelRotateSecret\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n"),
            TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Contains("SerializationException", answer, StringComparison.Ordinal);
        var requestId = answer.Split('\n').Single(line => line.StartsWith("x-amzn-RequestId:", StringComparison.OrdinalIgnoreCase)).Split(' ')[1].Trim();
        await AssertDenied(r => r.RequestId == requestId, "secretsmanager:CancelRotateSecret");
    }

    private async Task AssertDenied(Func<AuditRecord, bool> isIt, string action)
    {
        var admin = new CallContext(await Portal.SignIn(), TestPortal.Region, "127.0.0.1", "test");
        var page = await Portal.Services.GetRequiredService<AuditLog>().Search(
            admin, new AuditQuery { Action = action, Outcome = AuditOutcome.Denied, Limit = 500 }, nextToken: null, TestContext.Current.CancellationToken);
        var record = Assert.Single(page.Events, e => isIt(e.Record)).Record;
        Assert.Equal(("anonymous", null, "Serialization", "127.0.0.1"), (record.Caller, record.AccessKeyId, record.Detail, record.SourceAddress));
    }

    [Fact]
    public async Task A_request_that_succeeds_leaves_exactly_one_record()
    {
        var (name, _) = await Create("record");
        var answer = await Aws.Ok("GetSecretValue", new { SecretId = name });
        var requestId = answer.Message.Headers.GetValues("x-amzn-RequestId").Single();
        var admin = new CallContext(await Portal.SignIn(), TestPortal.Region, "127.0.0.1", "test");
        var page = await Portal.Services.GetRequiredService<AuditLog>().Search(
            admin, new AuditQuery { Resource = answer["ARN"], Limit = 500 }, nextToken: null, TestContext.Current.CancellationToken);
        Assert.Single(page.Events, e => e.Record.RequestId == requestId && e.Record.Outcome == AuditOutcome.Succeeded);
    }
}
