using System.Text.Json;

namespace SecretsPortal.TerraformProvider.Tests.Terraform;

/// <summary>Clients, keys, groups, policies and what links them: the real Terraform, provider and portal.</summary>
public sealed class AccessTests(PortalFixture fixture) : IClassFixture<PortalFixture>
{
    private const string Document = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}]}""";

    [Fact]
    public async Task Everything_of_access_is_made_read_changed_and_destroyed()
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        await terraform.Configure(Whole("first", "a"));
        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
        var client = await Admin("/clients/life-orders");
        Assert.Equal("first", client.GetProperty("description").GetString());
        Assert.Equal("a", client.GetProperty("tags").GetProperty("team").GetString());
        Assert.Equal(["life-backend"], client.GetProperty("groups").EnumerateArray().Select(g => g.GetString()));
        Assert.Equal(["life-read"], (await Admin("/groups/life-backend")).GetProperty("policies").EnumerateArray().Select(p => p.GetString()));

        // The portal put both halves into the secret, and they work together.
        var key = await terraform.Attributes("secretsportal_access_key.orders");
        using var stored = JsonDocument.Parse((await fixture.CurrentValue("life/access-key"))!);
        Assert.Equal(key.GetProperty("access_key_id").GetString(), stored.RootElement.GetProperty("accessKeyId").GetString());
        var secretHalf = stored.RootElement.GetProperty("secretAccessKey").GetString()!;
        Assert.DoesNotContain(secretHalf, await File.ReadAllTextAsync(Path.Combine(terraform.Folder, "terraform.tfstate"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using (var asClient = fixture.As(key.GetProperty("access_key_id").GetString()!, secretHalf))
            Assert.Equal("life-orders", (await asClient.Portal.AdminAsync(HttpMethod.Get, "/account", null, default))!.Value.GetProperty("name").GetString());
        Assert.Equal("arn:aws:iam::000000000000:user/client/life-orders", await terraform.Output("client_arn"));

        await terraform.Configure(Whole("second", "b"));
        Assert.Contains("0 to add, 4 to change, 0 to destroy", await terraform.Plan(), StringComparison.Ordinal);
        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
        Assert.Equal("second", (await Admin("/policies/life-read")).GetProperty("description").GetString());

        // Drift: by hand the client is disabled, leaves the group, and the key is deleted.
        await fixture.Client.AdminAsync(HttpMethod.Put, "/clients/life-orders", """{"description":"second","isDisabled":true}"""u8.ToArray(), default);
        await fixture.Client.AdminAsync(HttpMethod.Delete, "/groups/life-backend/clients/life-orders", null, default);
        await fixture.Client.AdminAsync(HttpMethod.Delete, $"/clients/life-orders/access-keys/{key.GetProperty("access_key_id").GetString()}", null, default);
        Assert.Contains("2 to add, 1 to change, 0 to destroy", await terraform.Plan(), StringComparison.Ordinal);
        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());

        (await terraform.Run("destroy", "-auto-approve")).Succeeded("terraform destroy");
        Assert.Null(await fixture.Client.FindAdminAsync("/clients/life-orders", default));
        Assert.Null(await fixture.Client.FindAdminAsync("/policies/life-read", default));
    }

    [Fact]
    public async Task What_is_there_already_is_imported_by_blocks()
    {
        await fixture.Client.AdminAsync(HttpMethod.Post, "/clients", """{"name":"imp-client"}"""u8.ToArray(), default);
        await fixture.Client.AdminAsync(HttpMethod.Post, "/groups", """{"name":"imp-group"}"""u8.ToArray(), default);
        await fixture.Client.AdminAsync(HttpMethod.Post, "/policies", JsonSerializer.SerializeToUtf8Bytes(new { name = "imp-policy", document = Document }), default);
        await fixture.Client.AdminAsync(HttpMethod.Put, "/groups/imp-group/clients/imp-client", null, default);
        await fixture.Client.AdminAsync(HttpMethod.Put, "/clients/imp-client/policies/imp-policy", null, default);
        var key = (await fixture.Client.AdminAsync(HttpMethod.Post, "/clients/imp-client/access-keys", "{}"u8.ToArray(), default))!.Value
            .GetProperty("accessKey").GetProperty("accessKeyId").GetString();
        using var terraform = new TerraformWorkspace(fixture.Portal);
        const string resources = """
            resource "secretsportal_client" "a" { name = "imp-client" }
            resource "secretsportal_group" "a" { name = "imp-group" }
            resource "secretsportal_policy" "a" {
              name = "imp-policy"
              document = jsonencode({
                Version   = "2012-10-17"
                Statement = [{ Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = "*" }]
              })
            }
            resource "secretsportal_group_membership" "a" {
              group  = "imp-group"
              client = "imp-client"
            }
            resource "secretsportal_policy_attachment" "a" {
              policy = "imp-policy"
              client = "imp-client"
            }

            """;
        await terraform.Configure(resources + """
            import {
              to = secretsportal_client.a
              id = "imp-client"
            }
            import {
              to = secretsportal_group.a
              id = "imp-group"
            }
            import {
              to = secretsportal_policy.a
              id = "imp-policy"
            }
            import {
              to = secretsportal_group_membership.a
              id = "client/imp-client/imp-group"
            }
            import {
              to = secretsportal_policy_attachment.a
              id = "client/imp-client/imp-policy"
            }
            """);
        Assert.Contains("5 to import, 0 to add, 0 to change, 0 to destroy", await terraform.Plan(), StringComparison.Ordinal);
        await terraform.Apply();
        await terraform.Configure(resources + $$"""
            data "secretsportal_client" "a" { name = "imp-client" }
            data "secretsportal_access_key" "a" { id = "imp-client/{{key}}" }
            data "secretsportal_policy" "a" { name = "imp-policy" }
            output "all" { value = "${data.secretsportal_client.a.disabled} ${data.secretsportal_access_key.a.access_key_id} ${data.secretsportal_policy.a.name}" }
            """);
        await terraform.Apply();
        Assert.Equal($"false {key} imp-policy", await terraform.Output("all"));
        var taken = new TerraformWorkspace(fixture.Portal);
        using (taken)
        {
            await taken.Configure("""
                resource "secretsportal_group" "a" {
                  name        = "imp-group"
                  description = "another one"
                }
                """);
            var error = await taken.FailedApply();
            Assert.Contains("Group imp-group exists already", error, StringComparison.Ordinal);
            Assert.Contains("import block", error, StringComparison.Ordinal);
        }
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

    private static string Whole(string description, string team) => $$"""
        resource "secretsportal_client" "orders" {
          name        = "life-orders"
          description = "{{description}}"
          tags        = { team = "{{team}}" }
        }
        resource "secretsportal_group" "backend" {
          name        = "life-backend"
          description = "{{description}}"
        }
        resource "secretsportal_group_membership" "orders" {
          group  = secretsportal_group.backend.name
          client = secretsportal_client.orders.name
        }
        data "secretsportal_policy_document" "read" {
          statement {
            sid       = "Read"
            actions   = ["secretsmanager:GetSecretValue"]
            resources = ["arn:aws:secretsmanager:*:*:secret:life/*"]
            condition {
              test     = "StringEquals"
              variable = "aws:PrincipalTag/team"
              values   = ["{{team}}"]
            }
          }
        }
        resource "secretsportal_policy" "read" {
          name        = "life-read"
          description = "{{description}}"
          document    = data.secretsportal_policy_document.read.json
        }
        resource "secretsportal_policy_attachment" "backend" {
          policy = secretsportal_policy.read.name
          group  = secretsportal_group.backend.name
        }
        resource "secretsportal_secret" "key" {
          name                    = "life/access-key"
          recovery_window_in_days = 0
        }
        resource "secretsportal_access_key" "orders" {
          client          = secretsportal_client.orders.name
          store_in_secret = secretsportal_secret.key.arn
          description     = "{{description}}"
          expires_at      = "2099-01-31T00:00:00Z"
        }
        output "client_arn" { value = secretsportal_client.orders.arn }
        """;
}
