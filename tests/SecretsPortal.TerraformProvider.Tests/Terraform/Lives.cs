using System.Text.Json;
using SecretsPortal.TerraformProvider.Client;

namespace SecretsPortal.TerraformProvider.Tests.Terraform;

/// <summary>The rows of the matrix, one for each resource, and the configuration that has them all.</summary>
internal static class Lives
{
    public static readonly IReadOnlyList<Life> All =
    [
        new("secretsportal_secret")
        {
            // How Terraform is to delete it is told by nobody.
            Import = "update",
            Stands = async (portal, stage) =>
            {
                var secret = await portal.Client.DescribeSecretAsync(Name(stage), default);
                Assert.Equal(stage.Text, secret.Description);
                Assert.Equal([$"text={stage.Text}"], secret.Tags!.Select(t => $"{t.Key}={t.Value}"));
                Assert.Equal(stage.IsFirst ? [] : ["eu-west-1"], (secret.ReplicationStatus ?? []).Select(r => r.Region));
            },
            Meddle = async (portal, stage, _) =>
            {
                await portal.Client.UpdateSecretAsync(
                    new UpdateSecretRequest { SecretId = Name(stage), ClientRequestToken = portal.Client.NewToken(), Description = "by hand" }, default);
                await portal.Client.TagResourceAsync(new TagResourceRequest { SecretId = Name(stage), Tags = [new SecretTag { Key = "by", Value = "hand" }] }, default);
            },
            ImportId = a => Text(a, "name"),
            IsGone = async (portal, stage, _) => Assert.Null(await portal.Client.FindSecretAsync(Name(stage), default)),
        },
        new("secretsportal_secret_version")
        {
            // The portal does not give the value to this caller, so an imported version can't be recognized and the value is put again.
            Import = "update",
            Stands = async (portal, stage) => Assert.Equal($"value {stage.Text}", await portal.CurrentValue(Name(stage))),
            Meddle = async (portal, stage, _) => await portal.Put(Name(stage), "by hand"),
            ImportId = a => $"{Text(a, "secret_id")}|{Text(a, "version_id")}",
            IsGone = async (portal, stage, _) => Assert.Null(await portal.Client.FindSecretAsync(Name(stage), default)),
        },
        new("secretsportal_secret_rotation")
        {
            Stands = async (portal, stage) =>
            {
                var secret = await portal.Client.DescribeSecretAsync(Name(stage), default);
                Assert.Equal((true, stage.IsFirst ? 30 : 60), (secret.RotationEnabled, secret.RotationRules!.AutomaticallyAfterDays));
            },
            Meddle = async (portal, stage, _) => await portal.Client.CancelRotateSecretAsync(Name(stage), default),
            ImportId = a => NameOf(Text(a, "secret_id")),
            IsGone = async (portal, stage, _) => Assert.Null(await portal.Client.FindSecretAsync(Name(stage), default)),
        },
        new("secretsportal_secret_policy")
        {
            Drift = "create",
            Stands = async (portal, stage) => Assert.Contains(
                stage.IsFirst ? "GetSecretValue" : "ListSecretVersionIds", (await portal.Client.GetResourcePolicyAsync(Name(stage), default)).ResourcePolicy, StringComparison.Ordinal),
            Meddle = (portal, stage, _) => portal.Client.DeleteResourcePolicyAsync(Name(stage), default),
            ImportId = a => NameOf(Text(a, "secret_id")),
            IsGone = async (portal, stage, _) => Assert.Null(await portal.Client.FindSecretAsync(Name(stage), default)),
        },
        new("secretsportal_rotation_function")
        {
            Drift = "create",
            // Where its signing key was put is told by nobody.
            Import = "update",
            Stands = async (portal, stage) =>
            {
                Assert.Equal(stage.Text, Text(await Get(portal, $"/functions/life-{stage.Name}"), "description"));
                Assert.StartsWith("whsec_", await portal.CurrentValue($"{Name(stage)}/signing-key"), StringComparison.Ordinal);
            },
            Meddle = (portal, stage, _) => portal.Client.AdminAsync(HttpMethod.Delete, $"/functions/life-{stage.Name}", null, default),
            ImportId = a => Text(a, "name"),
            IsGone = (portal, stage, _) => IsMissing(portal, $"/functions/life-{stage.Name}"),
        },
        new("secretsportal_encryption_key")
        {
            Stands = async (portal, stage) => Assert.Equal(
                (stage.Text, stage.IsFirst ? "Enabled" : "Disabled"), await Get(portal, $"/keys/alias%2Flife-{stage.Text}") is var key ? (Text(key, "description"), Text(key, "state")) : default),
            Meddle = (portal, _, attributes) => portal.Client.AdminAsync(HttpMethod.Post, $"/keys/{Text(attributes, "key_id")}/enable", null, default),
            ImportId = a => Text(a, "alias"),
            IsGone = async (portal, _, attributes) => Assert.Equal("PendingDeletion", Text(await Get(portal, $"/keys/{Text(attributes, "key_id")}"), "state")),
        },
        new("secretsportal_client")
        {
            Stands = async (portal, stage) =>
            {
                var client = await Get(portal, $"/clients/life-{stage.Name}");
                Assert.Equal((stage.Text, stage.Text, false), (Text(client, "description"), Text(client.GetProperty("tags"), "text"), client.GetProperty("isDisabled").GetBoolean()));
            },
            Meddle = (portal, stage, _) => Change(portal, $"/clients/life-{stage.Name}", new { description = stage.Text, tags = new { text = stage.Text }, isDisabled = true }),
            ImportId = a => Text(a, "name"),
            IsGone = (portal, stage, _) => IsMissing(portal, $"/clients/life-{stage.Name}"),
        },
        new("secretsportal_access_key")
        {
            Drift = "create",
            // Where its secret half was put is told by nobody.
            Import = "update",
            Stands = async (portal, stage) =>
            {
                // The portal put both halves into the secret, and they work together.
                using var stored = JsonDocument.Parse((await portal.CurrentValue($"{Name(stage)}/access-key"))!);
                using var client = portal.As(Text(stored.RootElement, "accessKeyId"), Text(stored.RootElement, "secretAccessKey"));
                Assert.Equal($"life-{stage.Name}", Text((await client.Portal.AdminAsync(HttpMethod.Get, "/account", null, default))!.Value, "name"));
                var key = Assert.Single((await Get(portal, $"/clients/life-{stage.Name}")).GetProperty("accessKeys").EnumerateArray());
                Assert.Equal((Text(stored.RootElement, "accessKeyId"), stage.Text), (Text(key, "accessKeyId"), Text(key, "description")));
            },
            Meddle = (portal, _, attributes) => portal.Client.AdminAsync(
                HttpMethod.Delete, $"/clients/{Text(attributes, "client")}/access-keys/{Text(attributes, "access_key_id")}", null, default),
            ImportId = a => Text(a, "id"),
            IsGone = (portal, stage, _) => IsMissing(portal, $"/clients/life-{stage.Name}"),
        },
        new("secretsportal_group")
        {
            Stands = async (portal, stage) => Assert.Equal(stage.Text, Text(await Get(portal, $"/groups/life-{stage.Name}"), "description")),
            Meddle = (portal, stage, _) => Change(portal, $"/groups/life-{stage.Name}", new { description = "by hand" }),
            ImportId = a => Text(a, "name"),
            IsGone = (portal, stage, _) => IsMissing(portal, $"/groups/life-{stage.Name}"),
        },
        new("secretsportal_group_membership")
        {
            Update = null,
            Drift = "create",
            Stands = async (portal, stage) => Assert.Equal([$"life-{stage.Name}"], Names(await Get(portal, $"/clients/life-{stage.Name}"), "groups")),
            Meddle = (portal, stage, _) => portal.Client.AdminAsync(HttpMethod.Delete, $"/groups/life-{stage.Name}/clients/life-{stage.Name}", null, default),
            ImportId = a => Text(a, "id"),
            IsGone = (portal, stage, _) => IsMissing(portal, $"/groups/life-{stage.Name}"),
        },
        new("secretsportal_policy")
        {
            Stands = async (portal, stage) =>
            {
                var policy = await Get(portal, $"/policies/life-{stage.Name}");
                Assert.Equal(stage.Text, Text(policy, "description"));
                Assert.Contains($"\"{stage.Text}\"", Text(policy, "document"), StringComparison.Ordinal);
            },
            Meddle = async (portal, stage, attributes) => await Change(portal, $"/policies/life-{stage.Name}", new { description = "by hand", document = Text(attributes, "document") }),
            ImportId = a => Text(a, "name"),
            IsGone = (portal, stage, _) => IsMissing(portal, $"/policies/life-{stage.Name}"),
        },
        new("secretsportal_policy_attachment")
        {
            Update = null,
            Drift = "create",
            Stands = async (portal, stage) => Assert.Equal([$"life-{stage.Name}"], Names(await Get(portal, $"/groups/life-{stage.Name}"), "policies")),
            Meddle = (portal, stage, _) => portal.Client.AdminAsync(HttpMethod.Delete, $"/groups/life-{stage.Name}/policies/life-{stage.Name}", null, default),
            ImportId = a => Text(a, "id"),
            IsGone = (portal, stage, _) => IsMissing(portal, $"/policies/life-{stage.Name}"),
        },
    ];

    public static string Configuration(LifeStage stage) => $$"""
        resource "secretsportal_secret" "a" {
          name                    = "{{Name(stage)}}"
          description             = "{{stage.Text}}"
          tags                    = { text = "{{stage.Text}}" }
          recovery_window_in_days = 0
          replicas                = {{(stage.IsFirst ? "{}" : "{ eu-west-1 = {} }")}}
        }
        resource "secretsportal_secret_version" "a" {
          secret_id                = secretsportal_secret.a.id
          secret_string_wo         = "value {{stage.Text}}"
          secret_string_wo_version = {{(stage.IsFirst ? 1 : 2)}}
          version_stages           = ["AWSCURRENT", "of-terraform"]
          on_value_drift           = "overwrite"
        }
        resource "secretsportal_secret_rotation" "a" {
          secret_id          = secretsportal_secret_version.a.secret_id
          strategy           = "generate"
          rotate_immediately = false
          rotation_rules     = { automatically_after_days = {{(stage.IsFirst ? 30 : 60)}} }
        }
        resource "secretsportal_secret_policy" "a" {
          secret_id = secretsportal_secret.a.arn
          policy = jsonencode({
            Version = "2012-10-17"
            Statement = [{
              Effect    = "Allow"
              Principal = { AWS = secretsportal_client.a.arn }
              Action    = "secretsmanager:{{(stage.IsFirst ? "GetSecretValue" : "ListSecretVersionIds")}}"
              Resource  = "*"
            }]
          })
        }
        resource "secretsportal_secret" "helper" {
          for_each                = toset(["signing-key", "access-key"])
          name                    = "{{Name(stage)}}/${each.key}"
          recovery_window_in_days = 0
        }
        resource "secretsportal_rotation_function" "a" {
          name               = "life-{{stage.Name}}"
          description        = "{{stage.Text}}"
          allowed_secrets    = ["life/*"]
          webhook            = { url = "https://127.0.0.1:9/hook" }
          signing_key_secret = secretsportal_secret.helper["signing-key"].arn
        }
        resource "secretsportal_encryption_key" "a" {
          key_provider = "local"
          alias        = "alias/life-{{stage.Text}}"
          description  = "{{stage.Text}}"
          enabled      = {{(stage.IsFirst ? "true" : "false")}}
        }
        resource "secretsportal_client" "a" {
          name        = "life-{{stage.Name}}"
          description = "{{stage.Text}}"
          tags        = { text = "{{stage.Text}}" }
        }
        resource "secretsportal_access_key" "a" {
          client          = secretsportal_client.a.name
          store_in_secret = secretsportal_secret.helper["access-key"].arn
          description     = "{{stage.Text}}"
          expires_at      = "2099-01-31T00:00:00Z"
        }
        resource "secretsportal_group" "a" {
          name        = "life-{{stage.Name}}"
          description = "{{stage.Text}}"
        }
        resource "secretsportal_group_membership" "a" {
          group  = secretsportal_group.a.name
          client = secretsportal_client.a.name
        }
        data "secretsportal_policy_document" "a" {
          statement {
            actions   = ["secretsmanager:GetSecretValue"]
            resources = ["arn:aws:secretsmanager:*:*:secret:life/*"]
            condition {
              test     = "StringEquals"
              variable = "aws:PrincipalTag/text"
              values   = ["{{stage.Text}}"]
            }
          }
        }
        resource "secretsportal_policy" "a" {
          name        = "life-{{stage.Name}}"
          description = "{{stage.Text}}"
          document    = data.secretsportal_policy_document.a.json
        }
        resource "secretsportal_policy_attachment" "a" {
          policy = secretsportal_policy.a.name
          group  = secretsportal_group.a.name
        }

        """;

    private static string Name(LifeStage stage) => $"life/{stage.Name}";

    private static string Text(JsonElement json, string member) => json.GetProperty(member).GetString()!;

    private static IEnumerable<string?> Names(JsonElement json, string member) => json.GetProperty(member).EnumerateArray().Select(n => n.GetString());

    /// <summary>The name in an ARN: an import takes either, and the state then says what the configuration does not.</summary>
    private static string NameOf(string arn) => arn.Split(":secret:")[1][..^7];

    private static async Task<JsonElement> Get(PortalFixture portal, string path) => (await portal.Client.AdminAsync(HttpMethod.Get, path, null, default))!.Value;

    private static async Task IsMissing(PortalFixture portal, string path) => Assert.Null(await portal.Client.FindAdminAsync(path, default));

    private static Task<JsonElement?> Change(PortalFixture portal, string path, object body) => portal.Client.AdminAsync(HttpMethod.Put, path, JsonSerializer.SerializeToUtf8Bytes(body), default);
}
