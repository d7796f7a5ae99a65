using System.Net;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Web.Jobs;

namespace SecretsPortal.Web.Tests.Admin;

/// <summary>The life of a KMS key over REST.</summary>
public sealed class KeyLifeTests(SharedPortal shared) : ApiTest(shared)
{
    private AdminClient Api => new(Portal.Address, TestPortal.Credentials);

    [Fact]
    public async Task A_key_is_made_named_changed_disabled_enabled_and_removed_only_unused()
    {
        using var api = Api;
        var alias = Alias();
        var added = await api.Ok("POST", "/api/v1/keys", new { provider = "local", alias, description = "first" });
        var id = added["keyId"]!;
        Assert.Equal((HttpStatusCode.Created, $"/api/v1/keys/{id}"), (added.Status, added.Message.Headers.Location?.ToString()));
        Assert.Equal("ResourceExists", await api.Refused("POST", "/api/v1/keys", 409, new { provider = "local", alias }));
        Assert.Equal(id, (await api.Ok("GET", $"/api/v1/keys/{Uri.EscapeDataString($"alias/{alias}")}"))["keyId"]);
        Assert.Equal(id, (await api.Ok("GET", $"/api/v1/keys/{Uri.EscapeDataString(added["arn"]!)}"))["keyId"]);

        var changed = await api.Ok("PUT", $"/api/v1/keys/{id}", new { alias = $"{alias}-2" });
        Assert.Equal($"alias/{alias}-2", changed["alias"]);
        Assert.False(changed.Json.TryGetProperty("description", out _));
        Assert.Equal(changed.Text, (await api.Ok("GET", $"/api/v1/keys/{id}")).Text);
        Assert.Contains(id, await Ids(api));

        Assert.Equal("Disabled", (await api.Ok("POST", $"/api/v1/keys/{id}/disable"))["state"]);
        Assert.Equal("InvalidRequest", await api.Refused("PUT", $"/api/v1/keys/{id}/default", 409));
        var pending = await api.Ok("POST", $"/api/v1/keys/{id}/deletion", new { pendingWindowInDays = 7 });
        Assert.Equal("PendingDeletion", pending["state"]);
        Assert.InRange(pending.Json.GetProperty("deletionAt").GetDateTimeOffset(), TimeProvider.System.GetUtcNow().AddDays(6.9), TimeProvider.System.GetUtcNow().AddDays(7.1));
        Assert.Equal("InvalidRequest", await api.Refused("POST", $"/api/v1/keys/{id}/enable", 409));
        Assert.Equal("Disabled", (await api.Ok("DELETE", $"/api/v1/keys/{id}/deletion"))["state"]);
        Assert.Equal("Enabled", (await api.Ok("POST", $"/api/v1/keys/{id}/enable"))["state"]);
    }

    [Fact]
    public async Task What_lies_under_a_key_is_told_and_wrapped_anew_under_another()
    {
        using var api = Api;
        var key = (await api.Ok("POST", "/api/v1/keys", new { provider = "local", alias = Alias() }))["keyId"]!;
        var target = (await api.Ok("POST", "/api/v1/keys", new { provider = "local" }))["keyId"]!;
        var name = $"keys/{NewToken()}";
        await Portal.Aws.Ok("CreateSecret", new { Name = name, SecretString = "kept", KmsKeyId = key, ClientRequestToken = NewToken() });
        Assert.Equal(["SecretVersion", "Secret"], await Uses(api, key));
        Assert.Equal("InvalidRequest", await api.Refused("POST", $"/api/v1/keys/{key}/deletion", 409, new { }));

        var begun = await api.Ok("POST", $"/api/v1/keys/{key}/rewraps", new { target });
        Assert.Equal((HttpStatusCode.Created, $"/api/v1/rewraps/{begun["jobId"]}"), (begun.Status, begun.Message.Headers.Location?.ToString()));
        var ended = await End(api, begun["jobId"]!);
        Assert.Equal(("Succeeded", 1, 1, 0), (ended["state"], Number(ended, "total"), Number(ended, "done"), Number(ended, "failed")));
        Assert.Equal(["Secret"], await Uses(api, key));
        Assert.Equal(["SecretVersion"], await Uses(api, target));
        Assert.Equal("kept", (await Portal.Aws.Ok("GetSecretValue", new { SecretId = name }))["SecretString"]);
        Assert.Equal(begun["jobId"], (await api.Ok("GET", "/api/v1/rewraps?limit=1")).Json.GetProperty("rewraps")[0].GetProperty("jobId").GetString());
        Assert.Equal("InvalidRequest", await api.Refused("POST", $"/api/v1/rewraps/{begun["jobId"]}/pause", 409));
        Assert.Equal("ResourceNotFound", await api.Refused("GET", $"/api/v1/rewraps/{new string('0', 32)}", 404));

        var before = (await api.Ok("GET", $"/api/v1/keys/{target}"))["currentVersion"];
        var rotated = await api.Ok("POST", $"/api/v1/keys/{target}/versions");
        Assert.NotEqual(before, rotated["targetVersion"]);
        Assert.Equal("Succeeded", (await End(api, rotated["jobId"]!))["state"]);
        Assert.Equal("kept", (await Portal.Aws.Ok("GetSecretValue", new { SecretId = name }))["SecretString"]);
    }

    [Fact]
    public async Task What_is_wrong_with_a_key_is_named()
    {
        using var api = Api;
        Assert.Equal(["alias"], (await api.Send("POST", "/api/v1/keys", new { provider = "local", alias = "a b" })).Fields);
        Assert.Equal(["reference"], (await api.Send("POST", "/api/v1/keys", new { provider = "local", reference = "mine" })).Fields);
        Assert.Equal(["provider"], (await api.Send("POST", "/api/v1/keys", new { provider = "abacus" })).Fields);
        Assert.Equal(["limit"], (await api.Send("GET", "/api/v1/keys?limit=0")).Fields);
        Assert.Equal("ResourceNotFound", await api.Refused("GET", "/api/v1/keys/nothing", 404));
        var ofRegion = (await api.Ok("GET", "/api/v1/keys")).Json.GetProperty("keys").EnumerateArray().Single(key => key.GetProperty("isDefault").GetBoolean());
        var id = ofRegion.GetProperty("keyId").GetString();
        Assert.Equal("InvalidRequest", await api.Refused("POST", $"/api/v1/keys/{id}/disable", 409));
        Assert.Equal(["target"], (await api.Send("POST", $"/api/v1/keys/{id}/rewraps", new { target = "alias/nothing" })).Fields);
    }

    private static string Alias() => $"of-tests/{NewToken()}";

    private static long Number(AdminAnswer answer, string member) => answer.Json.GetProperty(member).GetInt64();

    private static async Task<List<string?>> Uses(AdminClient api, string key) =>
        [.. (await api.Ok("GET", $"/api/v1/keys/{key}/uses")).Json.GetProperty("uses").EnumerateArray().Select(use => use.GetProperty("kind").GetString())];

    private static async Task<List<string?>> Ids(AdminClient api)
    {
        var (ids, token) = (new List<string?>(), "");
        do
        {
            var page = await api.Ok("GET", $"/api/v1/keys?limit=1{token}");
            ids.Add(page.Json.GetProperty("keys")[0].GetProperty("keyId").GetString());
            token = page.Json.TryGetProperty("nextToken", out var next) ? $"&nextToken={Uri.EscapeDataString(next.GetString()!)}" : null;
        }
        while (token is not null);

        return ids;
    }

    // The test carries the re-wrapping on itself: the scheduler's tick stands behind the rotations of all other tests.
    private async Task<AdminAnswer> End(AdminClient api, string jobId)
    {
        using var scope = Portal.Services.CreateScope();
        var tick = scope.ServiceProvider.GetRequiredService<KeyTick>();
        var last = "";
        for (var began = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromMinutes(2); await Task.Delay(100))
        {
            await tick.Run(TestContext.Current.CancellationToken);
            var seen = await api.Ok("GET", $"/api/v1/rewraps/{jobId}");
            last = seen.Text;
            if (seen["state"] is not ("Queued" or "Running"))
                return seen;
        }

        throw new TimeoutException($"The re-wrapping {jobId} has not ended: {last}");
    }
}
