using System.Text.Json;

namespace SecretsPortal.TerraformProvider.Tests.Terraform;

/// <summary>What of access goes wrong, and what is given and not stored: the real Terraform, provider and portal. The rest is in <see cref="LifeTests"/>.</summary>
public sealed class AccessTests(PortalFixture fixture)
{
    [Fact]
    public async Task A_name_that_is_taken_is_explained()
    {
        await fixture.Client.AdminAsync(HttpMethod.Post, "/groups", """{"name":"imp-group"}"""u8.ToArray(), default);
        using var terraform = new TerraformWorkspace(fixture.Portal);
        await terraform.Configure("""
            resource "secretsportal_group" "a" {
              name        = "imp-group"
              description = "another one"
            }
            """);
        var error = await terraform.FailedApply();
        Assert.Contains("Group imp-group exists already", error, StringComparison.Ordinal);
        Assert.Contains("import block", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_half_of_ones_own_is_in_no_state_and_users_hold_links_too()
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        terraform.Set("TF_VAR_half", "CANARY-first-half-of-an-access-key-1234567890");
        await terraform.Configure(OwnHalf(1));
        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
        var first = await WhoAmI("CANARY-first-half-of-an-access-key-1234567890");
        Assert.Equal("own-half", first.Name);
        var admin = await Admin("/users/admin");
        Assert.Contains("own-half", admin.GetProperty("groups").EnumerateArray().Select(g => g.GetString()));
        Assert.Contains("Reader", admin.GetProperty("policies").EnumerateArray().Select(g => g.GetString()));

        // Another number is another key: a secret half is never changed.
        terraform.Set("TF_VAR_half", "CANARY-second-half-of-an-access-key-123456789");
        await terraform.Configure(OwnHalf(2));
        Assert.Contains("must be replaced", await terraform.Apply(), StringComparison.Ordinal);
        var second = await WhoAmI("CANARY-second-half-of-an-access-key-123456789");
        Assert.Equal("own-half", second.Name);
        Assert.NotEqual(first.Key, second.Key);
        Assert.DoesNotContain("CANARY", await File.ReadAllTextAsync(Path.Combine(terraform.Folder, "terraform.tfstate"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await terraform.Destroy();
        Assert.DoesNotContain("Reader", (await Admin("/users/admin")).GetProperty("policies").EnumerateArray().Select(g => g.GetString()));

        async Task<(string Key, string? Name)> WhoAmI(string half)
        {
            var key = (await terraform.Attributes("secretsportal_access_key.a")).GetProperty("access_key_id").GetString()!;
            using var client = fixture.As(key, half);
            return (key, (await client.Portal.AdminAsync(HttpMethod.Get, "/account", null, default))!.Value.GetProperty("name").GetString());
        }
    }

    [Fact]
    public async Task A_key_becomes_its_regions_default_and_another_one_takes_over()
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        // A region of its own: other tests use the default keys of the others.
        terraform.Set("SECRETSPORTAL_REGION", "ap-south-1");
        await terraform.Configure(DefaultKeys("true", "null"));
        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
        Assert.Equal("alias/default-a", await Default());
        await terraform.Configure(DefaultKeys("false", "null"));
        Assert.Contains("a default key at all times", await terraform.FailedApply(), StringComparison.Ordinal);
        await terraform.Configure(DefaultKeys("null", "true"));
        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
        Assert.Equal("alias/default-b", await Default());

        async Task<string?> Default() => (await fixture.Client.AdminAsync(HttpMethod.Get, "/keys/alias%2Faws%2Fsecretsmanager", null, default, "ap-south-1"))!.Value.GetProperty("alias").GetString();
    }

    [Fact]
    public async Task A_key_whose_secret_cannot_take_it_is_taken_back()
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        await terraform.Configure("""
            resource "secretsportal_client" "a" { name = "back-client" }
            resource "secretsportal_access_key" "a" {
              client          = secretsportal_client.a.name
              store_in_secret = "back/missing"
            }
            """);
        Assert.Contains("can't find the specified secret", await terraform.FailedApply(), StringComparison.Ordinal);
        Assert.Empty((await Admin("/clients/back-client")).GetProperty("accessKeys").EnumerateArray());
    }

    [Fact]
    public async Task Temporary_credentials_are_given_and_stored_nowhere()
    {
        await fixture.Client.AdminAsync(HttpMethod.Post, "/clients", """{"name":"temp-client"}"""u8.ToArray(), default);
        using var terraform = new TerraformWorkspace(fixture.Portal);
        await terraform.Configure("""
            ephemeral "secretsportal_temporary_credentials" "a" {
              client           = "temp-client"
              lifetime_seconds = 900
            }
            resource "secretsportal_secret" "a" { name = "temp/credentials" }
            resource "secretsportal_secret_version" "a" {
              secret_id                = secretsportal_secret.a.id
              secret_string_wo         = jsonencode(ephemeral.secretsportal_temporary_credentials.a)
              secret_string_wo_version = 1
            }
            """);
        await terraform.Apply();
        using var given = JsonDocument.Parse((await fixture.CurrentValue("temp/credentials"))!);
        var token = given.RootElement.GetProperty("session_token").GetString()!;
        using var asClient = fixture.As(given.RootElement.GetProperty("access_key_id").GetString()!, given.RootElement.GetProperty("secret_access_key").GetString()!, token);
        Assert.Equal("temp-client", (await asClient.Portal.AdminAsync(HttpMethod.Get, "/account", null, default))!.Value.GetProperty("name").GetString());
        Assert.DoesNotContain(token, await File.ReadAllTextAsync(Path.Combine(terraform.Folder, "terraform.tfstate"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private async Task<JsonElement> Admin(string path) => (await fixture.Client.AdminAsync(HttpMethod.Get, path, null, default))!.Value;

    private static string OwnHalf(int number) => $$"""
        variable "half" {
          type      = string
          ephemeral = true
        }
        resource "secretsportal_client" "a" { name = "own-half" }
        resource "secretsportal_access_key" "a" {
          client                       = secretsportal_client.a.name
          secret_access_key_wo         = var.half
          secret_access_key_wo_version = {{number}}
        }
        resource "secretsportal_group" "a" { name = "own-half" }
        resource "secretsportal_group_membership" "a" {
          group = secretsportal_group.a.name
          user  = "admin"
        }
        resource "secretsportal_policy_attachment" "a" {
          policy = "Reader"
          user   = "admin"
        }
        """;

    private static string DefaultKeys(string a, string b) => $$"""
        resource "secretsportal_encryption_key" "a" {
          key_provider = "local"
          alias        = "alias/default-a"
          is_default   = {{a}}
        }
        resource "secretsportal_encryption_key" "b" {
          key_provider = "local"
          alias        = "alias/default-b"
          is_default   = {{b}}
        }
        """;
}
