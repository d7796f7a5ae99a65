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
}
