using System.Net;
using System.Text.Json;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;

namespace SecretsPortal.Web.Tests.Admin;

/// <summary>The lives of users, clients, keys, groups and policies over REST, as Terraform would go through them.</summary>
public sealed class AccessLifeTests(SharedPortal shared) : ApiTest(shared)
{
    private const string ReadAll = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"secretsmanager:ListSecrets","Resource":"*"}]}""";

    private AdminClient Api => new(Portal.Address, TestPortal.Credentials);

    [Fact]
    public async Task A_user_is_added_seen_replaced_and_deleted()
    {
        using var api = Api;
        var name = Name("ada");
        var added = await api.Ok("POST", "/api/v1/users", new { name, displayName = "Ada", tags = new { team = "orders" } });
        Assert.Equal(HttpStatusCode.Created, added.Status);
        Assert.Equal($"/api/v1/users/{name}", added.Message.Headers.Location?.ToString());
        Assert.InRange(added["password"]!.Length, 20, 64);
        Assert.Equal("ResourceExists", await api.Refused("POST", "/api/v1/users", 409, new { name }));

        var seen = await api.Ok("GET", $"/api/v1/users/{name}");
        Assert.DoesNotContain("password\"", seen.Text, StringComparison.Ordinal);
        Assert.Equal("orders", seen.Json.GetProperty("tags").GetProperty("team").GetString());
        var revision = seen.Message.Headers.ETag!.ToString();

        var change = new { email = "ada@example.com", tags = new { team = "mail" } };
        var replaced = await api.Send("PUT", $"/api/v1/users/{name}", change, ("If-Match", revision));
        Assert.Equal(HttpStatusCode.OK, replaced.Status);
        var after = await api.Ok("GET", $"/api/v1/users/{name}");
        Assert.Equal("ada@example.com", after["email"]);
        Assert.False(after.Json.TryGetProperty("displayName", out _));
        Assert.Equal("mail", after.Json.GetProperty("tags").GetProperty("team").GetString());
        Assert.Equal(after.Text, (await api.Ok("PUT", $"/api/v1/users/{name}", change)).Text);

        var stale = await api.Send("PUT", $"/api/v1/users/{name}", change, ("If-Match", revision));
        Assert.Equal((HttpStatusCode.PreconditionFailed, "PreconditionNotMet"), (stale.Status, stale.Code));
        var odd = await api.Send("PUT", $"/api/v1/users/{name}", change, ("If-Match", "latest"));
        Assert.Equal(["If-Match"], odd.Fields);

        Assert.Equal(HttpStatusCode.NoContent, (await api.Ok("DELETE", $"/api/v1/users/{name}/sessions")).Status);
        Assert.NotNull((await api.Ok("POST", $"/api/v1/users/{name}/password", new { }))["password"]);
        await api.Ok("DELETE", $"/api/v1/users/{name}");
        Assert.Equal("ResourceNotFound", await api.Refused("GET", $"/api/v1/users/{name}", 404));
        Assert.Equal("ResourceNotFound", await api.Refused("DELETE", $"/api/v1/users/{name}", 404));
    }

    [Fact]
    public async Task A_client_gets_keys_that_work_until_they_are_disabled()
    {
        using var api = Api;
        var name = Name("orders");
        await api.Ok("POST", "/api/v1/clients", new { name });
        var added = await api.Ok("POST", $"/api/v1/clients/{name}/access-keys", new { description = "first" });
        var id = added.Json.GetProperty("accessKey").GetProperty("accessKeyId").GetString()!;
        using var program = new AdminClient(Portal.Address, new SigningCredentials(id, new SecretText(added["secretAccessKey"]!)));
        Assert.Equal(name, (await program.Ok("GET", "/api/v1/account"))["name"]);
        Assert.Equal("AccessDenied", await program.Refused("GET", "/api/v1/users", 403));
        await api.Ok("POST", $"/api/v1/clients/{name}/access-keys", new { });
        Assert.Equal("LimitExceeded", await api.Refused("POST", $"/api/v1/clients/{name}/access-keys", 409, new { }));

        await api.Ok("PUT", $"/api/v1/clients/{name}/access-keys/{id}", new { isDisabled = true });
        Assert.Equal("UnrecognizedClient", await program.Refused("GET", "/api/v1/account", 401));
        await api.Ok("PUT", $"/api/v1/clients/{name}/access-keys/{id}", new { });
        await program.Ok("GET", "/api/v1/account");
        var seen = await api.Ok("GET", $"/api/v1/clients/{name}");
        Assert.Equal(2, seen.Json.GetProperty("accessKeys").GetArrayLength());
        Assert.DoesNotContain("secretAccessKey", seen.Text, StringComparison.Ordinal);

        await api.Ok("DELETE", $"/api/v1/clients/{name}/access-keys/{id}");
        Assert.Equal("UnrecognizedClient", await program.Refused("GET", "/api/v1/account", 401));
        await api.Ok("DELETE", $"/api/v1/clients/{name}");
    }

    [Fact]
    public async Task A_policy_speaks_through_a_group_until_it_is_detached()
    {
        using var api = Api;
        var (user, group, policy) = (Name("eve"), Name("team"), Name("list"));
        await api.Ok("POST", "/api/v1/users", new { name = user });
        await api.Ok("POST", "/api/v1/groups", new { name = group, description = "A team" });
        await api.Ok("POST", "/api/v1/policies", new { name = policy, document = ReadAll });
        await api.Ok("PUT", $"/api/v1/groups/{group}/users/{user}");
        await api.Ok("PUT", $"/api/v1/groups/{group}/users/{user}");
        await api.Ok("PUT", $"/api/v1/groups/{group}/policies/{policy}");
        Assert.Equal(user, (await api.Ok("GET", $"/api/v1/groups/{group}/members")).Json.GetProperty("members")[0].GetProperty("name").GetString());
        var question = new { callerArn = $"arn:aws:iam::000000000000:user/{user}", action = "secretsmanager:ListSecrets", resource = "*" };
        var why = await api.Ok("POST", "/api/v1/access/explain", question);
        Assert.True(why.Json.GetProperty("isAllowed").GetBoolean());
        Assert.Contains(group, why.Text, StringComparison.Ordinal);

        Assert.Equal("InvalidRequest", await api.Refused("DELETE", $"/api/v1/policies/{policy}", 409));
        await api.Ok("DELETE", $"/api/v1/groups/{group}/policies/{policy}");
        Assert.False((await api.Ok("POST", "/api/v1/access/explain", question)).Json.GetProperty("isAllowed").GetBoolean());
        Assert.Equal(ReadAll, (await api.Ok("GET", $"/api/v1/policies/{policy}"))["document"]);
        await api.Ok("DELETE", $"/api/v1/policies/{policy}");
        await api.Ok("DELETE", $"/api/v1/groups/{group}");
    }

    [Fact]
    public async Task A_malformed_policy_names_statement_and_field_and_a_managed_one_stays()
    {
        using var api = Api;
        var bad = ReadAll.Replace("Effect", "Efect", StringComparison.Ordinal);
        var answer = await api.Send("POST", "/api/v1/policies", new { name = Name("bad"), document = bad });
        Assert.Equal("MalformedPolicyDocument", answer.Code);
        Assert.Contains("Efect", answer["detail"], StringComparison.Ordinal);
        Assert.Equal("InvalidRequest", await api.Refused("PUT", "/api/v1/policies/Administrator", 409, new { document = ReadAll }));
        var name = await api.Send("POST", "/api/v1/groups", new { name = "a b" });
        Assert.Equal(["name"], name.Fields);
    }

    [Fact]
    public async Task Temporary_credentials_are_narrowed_by_their_session_policy()
    {
        using var api = Api;
        var name = Name("job");
        await api.Ok("POST", "/api/v1/clients", new { name });
        await api.Ok("PUT", $"/api/v1/clients/{name}/policies/Administrator");
        var issued = await api.Ok("POST", $"/api/v1/clients/{name}/temporary-credentials", new { lifetimeSeconds = 900, sessionPolicy = ReadAll });
        var credentials = new SigningCredentials(issued["accessKeyId"]!, new SecretText(issued["secretAccessKey"]!), issued["sessionToken"]);
        using var job = new AdminClient(Portal.Address, credentials);
        Assert.True((await job.Ok("GET", "/api/v1/account")).Json.GetProperty("isNarrowed").GetBoolean());
        Assert.Equal("AccessDenied", await job.Refused("GET", "/api/v1/users", 403));
        await api.Ok("DELETE", $"/api/v1/clients/{name}");
        Assert.Equal("UnrecognizedClient", await job.Refused("GET", "/api/v1/account", 401));
    }

    [Fact]
    public async Task Lists_page_by_opaque_tokens()
    {
        using var api = Api;
        var prefix = Name("page");
        foreach (var i in Enumerable.Range(1, 3))
            await api.Ok("POST", "/api/v1/groups", new { name = $"{prefix}-{i}" });
        var (names, token) = (new List<string?>(), "");
        do
        {
            var page = await api.Ok("GET", $"/api/v1/groups?limit=1&namePrefix={prefix}{token}");
            names.AddRange(page.Json.GetProperty("groups").EnumerateArray().Select(g => g.GetProperty("name").GetString()));
            token = page.Json.TryGetProperty("nextToken", out var next) ? $"&nextToken={Uri.EscapeDataString(next.GetString()!)}" : null;
        }
        while (token is not null);

        Assert.Equal([$"{prefix}-1", $"{prefix}-2", $"{prefix}-3"], names);
        Assert.Equal("InvalidNextToken", await api.Refused("GET", "/api/v1/groups?nextToken=forged", 400));
        Assert.Equal("InvalidNextToken", await api.Refused("GET", $"/api/v1/groups?nextToken={Uri.EscapeDataString(JsonSerializer.Serialize("x"))}", 400));
    }

    private static string Name(string of) => $"{of}-{NewToken()[24..]}";
}
