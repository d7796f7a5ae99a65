using System.Text.Json;
using SecretsPortal.Tests.Shared;
using SecretsPortal.TerraformProvider.Resources;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Tests.Terraform;

/// <summary>
/// Every resource through every step: create, no change, update in place, replace, drift, import, destroy. The real Terraform, provider and portal; one
/// configuration carries all of them, because each run of Terraform costs seconds. The caller has the policy of terraform/policies and no other.
/// </summary>
public sealed class LifeTests(PortalFixture fixture)
{
    private const string Policy = "terraform/policies/terraform.json";

    /// <summary>
    /// What the policy gives beside what these lives use: a name that waits for its deletion is taken back elsewhere, no key is enabled again here, and
    /// fingerprints are decided about inside of DescribeSecret, without a record of their own.
    /// </summary>
    private static readonly string[] s_unusedHere = ["secretsmanager:RestoreSecret", "secretsportal:EnableKey", "secretsportal:GetSecretFingerprints", "secretsportal:GetUser"];

    [Fact]
    public void Every_resource_has_a_row()
    {
        Assert.Equal(Catalog.Resources.Keys.Order(StringComparer.Ordinal), Lives.All.Select(l => l.Resource).Order(StringComparer.Ordinal));
        // What claims to have nothing that could be changed in place has nothing: another one of each attribute is another resource.
        Assert.All(Lives.All.Where(l => l.Update is null), l => Assert.All(
            Catalog.Resources[l.Resource].Schema.Attributes.Where(a => a.Presence != Presence.Computed), a => Assert.True(a.ReplaceOnChange, $"{l.Resource}.{a.Name}")));
    }

    [Fact]
    public async Task Every_resource_goes_through_its_life()
    {
        var (first, second, third) = (new LifeStage("one", "first"), new LifeStage("one", "second"), new LifeStage("two", "second"));
        using var terraform = new TerraformWorkspace(fixture.Portal);
        await UseTheDocumentedPolicy(terraform);

        await Apply(terraform, first, _ => "create");
        await Apply(terraform, second, l => l.Update);
        // A key is made anew under its alias: nothing that could be declared of a local one makes another one of it.
        await Apply(terraform, third, _ => "replace", arguments: ["-replace=secretsportal_encryption_key.a"]);

        var attributes = await Attributes(terraform);
        foreach (var life in Lives.All)
            await life.Meddle(fixture, third, attributes[life.Address]);
        await Apply(terraform, third, l => l.Drift);

        attributes = await Attributes(terraform);
        var imports = string.Concat(Lives.All.Select(l => $"import {{\n  to = {l.Address}\n  id = \"{l.ImportId(attributes[l.Address])}\"\n}}\n"));
        (await terraform.Run("state", ["rm", .. Lives.All.Select(l => l.Address)])).Succeeded("terraform state rm");
        await Apply(terraform, third, l => l.Import, imports + string.Concat(Lives.All.Select(l => DataSource(l, attributes[l.Address]))));
        foreach (var life in Lives.All)
            Compare(life, attributes[life.Address], await terraform.Attributes(life.Address, "data"));

        await terraform.Destroy();
        foreach (var life in Lives.All)
            await life.IsGone(fixture, third, attributes[life.Address]);
        Assert.Equal(s_unusedHere, await UnusedActions());
    }

    /// <summary>One step: plans what it has to, leaves nothing to plan, and the portal shows it.</summary>
    private async Task Apply(TerraformWorkspace terraform, LifeStage stage, Func<Life, string?> expected, string more = "", params string[] arguments)
    {
        await terraform.Configure(Lives.Configuration(stage) + more);
        var planned = await terraform.ApplyPlanned(arguments);
        Assert.Equal(
            string.Join('\n', Lives.All.Select(l => $"{l.Address}: {expected(l) ?? "nothing"}")),
            string.Join('\n', Lives.All.Select(l => $"{l.Address}: {planned.GetValueOrDefault(l.Address, "nothing")}")));
        var again = await terraform.Run("plan", "-detailed-exitcode");
        Assert.True(again.ExitCode == 0, again.Output + again.Error);
        foreach (var life in Lives.All)
            await life.Stands(fixture, stage);
    }

    /// <summary>The data source that goes with a resource, asked for the same one.</summary>
    private static string DataSource(Life life, JsonElement attributes) =>
        $"data \"{life.Resource}\" \"a\" {{\n  {KeyOf(life)} = \"{life.ImportId(attributes)}\"\n}}\n";

    private static string KeyOf(Life life) => Catalog.DataSources[life.Resource].Schema.Attributes.FirstOrDefault(a => a.Presence == Presence.Required)?.Name ?? "name";

    /// <summary>What a data source tells beside what it was asked by is what the resource tells. An id may be a name here and an ARN there.</summary>
    private static void Compare(Life life, JsonElement resource, JsonElement data)
    {
        var told = data.EnumerateObject().Where(m => m.Value.ValueKind == JsonValueKind.String && m.Name != "id" && m.Name != KeyOf(life)
            && resource.TryGetProperty(m.Name, out var same) && same.ValueKind == JsonValueKind.String).ToList();
        Assert.All(told, m => Assert.True(
            Catalog.Resources[life.Resource].Schema.Attributes.Single(a => a.Name == m.Name).IsSame(TfValue.Of(resource.GetProperty(m.Name).GetString()), TfValue.Of(m.Value.GetString())),
            $"{life.Resource}.{m.Name}: {resource.GetProperty(m.Name)}, and the data source {m.Value}"));
        Assert.True(told.Count > 0 || life.Update is null, life.Resource);
    }

    private static async Task<Dictionary<string, JsonElement>> Attributes(TerraformWorkspace terraform)
    {
        var attributes = new Dictionary<string, JsonElement>();
        foreach (var life in Lives.All)
            attributes[life.Address] = await terraform.Attributes(life.Address);
        return attributes;
    }

    private async Task UseTheDocumentedPolicy(TerraformWorkspace terraform)
    {
        var policy = (await File.ReadAllTextAsync(RepositoryRoot.File(Policy))).Replace("secret:team/*", "secret:life/*", StringComparison.Ordinal);
        await fixture.Client.AdminAsync(HttpMethod.Post, "/policies", JsonSerializer.SerializeToUtf8Bytes(new { name = "of-terraform", document = policy }), default);
        await fixture.Client.AdminAsync(HttpMethod.Post, "/clients", """{"name":"terraform"}"""u8.ToArray(), default);
        await fixture.Client.AdminAsync(HttpMethod.Put, "/clients/terraform/policies/of-terraform", null, default);
        var key = (await fixture.Client.AdminAsync(HttpMethod.Post, "/clients/terraform/access-keys", "{}"u8.ToArray(), default))!.Value;
        terraform.Set("SECRETSPORTAL_ACCESS_KEY_ID", key.GetProperty("accessKey").GetProperty("accessKeyId").GetString());
        terraform.Set("SECRETSPORTAL_SECRET_ACCESS_KEY", key.GetProperty("secretAccessKey").GetString());
    }

    /// <summary>The actions that the policy gives and the log never shows Terraform to have used: what is needless there is seen here.</summary>
    private async Task<List<string>> UnusedActions()
    {
        using var policy = JsonDocument.Parse(await File.ReadAllTextAsync(RepositoryRoot.File(Policy)));
        var unused = new List<string>();
        foreach (var action in policy.RootElement.GetProperty("Statement").EnumerateArray().SelectMany(s => s.GetProperty("Action").EnumerateArray()).Select(a => a.GetString()!))
        {
            var path = $"/audit/events?limit=1&caller={Uri.EscapeDataString("arn:aws:iam::000000000000:user/client/terraform")}&action={Uri.EscapeDataString(action)}";
            if ((await fixture.Client.AdminAsync(HttpMethod.Get, path, null, default))!.Value.GetProperty("events").GetArrayLength() == 0)
                unused.Add(action);
        }

        unused.Sort(StringComparer.Ordinal);
        return unused;
    }
}
