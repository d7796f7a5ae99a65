using System.Text;
using System.Text.Json;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;

namespace SecretsPortal.Services.Tests.Secrets;

public sealed class SecretBrowserTests
{
    private const string ListSecrets = "secretsmanager:ListSecrets";
    private const string Nothing = """{"Effect":"Deny","Action":"*","Resource":"*"}""";

    [Fact]
    public async Task A_secret_is_found_by_the_names_of_its_members_and_never_by_what_they_hold()
    {
        await using var portal = await TestPortal.Start();
        await Create(portal, "app/one", """{"dbUser":"hunter2","nested":{"inner":1}}""");
        await Create(portal, "app/two", "hunter2");

        Assert.Equal(["app/one"], await Names(portal, new BrowseRequest { Text = "dbuser" }));
        Assert.Equal(["app/one"], await Names(portal, new BrowseRequest { Text = "nested app" }));
        Assert.Empty(await Names(portal, new BrowseRequest { Text = "hunter2" }));
        Assert.Empty(await Names(portal, new BrowseRequest { Text = "inner" }));

        // The replica's own row and a rotated value are found by the same road: it is the version that AWSCURRENT names that counts.
        await portal.Writer.PutValue(portal.Admin, new PutSecretValueRequest("app/one", Token(), SecretValue.FromText("""{"apiKey":"x"}"""), null), default);
        Assert.Equal(["app/one"], await Names(portal, new BrowseRequest { Text = "apikey" }));
        Assert.Empty(await Names(portal, new BrowseRequest { Text = "dbuser" }));
        var record = (await portal.Log())[^1];
        Assert.Equal((ListSecrets, "*", AuditOutcome.Succeeded, null), (record.Action, record.Resource, record.Outcome, record.Detail));
    }

    [Fact]
    public async Task Pages_have_tokens_that_are_good_for_the_same_question_alone_and_the_first_brings_the_folders()
    {
        await using var portal = await TestPortal.Start();
        foreach (var name in new[] { "a/1", "a/2", "b/1", "c" })
            await Create(portal, name, "1");
        var browser = portal.Get<SecretBrowser>();

        var first = await browser.Find(portal.Admin, new BrowseRequest { ByName = true }, 3, null, default);
        var second = await browser.Find(portal.Admin, new BrowseRequest { ByName = true }, 3, first.NextToken, default);

        Assert.Equal(["a/1", "a/2", "b/1"], first.Secrets.Select(secret => secret.Name));
        Assert.Equal(["c"], second.Secrets.Select(secret => secret.Name));
        Assert.Equal((4, null), (first.Total, second.NextToken));
        Assert.Equal([new SecretFolder("a/", 2), new SecretFolder("b/", 1)], first.Folders);
        Assert.Empty(second.Folders);
        Assert.Empty((await browser.Find(portal.Admin, new BrowseRequest { Text = "a" }, 3, null, default)).Folders);
        var refused = await Assert.ThrowsAsync<PortalException>(() => browser.Find(portal.Admin, new BrowseRequest { ByName = true, Text = "a" }, 3, first.NextToken, default));
        Assert.Equal(PortalError.InvalidNextToken, refused.Error);
    }

    [Fact]
    public async Task What_is_asked_for_is_bounded_and_a_key_goes_by_each_of_its_names()
    {
        await using var portal = await TestPortal.Start();
        await Create(portal, "a", "1");

        Assert.Equal(["a"], await Names(portal, new BrowseRequest { Key = "alias/aws/secretsmanager" }));
        foreach (var request in new[]
        {
            new BrowseRequest { Text = "a b c d e f g h" }, new BrowseRequest { Text = new string('a', 513) }, new BrowseRequest { Folder = new string('a', 513) },
            new BrowseRequest { Tags = ["a", "b", "c", "d"] }, new BrowseRequest { Tags = [""] }, new BrowseRequest { Key = "alias/nobody" },
        })
        {
            Assert.Equal(PortalError.InvalidParameter, (await Assert.ThrowsAsync<PortalException>(() => Names(portal, request))).Error);
        }
    }

    [Fact]
    public async Task Who_may_not_list_gets_neither_page_nor_export_and_each_refusal_is_recorded()
    {
        await using var portal = await TestPortal.Start();
        await Create(portal, "a", "1");
        var reader = await portal.UserWith("reader", """{"Effect":"Allow","Action":"secretsmanager:DescribeSecret","Resource":"*"}""");

        await Refused(() => portal.Get<SecretBrowser>().Find(reader, new BrowseRequest(), 10, null, default));
        await Refused(() => portal.Get<SecretExport>().Open(reader, new BrowseRequest(), SecretExportFormat.Csv, default));

        async Task Refused(Func<Task> ask)
        {
            Assert.Equal(PortalError.AccessDenied, (await Assert.ThrowsAsync<PortalException>(ask)).Error);
            var record = (await portal.Log())[^1];
            Assert.Equal((ListSecrets, AuditOutcome.Denied), (record.Action, record.Outcome));
        }
    }

    [Fact]
    public async Task An_export_holds_what_fits_and_no_value_and_no_formula()
    {
        await using var portal = await TestPortal.Start();
        for (var i = 0; i < 130; i++)
            await Create(portal, $"many/{i:000}", """{"password":"hunter2"}""", "=HYPERLINK(\"http://x\")", new SecretTag("+key", "@value"));
        await Create(portal, "other", "hunter2");
        var request = new BrowseRequest { Folder = "many/", ByName = true };

        var csv = await Export(portal, request, SecretExportFormat.Csv);
        var lines = (await Export(portal, request, SecretExportFormat.JsonLines)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(131, csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.StartsWith("name,arn,description,kind,fieldNames,tags,", csv, StringComparison.Ordinal);
        Assert.Contains("\"'=HYPERLINK(\"\"http://x\"\")\"", csv, StringComparison.Ordinal);
        Assert.Contains("'+key=@value", csv, StringComparison.Ordinal);
        Assert.Equal(130, lines.Length);
        var line = JsonDocument.Parse(lines[0]).RootElement;
        Assert.Equal(("many/000", "KeyValue", "password", "@value"), (line.GetProperty("name").GetString(), line.GetProperty("kind").GetString(),
            line.GetProperty("fieldNames")[0].GetString(), line.GetProperty("tags").GetProperty("+key").GetString()));
        Assert.DoesNotContain("hunter2", csv + string.Concat(lines), StringComparison.Ordinal);
        Assert.Equal((ListSecrets, "export as JsonLines"), ((await portal.Log())[^1].Action, (await portal.Log())[^1].Detail));
    }

    [Fact]
    public async Task Views_are_their_users_own()
    {
        await using var portal = await TestPortal.Start();
        var (ada, bob) = (await portal.UserWith("ada", Nothing), await portal.UserWith("bob", Nothing));
        var views = portal.Get<SavedViews>();

        var view = await views.Save(ada, " Failed ", "status=Failed", default);
        await views.Save(bob, "Failed", "q=bob", default);

        Assert.Equal("Failed", view.Name);
        Assert.Equal([view], await views.List(ada, default));
        Assert.Equal("q=bob", Assert.Single(await views.List(bob, default)).Query);
        foreach (var (name, query) in new[] { ("Failed", ""), (" ", ""), (new string('a', 65), ""), ("a\nb", ""), ("long", new string('q', 2001)) })
            Assert.Equal(PortalError.InvalidParameter, (await Assert.ThrowsAsync<PortalException>(() => views.Save(ada, name, query, default))).Error);
        Assert.Equal(PortalError.ResourceNotFound, (await Assert.ThrowsAsync<PortalException>(() => views.Change(bob, view with { Name = "stolen" }, default))).Error);
        await views.Delete(bob, view, default);
        Assert.Single(await views.List(ada, default));
        Assert.Equal("Broken", (await views.Change(ada, view with { Name = "Broken" }, default)).Name);
        await views.Delete(ada, view, default);
        Assert.Empty(await views.List(ada, default));
        Assert.Equal("secretsportal:ManageOwnViews", (await portal.Log())[^1].Action);
    }

    private static async Task<string> Export(TestPortal portal, BrowseRequest request, SecretExportFormat format)
    {
        var write = await portal.Get<SecretExport>().Open(portal.Admin, request, format, default);
        using var output = new MemoryStream();
        await write(output, default);
        return Encoding.UTF8.GetString(output.ToArray());
    }

    private static async Task<List<string>> Names(TestPortal portal, BrowseRequest request) =>
        [.. (await portal.Get<SecretBrowser>().Find(portal.Admin, request, 100, null, default)).Secrets.Select(secret => secret.Name)];

    private static Task<WrittenSecret> Create(TestPortal portal, string name, string value, string? description = null, params SecretTag[] tags) => portal.Writer.Create(
        portal.Admin, new CreateSecretRequest { Name = name, ClientRequestToken = Token(), Value = SecretValue.FromText(value), Description = description, Tags = tags }, default);

    private static string Token() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();
}
