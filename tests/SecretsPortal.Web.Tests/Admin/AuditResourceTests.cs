using System.Net;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using SecretsPortal.Services.Audit;

namespace SecretsPortal.Web.Tests.Admin;

/// <summary>The log over REST: given away, and held against its chain.</summary>
public sealed class AuditResourceTests(SharedPortal shared) : ApiTest(shared)
{
    [Fact]
    public async Task The_log_is_exported_in_both_forms()
    {
        using var api = new AdminClient(Portal.Address, TestPortal.Credentials);
        var lines = await api.Ok("GET", "/api/v1/audit/export?action=secretsportal%3ABootstrap&format=JsonLines");
        Assert.Equal("application/jsonl", lines.Message.Content.Headers.ContentType?.MediaType);
        Assert.All(lines.Text.TrimEnd('\n').Split('\n'), line => Assert.Equal("secretsportal:Bootstrap", JsonDocument.Parse(line).RootElement.GetProperty("action").GetString()));
        var table = await api.Ok("GET", "/api/v1/audit/export?action=secretsportal%3ABootstrap&format=Csv");
        Assert.Equal("text/csv", table.Message.Content.Headers.ContentType?.MediaType);
        Assert.StartsWith("sequence,time,caller,", table.Text, StringComparison.Ordinal);
        Assert.Equal(lines.Text.Count(c => c == '\n') + 1, table.Text.Count(c => c == '\n'));
        Assert.Equal(["format"], (await api.Send("GET", "/api/v1/audit/export?format=7")).Fields);
        Assert.Equal(["outcome"], (await api.Send("GET", "/api/v1/audit/export?outcome=7")).Fields);
    }

    [Fact]
    public async Task A_log_verifies_until_a_record_is_edited_which_is_named()
    {
        await using var portal = await TestPortal.Start("--Portal:Audit:CheckpointRecords=1");
        using var api = new AdminClient(portal.Address, TestPortal.Credentials);
        for (var i = 0; i < 5; i++)
            await api.Ok("GET", "/api/v1/account");
        var whole = await api.Ok("POST", "/api/v1/audit/verify");
        Assert.True(whole.Json.GetProperty("isIntact").GetBoolean(), whole.Text);
        Assert.True(whole.Json.GetProperty("records").GetInt64() >= 5);
        Assert.False(whole.Json.TryGetProperty("firstBadSequence", out _));

        await using (var file = new SqliteConnection($"Data Source={AuditFile(portal)};Pooling=False"))
        {
            await file.OpenAsync();
            await using var edit = file.CreateCommand();
            edit.CommandText = "UPDATE audit_record SET caller = 'somebody else' WHERE sequence = 3";
            Assert.Equal(1, await edit.ExecuteNonQueryAsync());
        }

        var edited = await api.Ok("POST", "/api/v1/audit/verify");
        Assert.False(edited.Json.GetProperty("isIntact").GetBoolean());
        Assert.Equal(3, edited.Json.GetProperty("firstBadSequence").GetInt64());
        Assert.StartsWith("record 3 is not what was recorded there", edited.Json.GetProperty("findings")[0].GetProperty("what").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Checkpoints_are_exported_as_verify_takes_them_with_the_public_key()
    {
        using var api = new AdminClient(Portal.Address, TestPortal.Credentials);
        var answer = await api.Ok("GET", "/api/v1/audit/checkpoints");
        Assert.Equal((HttpStatusCode.OK, "application/jsonl"), (answer.Status, answer.Message.Content.Headers.ContentType?.MediaType));
        var lines = answer.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(lines.Length, AuditCheckpoints.Parse(answer.Text).Count);
        Assert.All(lines, line => Assert.NotEmpty(JsonDocument.Parse(line).RootElement.GetProperty("publicKey").GetBytesFromBase64()));
    }

    private static string AuditFile(TestPortal portal) => Path.Combine(portal.DataDirectory, "audit.db");
}
